// What is the mesh like when whatever is only down for the moment is up again? A scaling, a node that goes, a pod that is evicted: in a
// large mesh there is always one, and what is down when its batch comes is not restarted.
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { podsOf } from '../plan/moves.ts';
import { names, span } from '../slo/sentence.ts';
import { readMesh } from './discover.ts';
import type { Session } from './session.ts';
import { idOf } from './workload-view.ts';

/** Longer than a pod takes to be scheduled, pulled and started on a new node. */
const MOMENT_MS = 2 * 60_000;
const LOOK_EVERY_MS = 10_000;

/**
 * The mesh, read again until none of these workloads has been short of pods for less than two minutes, or two minutes have passed.
 * What carries one of these restarts' stamps is our doing and followed, not waited for; what has been down for longer is as it was.
 */
export async function settledMesh(
  { world, journal }: Session,
  isOurs: (workload: Workload) => boolean,
  stamps: readonly string[],
): Promise<MeshSnapshot> {
  const { clock, cluster, log, signal } = world;
  const { istioNamespace, target } = journal().plan;
  const endMs = clock.now() + MOMENT_MS;
  for (;;) {
    const snapshot = await readMesh(cluster, istioNamespace);
    const down = snapshot.workloads.filter(
      (workload) =>
        isOurs(workload) &&
        !stamps.includes(workload.restartedAt ?? '') &&
        isDownForAMoment(workload, snapshot, clock.now()) &&
        podsOf(snapshot, workload).some(({ injected }) => injected !== undefined && injected !== target),
    );
    const leftMs = endMs - clock.now();
    if (down.length === 0 || leftMs <= 0 || signal.aborted) return snapshot;
    const who = names(
      down.map(({ ref }) => idOf(ref)),
      3,
    );
    log.line(
      `waits up to ${span(leftMs)} for ${who}: not all pods are available, and such a workload is not restarted`,
    );
    await clock.sleep(Math.min(leftMs, LOOK_EVERY_MS), signal);
  }
}

function isDownForAMoment(workload: Workload, snapshot: MeshSnapshot, nowMs: number): boolean {
  if (workload.immovable !== 'unavailable-before') return false;
  const pods = podsOf(snapshot, workload);
  const isOfLate = (sinceMs: number | undefined): boolean => sinceMs !== undefined && nowMs - sinceMs < MOMENT_MS;
  // Ready, but not for `minReadySeconds` yet, is not available either.
  return (
    pods.length < workload.replicas || pods.some((pod) => isOfLate(pod.ready ? pod.readySinceMs : pod.unreadySinceMs))
  );
}
