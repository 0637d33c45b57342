// Can phase 8 remove the source, and does helm do it? Asked before anything moves, and again before the first deletion: a mesh that has
// moved is a bad place to learn it. Writes nothing.
import type { Finding } from '../mesh/finding.ts';
import type { World } from '../ports/world.ts';
import { PROBE, type Refusal, whyConfigIsRefused } from './prove-config-writable.ts';
import type { Source } from './prove-unused.ts';
import { readInventory, type Inventory } from './source-inventory.ts';
import { obstacle, type Release, releaseOf } from './source-release.ts';

export interface RemovalView {
  readonly inventory: Inventory;
  /** The Helm release to uninstall; absent when no release owns the source, or something keeps it from going. */
  readonly release?: Release;
  /** Why config objects cannot be written even before; absent when they can. */
  readonly refusal?: Refusal;
  /** What keeps the source from being removed, each with its remedy: these block. Beside them, what cannot be proved: notices. */
  readonly findings: readonly Finding[];
}
type Looking = Pick<World, 'cluster' | 'installer'>;

export async function lookAtRemoval(world: Looking, { source, istioNamespace }: Source): Promise<RemovalView> {
  const view = await lookAtConfig(world.cluster, { source, istioNamespace });
  const release = await releaseOf(world.installer, view.inventory.owner, { source, istioNamespace });
  if (release === undefined) return view;
  return 'id' in release ? { ...view, findings: [...view.findings, release] } : { ...view, release };
}

/** The same without a question to helm, for a source that its owner removes. */
export async function lookAtConfig(
  cluster: World['cluster'],
  { source, istioNamespace }: Source,
): Promise<Omit<RemovalView, 'release'>> {
  const refusal = await whyConfigIsRefused(cluster, istioNamespace);
  const inventory = await readInventory(cluster, source, istioNamespace);
  if (refusal === undefined) return { inventory, findings: [] };
  // Where all of it is gone, nothing is left to be kept from going: whoever is told so now could not go on.
  return { inventory, refusal, findings: inventory.objects.length === 0 ? [] : [refusalFinding(source, refusal)] };
}

export const refusalFinding = (source: string, { why, blocks }: Refusal): Finding =>
  blocks
    ? obstacle(
        source,
        'config-not-writable',
        `Istio's config objects cannot be written even now: ${why}`,
        'Put the validating webhook (or the permission to create VirtualServices) right, then run the same command again.',
      )
    : {
        id: 'config-not-provable',
        severity: 'notice',
        subject: `revision ${source}`,
        message: `whether Istio's config objects can still be written once ${source} is removed cannot be proved, for a policy of this cluster denies the dry run: ${why}`,
        remedy: `Nothing has to be done; let it admit VirtualService ${PROBE} to have it proved.`,
      };
