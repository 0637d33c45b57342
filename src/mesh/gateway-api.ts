// Which revision deploys a Gateway API Gateway? istiod's own rule, IsMine (istio/istio 1.31 pkg/revisions/tag_watcher.go). Gateways of
// other vendors are none of ours.
import type { ApiGatewayObject, GatewayClassObject } from './kinds.ts';
import { DEFAULT_TAG, REV, type Revision } from './names.ts';
import type { ApiGateway, ControlPlane, RevisionTag } from './snapshot.ts';

const UNMANAGED = 'istio.io/unmanaged-gateway';
/** Istio's built-in classes and their controllers; a GatewayClass object of the same name outranks them. */
const BUILT_IN: Readonly<Record<string, string>> = {
  istio: 'istio.io/gateway-controller',
  'istio-remote': UNMANAGED,
  'istio-waypoint': 'istio.io/mesh-controller',
  'istio-east-west': 'istio.io/eastwest-controller',
  'istio-agentgateway': 'istio.io/agentgateway-controller',
  'istio-agentgateway-waypoint': 'istio.io/agentgateway-waypoint-controller',
};

const WAYPOINTS: ReadonlySet<string> = new Set([
  'istio.io/mesh-controller',
  'istio.io/agentgateway-waypoint-controller',
]);

/** Who would answer for a Gateway: unlike an injector, a deactivated one too, for that switches off injection alone. */
export type GatewayOwner = (value: string) => Revision | undefined;

/**
 * The revision for a label's value; for an empty one (no label) the default tag's, else the default validator's, else an istiod
 * without a revision, which is called `default` and so thinks that it is the default tag.
 */
export function gatewayOwnerOf(
  controlPlanes: readonly ControlPlane[],
  tags: readonly RevisionTag[],
  defaultValidatorRevision: Revision | undefined,
): GatewayOwner {
  const named = (value: string): Revision | undefined =>
    tags.find(({ tag }) => tag === value)?.revision ??
    controlPlanes.find(({ revision }) => revision === value)?.revision;
  return (value) => {
    if (value !== '') return named(value);
    const tagged = tags.find(({ tag }) => tag === DEFAULT_TAG)?.revision;
    return tagged ?? defaultValidatorRevision ?? named(DEFAULT_TAG);
  };
}

/** Undefined for a Gateway whose class is not Istio's. */
export function apiGatewayOf(
  gateway: ApiGatewayObject,
  classes: readonly GatewayClassObject[],
  namespaceLabels: Readonly<Record<string, string>>,
  ownerFor: GatewayOwner,
): ApiGateway | undefined {
  const className = gateway.spec?.gatewayClassName ?? '';
  const controller =
    classes.find(({ metadata }) => metadata.name === className)?.spec?.controllerName ?? BUILT_IN[className] ?? '';
  if (!controller.startsWith('istio.io/')) return undefined;
  const revLabel = gateway.metadata.labels?.[REV];
  const requested = ownerFor(revLabel ?? namespaceLabels[REV] ?? '');
  return {
    namespace: gateway.metadata.namespace ?? '',
    name: gateway.metadata.name,
    className,
    managed: controller !== UNMANAGED && isDeployedByIstiod(gateway),
    ...(WAYPOINTS.has(controller) ? { waypoint: true } : {}),
    ...(revLabel === undefined ? {} : { revLabel }),
    ...(requested === undefined ? {} : { requested }),
  };
}

/** As istiod's `IsManaged`: one IP address is a wish, a hostname or several addresses name a Service that exists already. */
function isDeployedByIstiod({ spec }: ApiGatewayObject): boolean {
  const addresses = spec?.addresses ?? [];
  return addresses.length <= 1 && (addresses[0]?.type ?? 'IPAddress') === 'IPAddress';
}
