// Which revisions are installed, and what serves each? One canonical injector is one revision; its name and its labels decide, never
// the objects' names. Tags are told in tags.ts.
import { sharedMeshConfigOf } from './discovery.ts';
import type { ServiceObject, WebhookConfigurationObject, WorkloadObject } from './kinds.ts';
import { asRevision, REV, TAG } from './names.ts';
import { ownerOf } from './owner.ts';
import type { ControlPlane } from './snapshot.ts';
import { versionOfImage } from './version.ts';
import { injectorsIn, injectsUnasked, isDeactivated } from './webhooks.ts';

/** The objects of the Istio namespace, and the MutatingWebhookConfigurations of the cluster. */
export interface ControlPlaneObjects {
  readonly istioNamespace: string;
  readonly mutating: readonly WebhookConfigurationObject[];
  readonly services: readonly ServiceObject[];
  readonly deployments: readonly WorkloadObject[];
}

/**
 * Every revision with a canonical injector (`istio.io/rev,!istio.io/tag`), that of this Istio namespace first, then by name. A revision
 * appears twice where two injectors claim it: the guards say so.
 */
export function controlPlanesOf(objects: ControlPlaneObjects): readonly ControlPlane[] {
  return objects.mutating
    .filter((injector) => injector.metadata.labels?.[REV] !== undefined)
    .filter((injector) => injector.metadata.labels?.[TAG] === undefined && injectorsIn(injector).length > 0)
    .map((injector) => controlPlane(injector, objects))
    .toSorted(
      (a, b) =>
        Number(isElsewhere(a, objects.istioNamespace)) - Number(isElsewhere(b, objects.istioNamespace)) ||
        a.injector.localeCompare(b.injector),
    );
}

const isElsewhere = (plane: ControlPlane, istioNamespace: string): boolean =>
  plane.clientConfig?.service !== undefined && plane.clientConfig.service.namespace !== istioNamespace;

function controlPlane(injector: WebhookConfigurationObject, objects: ControlPlaneObjects): ControlPlane {
  const name = injector.metadata.labels?.[REV] ?? '';
  const webhooks = injectorsIn(injector);
  const clientConfig = webhooks[0]?.clientConfig;
  const isHere = clientConfig?.service === undefined || clientConfig.service.namespace === objects.istioNamespace;
  const service = isHere ? serviceOf(name, clientConfig?.service?.name, objects.services) : undefined;
  const deployments = isHere ? objects.deployments.filter((candidate) => isIstiodOf(name, candidate)) : [];
  const version = deployments.map(istiodVersion).find((found) => found !== undefined);
  const sharedMeshConfig = deployments.map(sharedMeshConfigOf).find((found) => found !== undefined);
  const owners = [injector, ...deployments].map(({ metadata }) => ownerOf(metadata));
  return {
    revision: asRevision(name),
    injector: injector.metadata.name,
    caBundlePresent: webhooks.every((webhook) => (webhook.clientConfig.caBundle ?? '') !== ''),
    deactivated: isDeactivated(webhooks),
    deployments: deployments.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      replicas: spec.replicas ?? 1,
      available: status?.availableReplicas ?? 0,
    })),
    owner: owners.find(({ kind }) => kind !== 'unknown') ?? { kind: 'unknown' },
    ...(version === undefined ? {} : { version }),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    ...(service === undefined ? {} : { service }),
    ...(sharedMeshConfig === undefined ? {} : { sharedMeshConfig }),
    ...(injectsUnasked(webhooks) ? { injectsUnasked: true } : {}),
  };
}

/** `app=istiod` alone also finds the Services of tags. Without a revision the charts write `default`. */
function isIstiodOf(revision: string, { metadata }: { metadata: WorkloadObject['metadata'] }): boolean {
  const labels = metadata.labels ?? {};
  return labels['app'] === 'istiod' && labels[TAG] === undefined && (labels[REV] ?? 'default') === revision;
}

function serviceOf(
  revision: string,
  called: string | undefined,
  services: readonly ServiceObject[],
): string | undefined {
  if (called !== undefined && services.some(({ metadata }) => metadata.name === called)) return called;
  return services.find((candidate) => isIstiodOf(revision, candidate))?.metadata.name;
}

/** From the image of the `discovery` container; undefined where its tag is no version. */
export function istiodVersion({ spec }: WorkloadObject): string | undefined {
  const image = spec.template.spec.containers.find(({ name }) => name === 'discovery')?.image;
  return image === undefined ? undefined : versionOfImage(image);
}
