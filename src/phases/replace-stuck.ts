// Which pod must be deleted for a StatefulSet to go on? Its controller waits for a pod that is not ready before it replaces
// it, even by the template that would mend it (kubernetes/kubernetes#67250). Touches nothing but such a pod, one of a set at a time:
// the others may be what keeps a quorum.
import { nameOf, POD, type WorkloadObject } from '../mesh/kinds.ts';
import type { Revision } from '../mesh/names.ts';
import type { MeshPod } from '../mesh/snapshot.ts';
import type { World } from '../ports/world.ts';
import { ApiError } from '../shared/errors.ts';
import { proxyFaultOf, type Expectation } from './judge-workload.ts';
import type { Sightings } from './sightings.ts';

/** One set as it is now; `leaving`: those of its pods that are done or dying. */
export interface SetSeen {
  readonly workload: WorkloadObject | undefined;
  readonly pods: readonly MeshPod[];
  readonly leaving: readonly MeshPod[];
}

/** So long a pod is given to get ready by itself; less where a rollout has less than four times as long. */
const PATIENCE_MS = 60_000;

/** Looks at a set, again and again, and deletes its pod that never gets ready: at once where its proxy is to blame, else with patience. */
export function stuckReplacer(
  world: World,
  from: Revision,
  seen: Sightings,
  timeoutMs: number,
): (set: SetSeen, expectation: Expectation) => Promise<void> {
  const patienceMs = Math.min(PATIENCE_MS, timeoutMs / 4);
  const deleted = new Set<string>();
  return async (set, expectation) => {
    const pod = stuckPod(set, expectation, from);
    if (pod === undefined) return;
    if (proxyFaultOf(pod) !== undefined || seen.isUnreadyFor(patienceMs, pod, world.clock.now()))
      await deleteStuck(world, pod, deleted);
  };
}

/**
 * The pod of the old template that the controller waits for, once it has seen the new one: it goes by ordinal and stops at the first
 * pod that is missing or not ready. None where that is on its way without us (a pod of the new template gets ready, one is terminating,
 * one of a lower ordinal is to be created), where the pod is neither of `from` nor without its sidecar, or for any other kind.
 */
export function stuckPod(
  { workload, pods, leaving }: SetSeen,
  { ref, before, generation }: Expectation,
  from: Revision,
): MeshPod | undefined {
  if (ref.kind !== 'StatefulSet' || workload === undefined) return undefined;
  const seen = workload.status?.observedGeneration ?? 0;
  if (seen < Math.max(generation, workload.metadata.generation ?? 0)) return undefined;
  if (leaving.length > 0) return undefined;
  const isOfOurs = ({ injected }: MeshPod): boolean => injected === undefined || injected === from;
  const inOrder = pods.toSorted((one, other) => ordinalOf(one) - ordinalOf(other));
  // Where none is ready there is no quorum to keep, and the new ones may well wait for the others to be new too.
  if (inOrder.every(({ ready }) => !ready)) return inOrder.find((pod) => before.has(pod.uid) && isOfOurs(pod));
  if (pods.some(({ uid, ready }) => !ready && !before.has(uid))) return undefined;
  const at = inOrder.findIndex(({ ready }) => !ready);
  const pod = inOrder[at];
  if (pod === undefined || ordinalOf(pod) !== (workload.spec.ordinals?.start ?? 0) + at) return undefined;
  return isOfOurs(pod) ? pod : undefined;
}

const ordinalOf = ({ name }: MeshPod): number => Number(name.slice(name.lastIndexOf('-') + 1));

/** The pod is announced and deleted once; where that is forbidden it is named with the command that does it. */
export async function deleteStuck(
  world: World,
  { uid, namespace, name }: MeshPod,
  deleted: Set<string>,
): Promise<void> {
  const { cluster, log, signal } = world;
  if (deleted.has(uid) || signal.aborted) return;
  deleted.add(uid);
  const ref = { kind: POD, namespace, name };
  await world.intend(`delete ${nameOf(ref)}`);
  try {
    await cluster.delete(ref, { uid });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.warning(
      `${nameOf(ref)} does not get ready, its StatefulSet waits for it, and it can't be deleted (${error.message}): run \`kubectl -n ${namespace} delete pod ${name}\``,
    );
    return;
  }
  const readBack = (await isGoing(cluster, namespace, uid)) ? ', read back' : '';
  log.line(`${nameOf(ref)}: deleted, since its StatefulSet waits for it and it does not get ready${readBack}`);
}

/** Gone, or in its grace period. Pods are listed: whoever rolls back may not `get` one. */
async function isGoing(cluster: World['cluster'], namespace: string, uid: string): Promise<boolean> {
  const pod = (await cluster.list(POD, { namespace })).find(({ metadata }) => metadata.uid === uid);
  return pod === undefined || pod.metadata.deletionTimestamp !== undefined;
}
