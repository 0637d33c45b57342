// Is the source gone, and is everything else as it was? Reads back after the removal; writes nothing.
import { MUTATING, SERVICE, VALIDATING, nameOf, type Kind, type WebhookConfigurationObject } from '../mesh/kinds.ts';
import { goesWithRevision } from '../mesh/revision-objects.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { names, span } from '../slo/sentence.ts';
import { missingAmong, readBystanders, type Bystanders } from './bystanders.ts';
import { whyConfigIsRefused } from './prove-config-writable.ts';
import type { Source } from './prove-unused.ts';
import { readInventory } from './source-inventory.ts';
import { comesTrue } from './until.ts';

const SETTLE_MS = 60_000;
const MOST_NAMED = 10;

/** What is compared with what is there afterwards. */
export interface StateBefore {
  readonly bystanders: Bystanders;
  /** Webhooks that had no Service even before: somebody else's trouble. */
  readonly dangling: readonly string[];
}
interface Before extends StateBefore {
  /** Istio's config objects: where they could not be written even before, that is no trouble of this removal. */
  readonly wasWritable: boolean;
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
 * a webhook calls a Service that is not there, when a bystander is missing, or when config objects can no longer be written.
 */
export async function verifyRemoved(
  world: World,
  { source, istioNamespace }: Source,
  before: Before,
): Promise<readonly string[]> {
  const { cluster } = world;
  await untilGone(world, { source, istioNamespace });
  const troubles = [
    ...(await danglingWebhooks(cluster, istioNamespace)).filter((trouble) => !before.dangling.includes(trouble)),
    ...missingAmong(before.bystanders, await readBystanders(cluster, source, istioNamespace)).map(
      (name) => `${name} was there before and is not any more`,
    ),
  ];
  const refusal = await whyConfigIsRefused(cluster, istioNamespace);
  if (refusal?.blocks === true && before.wasWritable)
    troubles.push(`a VirtualService can no longer be written: ${refusal.why}`);
  else if (refusal?.blocks === true)
    world.log.warning(`a VirtualService cannot be written, nor could it before the removal: ${refusal.why}`);
  else if (refusal !== undefined)
    world.log.notice(`whether a VirtualService can be written is not proved, for a policy denies it: ${refusal.why}`);
  if (troubles.length > 0) {
    throw new BrokenWorld(`${source} is removed, but ${troubles.join('; ')}`, {
      remedy:
        'Put right what is named, at once where a webhook is: it rejects what it guards. Nothing else is left to do.',
    });
  }
  const { others } = await readInventory(cluster, source, istioNamespace);
  return others.map(({ ref }) => nameOf(ref));
}

/** What others own stays, whatever its labels: Kubernetes copies a Service's to its EndpointSlices, istiod a Gateway's to its Deployment. */
async function untilGone(world: World, { source, istioNamespace }: Source): Promise<void> {
  let left: readonly string[] = [];
  const isGone = async (): Promise<boolean> => {
    const { objects, leases, others } = await readInventory(world.cluster, source, istioNamespace);
    const going = others.filter(({ object }) => goesWithRevision(object, source, istioNamespace));
    left = [...objects, ...leases, ...going].map(({ ref }) => nameOf(ref));
    return left.length === 0;
  };
  const what = `everything of ${source} to be gone`;
  if (await comesTrue(world, SETTLE_MS, what, isGone)) return;
  throw new BrokenWorld(`waited ${span(SETTLE_MS)} for ${what}, and there is still ${names(left, MOST_NAMED)}`, {
    remedy:
      'See what keeps it, or who makes it again (finalizers, the controller manager, GitOps), then run the same command again.',
  });
}

/** Of the Istio namespace: webhooks that call other namespaces are other people's. */
async function danglingWebhooks(cluster: ClusterPort, istioNamespace: string): Promise<readonly string[]> {
  const [mutating, validating, services] = await Promise.all([
    cluster.list(MUTATING),
    cluster.list(VALIDATING),
    cluster.list(SERVICE, { namespace: istioNamespace }),
  ]);
  const there = new Set(services.map(({ metadata }) => metadata.name));
  const dangling = (kind: Kind<WebhookConfigurationObject>, configuration: WebhookConfigurationObject): string[] =>
    (configuration.webhooks ?? []).flatMap(({ name, clientConfig: { service } }) =>
      service?.namespace !== istioNamespace || there.has(service.name)
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
