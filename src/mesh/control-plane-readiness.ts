// What does a freshly installed control plane still lack? Objects in, sentences out; an empty list is the first half of the proof,
// the injected pod of prove-injection.ts the other.
import {
  nameOf,
  DEPLOYMENT,
  MUTATING,
  type ClientConfig,
  type EndpointSliceObject,
  type WebhookConfigurationObject,
  type WorkloadObject,
} from './kinds.ts';
import type { Revision } from './names.ts';
import { rolloutStatus } from './rollout-status.ts';
import { callsTheSame, injectorsIn, isDeactivated } from './webhooks.ts';

export interface ControlPlaneObjects {
  readonly revision: Revision;
  /** Canonical injectors of the revision: there must be exactly one. */
  readonly injectors: readonly WebhookConfigurationObject[];
  readonly deployments: readonly WorkloadObject[];
  /** Endpoints of the Service that the injector calls. */
  readonly slices: readonly EndpointSliceObject[];
}

/** What is missing, as sentences; waiting helps unless `hopeless` says otherwise. */
export function missingFrom(objects: ControlPlaneObjects): {
  readonly missing: readonly string[];
  readonly hopeless: boolean;
} {
  const { revision, injectors, deployments, slices } = objects;
  const [injector, ...more] = injectors;
  if (injector === undefined)
    return { missing: [`no MutatingWebhookConfiguration labelled istio.io/rev=${revision}`], hopeless: false };
  const names = injectors.map(({ metadata }) => metadata.name).join(', ');
  if (more.length > 0) return { missing: [`more than one injector of revision ${revision}: ${names}`], hopeless: true };
  const client = clientOf(injector);
  const rollouts = deployments.map((deployment) => ({ deployment, status: rolloutStatus(deployment) }));
  const missing = [
    ...injectorTroubles(injector),
    ...(deployments.length === 0 && client?.url === undefined
      ? [`no Deployment labelled app=istiod,istio.io/rev=${revision}`]
      : []),
    ...rollouts.flatMap(({ deployment, status }) =>
      status.done && isAvailable(deployment)
        ? []
        : [
            `${nameOf({ kind: DEPLOYMENT, ...deployment.metadata })}: ${status.done ? 'not Available' : status.message}`,
          ],
    ),
    ...(client?.service === undefined || hasReadyEndpoint(slices)
      ? []
      : [`Service ${client.service.namespace}/${client.service.name} has no ready endpoint`]),
  ];
  return { missing, hopeless: rollouts.some(({ status }) => status.failed) };
}

/** What the injector's webhooks call; undefined when they call nothing, or not the same. */
export function clientOf(injector: WebhookConfigurationObject): ClientConfig | undefined {
  const [first, ...others] = injectorsIn(injector).map(({ clientConfig }) => clientConfig);
  return others.every((other) => callsTheSame(first, other)) ? first : undefined;
}

function injectorTroubles(injector: WebhookConfigurationObject): readonly string[] {
  const name = nameOf({ kind: MUTATING, name: injector.metadata.name });
  const webhooks = injectorsIn(injector);
  if (webhooks.length === 0) return [`${name} has no sidecar-injector webhook`];
  const bare = webhooks.filter(({ clientConfig }) => (clientConfig.caBundle ?? '') === '').map((hook) => hook.name);
  return [
    ...(clientOf(injector) === undefined ? [`${name}: its webhooks do not all call the same istiod`] : []),
    ...(bare.length === 0 ? [] : [`${name}: no caBundle yet on ${bare.join(', ')}`]),
    ...(isDeactivated(webhooks) ? [`${name} is switched off (istio.io/deactivated)`] : []),
  ];
}

const isAvailable = ({ status }: WorkloadObject): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True') === true &&
  (status.availableReplicas ?? 0) > 0;

const hasReadyEndpoint = (slices: readonly EndpointSliceObject[]): boolean =>
  slices.some(({ endpoints }) =>
    endpoints?.some(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false),
  );
