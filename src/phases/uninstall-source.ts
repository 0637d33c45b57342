// Phase 8: how does the source's istiod go away? By its owner: what a Helm release owns, helm removes; the rest we delete, webhooks
// before the Deployment, each object by its UID. The caller holds the proof that nothing uses it (proveUnused). Never CRDs, the root
// CA, base, gateways, CNI, ztunnel, tags, another revision, or users' config.
import { POD, nameOf } from '../mesh/kinds.ts';
import { REV } from '../mesh/names.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { lookAtRemoval } from './look-at-removal.ts';
import type { Source } from './prove-unused.ts';
import { readInventory, sayInventory, type InventoryItem } from './source-inventory.ts';
import { until } from './until.ts';
import { stateBefore, verifyRemoved } from './verify-removed.ts';
import { whileWaiting } from './while-waiting.ts';

export interface Removal {
  /** `nobody`: nothing was left to remove. */
  readonly by: 'helm' | 'us' | 'nobody';
  /** Labelled with the source, but not of its control plane: left alone, named. */
  readonly leftAlone: readonly string[];
}
const GONE_MS = 3 * 60_000;

/** What its owner has to remove, each by name; empty once that is done. For `remove-source: verify`; writes nothing. */
export async function whatToRemove(world: World, { source, istioNamespace }: Source): Promise<readonly string[]> {
  return sayInventory(await readInventory(world.cluster, source, istioNamespace));
}

/**
 * Nothing of the source's control plane is left when it resolves, and everything else is as it was; both are read back. Run again, it
 * goes on. Throws `BrokenWorld` before the first write when the owner would lose more than the source.
 */
export async function uninstallSource(world: World, { source, istioNamespace }: Source): Promise<Removal> {
  const { cluster, log } = world;
  const before = await stateBefore(cluster, { source, istioNamespace });
  const { inventory, release, refusal, findings } = await lookAtRemoval(world, { source, istioNamespace });
  const obstacles = findings.filter(({ severity }) => severity === 'blocks');
  const [first] = obstacles;
  if (first !== undefined)
    throw new BrokenWorld(obstacles.map(({ message }) => message).join('; '), { remedy: first.remedy });
  const { objects, leases, owner } = inventory;
  if (release !== undefined) {
    await world.intend(`helm uninstall ${release.name} in namespace ${release.namespace}`);
    await whileWaiting(world, `helm to uninstall ${release.name}`, async (say) =>
      world.installer.helmUninstall(release.name, release.namespace, (line) => say(`helm: ${line}`)),
    );
  }
  const rest = release === undefined ? objects : (await readInventory(cluster, source, istioNamespace)).objects;
  await deleteAll(world, { source, istioNamespace }, rest);
  await istiodsGone(world, { source, istioNamespace });
  await deleteAll(world, { source, istioNamespace }, (await readInventory(cluster, source, istioNamespace)).leases);
  const leftAlone = await verifyRemoved(
    world,
    { source, istioNamespace },
    { ...before, wasWritable: refusal?.blocks !== true },
  );
  for (const name of leftAlone)
    log.notice(`${name} is labelled ${REV}=${source} and was left alone: it is not of the control plane`);
  const by = release !== undefined ? 'helm' : objects.length + leases.length > 0 ? 'us' : 'nobody';
  log.line(
    `${source} is gone${by === 'helm' && owner.kind === 'helm' ? ` (Helm release ${owner.release})` : ''}, read back`,
  );
  return { by, leftAlone };
}

/** One after the other, in their order: each announced, deleted by UID, and seen gone before the next. */
async function deleteAll(world: World, source: Source, items: readonly InventoryItem[]): Promise<void> {
  for (const { ref, object } of items) {
    const { uid } = object.metadata;
    await world.intend(`delete ${nameOf(ref)}`);
    await world.cluster.delete(ref, uid === undefined ? {} : { uid });
    await until(world, GONE_MS, `${nameOf(ref)} to be gone`, async () => {
      const there = await world.cluster.get(ref.kind, ref.name, ref.namespace);
      return there === undefined || there.metadata.uid !== uid;
    });
    world.log.line(`${nameOf(ref)} deleted, read back`);
    // Services and ConfigMaps are what a running istiod stands on.
    if (ref.kind.kind === 'Deployment') await istiodsGone(world, source);
  }
}

/** Its pods end after their grace period, and until then they would take the leases back. */
async function istiodsGone(world: World, { source, istioNamespace }: Source): Promise<void> {
  const mine = { namespace: istioNamespace, labelSelector: `app=istiod,${REV}=${source}` };
  await until(
    world,
    GONE_MS,
    `the pods of ${source} to end`,
    async () => (await world.cluster.list(POD, mine)).length === 0,
  );
}
