// Can phase 8 remove the source, and does helm do it? Asked before anything moves, and again before the first deletion: a mesh that has
// moved is a bad place to learn it. Writes nothing.
import type { Finding } from '../mesh/finding.ts';
import type { World } from '../ports/world.ts';
import { whyConfigIsRefused } from './prove-config-writable.ts';
import type { Source } from './prove-unused.ts';
import { readInventory, type Inventory } from './source-inventory.ts';
import { obstacle, type Release, releaseOf } from './source-release.ts';

export interface RemovalView {
  readonly inventory: Inventory;
  /** The Helm release to uninstall; absent when no release owns the source, or something keeps it from going. */
  readonly release?: Release;
  /** What keeps the source from being removed, each with its remedy; all of them block. */
  readonly obstacles: readonly Finding[];
}
type Looking = Pick<World, 'cluster' | 'installer'>;

export async function lookAtRemoval(world: Looking, { source, istioNamespace }: Source): Promise<RemovalView> {
  const refusal = await whyConfigIsRefused(world.cluster, istioNamespace);
  const inventory = await readInventory(world.cluster, source, istioNamespace);
  const release = await releaseOf(world.installer, inventory.owner, { source, istioNamespace });
  const isObstacle = release !== undefined && 'id' in release;
  return {
    inventory,
    ...(release === undefined || isObstacle ? {} : { release }),
    obstacles: [...(refusal === undefined ? [] : [notWritable(source, refusal)]), ...(isObstacle ? [release] : [])],
  };
}

const notWritable = (source: string, refusal: string): Finding =>
  obstacle(
    source,
    'config-not-writable',
    `Istio's config objects cannot be written even now: ${refusal}`,
    'Put the validating webhook (or the permission to create VirtualServices) right, then run the same command again.',
  );
