// Which webhook configurations call a Service of the Istio namespace, and is it there? A webhook whose Service is gone rejects what it
// guards (failurePolicy Fail: istio#32143, istio#47151). Webhooks that call other namespaces are other people's.
import { MUTATING, VALIDATING, type Kind, type ServiceObject, type WebhookConfigurationObject } from './kinds.ts';
import { asRevision, REV, TAG } from './names.ts';
import type { ControlPlane, MeshSnapshot } from './snapshot.ts';
import { DEFAULT_VALIDATOR } from './tags.ts';

type Target = MeshSnapshot['webhookTargets'][number];
interface Objects {
  readonly istioNamespace: string;
  readonly mutating: readonly WebhookConfigurationObject[];
  readonly validating: readonly WebhookConfigurationObject[];
  readonly services: readonly ServiceObject[];
}

/** One entry for each Service that a configuration calls. */
export function webhookTargetsOf(objects: Objects, controlPlanes: readonly ControlPlane[]): readonly Target[] {
  const existing = new Set(objects.services.map(({ metadata }) => metadata.name));
  const target = (
    kind: Kind<WebhookConfigurationObject>,
    configuration: WebhookConfigurationObject,
  ): readonly Target[] => {
    const ownedBy = owner(configuration);
    return [...servicesCalledBy(configuration, objects.istioNamespace, controlPlanes)].map((service) => ({
      configuration: { kind, name: configuration.metadata.name },
      namespace: objects.istioNamespace,
      service,
      exists: existing.has(service),
      ...(ownedBy === undefined ? {} : { ownedBy }),
    }));
  };
  return [
    ...objects.mutating.flatMap((configuration) => target(MUTATING, configuration)),
    ...objects.validating.flatMap((configuration) => target(VALIDATING, configuration)),
  ];
}

function owner({ metadata }: WebhookConfigurationObject): Target['ownedBy'] {
  const revision = metadata.labels?.[REV];
  const isShared = metadata.labels?.[TAG] !== undefined || metadata.name === DEFAULT_VALIDATOR;
  return revision === undefined || isShared ? undefined : asRevision(revision);
}

function servicesCalledBy(
  { webhooks }: WebhookConfigurationObject,
  istioNamespace: string,
  controlPlanes: readonly ControlPlane[],
): ReadonlySet<string> {
  const called = new Set<string>();
  for (const { clientConfig } of webhooks ?? []) {
    if (clientConfig.service?.namespace === istioNamespace) called.add(clientConfig.service.name);
    const byUrl = clientConfig.url === undefined ? undefined : serviceBehind(clientConfig.url, controlPlanes);
    if (byUrl !== undefined) called.add(byUrl);
  }
  return called;
}

/** An injector and a validator of one control plane differ in their path, not in host and port. */
function serviceBehind(url: string, controlPlanes: readonly ControlPlane[]): string | undefined {
  const origin = originOf(url);
  return controlPlanes.find(
    ({ clientConfig }) => clientConfig?.url !== undefined && originOf(clientConfig.url) === origin,
  )?.service;
}
const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);
