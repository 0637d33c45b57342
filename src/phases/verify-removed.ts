// Is the source gone, and is everything else as it was? Reads back after the removal; writes nothing.
import { MUTATING, SERVICE, VALIDATING, nameOf, type Kind, type WebhookConfigurationObject } from '../mesh/kinds.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { missingAmong, readBystanders, type Bystanders } from './bystanders.ts';
import { whyConfigIsRefused } from './prove-config-writable.ts';
import type { Source } from './prove-unused.ts';
import { readInventory } from './source-inventory.ts';
import { until } from './until.ts';

const SETTLE_MS = 60_000;

/** What is compared with what is there afterwards. */
export interface StateBefore {
  readonly bystanders: Bystanders;
  /** Webhooks that had no Service even before: somebody else's trouble. */
  readonly dangling: readonly string[];
}

/** To be taken before the first deletion. */
export async function stateBefore(cluster: ClusterPort, { source, istioNamespace }: Source): Promise<StateBefore> {
  const [bystanders, dangling] = await Promise.all([
    readBystanders(cluster, source, istioNamespace),
    danglingWebhooks(cluster, istioNamespace),
  ]);
  return { bystanders, dangling };
}

/**
 * Returns what is labelled with the source and was left alone. Throws `BrokenWorld` when something of its control plane is left, when
 * a webhook calls a Service that is not there, when a bystander is missing, or when config objects cannot be written.
 */
export async function verifyRemoved(
  world: World,
  { source, istioNamespace }: Source,
  before: StateBefore,
): Promise<readonly string[]> {
  const { cluster } = world;
  const left = async (): Promise<readonly string[]> => {
    const { objects, leases, others } = await readInventory(cluster, source, istioNamespace);
    const owned = others.filter(({ object }) => (object.metadata.ownerReferences ?? []).length > 0);
    return [...objects, ...leases, ...owned].map(({ ref }) => nameOf(ref));
  };
  await until(world, SETTLE_MS, `everything of ${source} to be gone`, async () => (await left()).length === 0);
  const troubles = [
    ...(await danglingWebhooks(cluster, istioNamespace)).filter((trouble) => !before.dangling.includes(trouble)),
    ...missingAmong(before.bystanders, await readBystanders(cluster, source, istioNamespace)).map(
      (name) => `${name} was there before and is not any more`,
    ),
  ];
  const refusal = await whyConfigIsRefused(cluster, istioNamespace);
  if (refusal !== undefined) troubles.push(`a VirtualService can no longer be written: ${refusal}`);
  if (troubles.length > 0) {
    throw new BrokenWorld(`${source} is removed, but ${troubles.join('; ')}`, {
      remedy:
        'Put right what is named, at once where a webhook is: it rejects what it guards. Nothing else is left to do.',
    });
  }
  const { others } = await readInventory(cluster, source, istioNamespace);
  return others.map(({ ref }) => nameOf(ref));
}

/** Of the Istio namespace: webhooks that call other namespaces are other people's. */
async function danglingWebhooks(cluster: ClusterPort, istioNamespace: string): Promise<readonly string[]> {
  const [mutating, validating, services] = await Promise.all([
    cluster.list(MUTATING),
    cluster.list(VALIDATING),
    cluster.list(SERVICE, { namespace: istioNamespace }),
  ]);
  const names = new Set(services.map(({ metadata }) => metadata.name));
  const dangling = (kind: Kind<WebhookConfigurationObject>, configuration: WebhookConfigurationObject): string[] =>
    (configuration.webhooks ?? []).flatMap(({ name, clientConfig: { service } }) =>
      service?.namespace !== istioNamespace || names.has(service.name)
        ? []
        : [
            `${nameOf({ kind, name: configuration.metadata.name })} (${name}) calls Service ${service.name}, which is not there`,
          ],
    );
  return [
    ...mutating.flatMap((configuration) => dangling(MUTATING, configuration)),
    ...validating.flatMap((configuration) => dangling(VALIDATING, configuration)),
  ];
}
