// Which pods must be deleted for a StatefulSet to go on? Its controller waits for a pod that is not ready before it replaces
// it, even by the template that would mend it (kubernetes/kubernetes#67250). Touches nothing but such pods.
import { nameOf, POD, type WorkloadObject } from '../mesh/kinds.ts';
import type { MeshPod } from '../mesh/snapshot.ts';
import type { World } from '../ports/world.ts';
import { ApiError } from '../shared/errors.ts';
import type { Expectation } from './judge-workload.ts';

/** Those of the old template that are not ready, once the controller has seen the new one; empty for every other kind. */
export function stuckPods(
  workload: WorkloadObject | undefined,
  pods: readonly MeshPod[],
  { ref, before, generation }: Expectation,
): readonly MeshPod[] {
  if (ref.kind !== 'StatefulSet' || workload === undefined) return [];
  const seen = workload.status?.observedGeneration ?? 0;
  if (seen < Math.max(generation, workload.metadata.generation ?? 0)) return [];
  return pods.filter((pod) => before.has(pod.uid) && !pod.ready);
}

/** Each pod is announced and deleted once; where that is forbidden it is named with the command that does it. */
export async function deleteStuck(world: World, pods: readonly MeshPod[], deleted: Set<string>): Promise<void> {
  const { cluster, log, signal } = world;
  for (const { uid, namespace, name } of pods) {
    if (deleted.has(uid) || signal.aborted) continue;
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
      continue;
    }
    const readBack = (await isGoing(cluster, namespace, uid)) ? ', read back' : '';
    log.line(`${nameOf(ref)}: deleted, since its StatefulSet waits for it and it does not get ready${readBack}`);
  }
}

/** Gone, or in its grace period. Pods are listed: whoever rolls back may not `get` one. */
async function isGoing(cluster: World['cluster'], namespace: string, uid: string): Promise<boolean> {
  const pod = (await cluster.list(POD, { namespace })).find(({ metadata }) => metadata.uid === uid);
  return pod === undefined || pod.metadata.deletionTimestamp !== undefined;
}
