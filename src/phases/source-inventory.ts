// What is there of the source's control plane, and whose is it? Reads; deletes nothing.
import { LEASE, nameOf, type KubeObject, type ObjectRef } from '../mesh/kinds.ts';
import { REV, TAG, type Revision } from '../mesh/names.ts';
import { ownerOf } from '../mesh/owner.ts';
import { REVISION_KINDS } from '../mesh/revision-kinds.ts';
import { isOfRevision, leasesOf, refOf } from '../mesh/revision-objects.ts';
import type { Owner } from '../mesh/snapshot.ts';
import type { ClusterPort } from '../ports/cluster.ts';

export interface InventoryItem {
  readonly ref: ObjectRef;
  readonly object: KubeObject;
}
export interface Inventory {
  /** The control plane's objects, in the order in which they have to go. */
  readonly objects: readonly InventoryItem[];
  /** Held by nobody once its istiods are gone. */
  readonly leases: readonly InventoryItem[];
  /** Labelled with the revision, but not of the control plane, and not ours to delete. Goes by itself where that owns it. */
  readonly others: readonly InventoryItem[];
  readonly owner: Owner;
}

/** Everything of this revision that is there at this moment. */
export async function readInventory(
  cluster: ClusterPort,
  source: Revision,
  istioNamespace: string,
): Promise<Inventory> {
  const [lists, leases] = await Promise.all([
    Promise.all(
      REVISION_KINDS.map(async (kind) => {
        const found = await cluster.list(kind, kind.namespaced ? { namespace: istioNamespace } : {});
        return found.map((object) => ({ ref: refOf(kind, object), object }));
      }),
    ),
    cluster.list(LEASE, { namespace: istioNamespace }),
  ]);
  const all = lists.flat();
  const isOurs = ({ ref, object }: InventoryItem): boolean =>
    isOfRevision(object, ref.kind.kind, source, istioNamespace);
  const objects = all.filter(isOurs);
  const names = leasesOf(source);
  return {
    objects,
    leases: leases
      .filter(({ metadata }) => names.includes(metadata.name))
      .map((object) => ({ ref: refOf(LEASE, object), object })),
    others: all.filter((item) => isLabelled(item.object, source) && !isOurs(item)),
    owner: ownerAmong(objects),
  };
}

/** istioctl labels what all revisions share with the revision it last installed it for: that says nothing. */
function isLabelled({ metadata }: KubeObject, source: Revision): boolean {
  const { [REV]: revision, [TAG]: tag, 'operator.istio.io/component': component } = metadata.labels ?? {};
  return revision === source && tag === undefined && component !== 'Base';
}

/** The injector and the Deployment come first: they decide, the rest only tells after those are gone. */
function ownerAmong(objects: readonly InventoryItem[]): Owner {
  const owners = objects
    .toSorted((a, b) => Number(b.ref.kind.kind === 'Deployment') - Number(a.ref.kind.kind === 'Deployment'))
    .map(({ object }) => ownerOf(object.metadata));
  return owners.find(({ kind }) => kind !== 'unknown') ?? { kind: 'unknown' };
}

/** What is to be removed by those who do it themselves, in words. Not the leases: istiods made them, and nobody declares them. */
export function sayInventory({ objects, owner }: Inventory): readonly string[] {
  if (owner.kind === 'helm') return [`helm uninstall ${owner.release} --namespace ${owner.namespace}`];
  return objects.map(({ ref }) => nameOf(ref));
}
