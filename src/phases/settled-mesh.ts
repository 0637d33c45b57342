// What is the mesh like when whatever is only down for the moment is up again? A scaling, a node that goes, a pod that is evicted: in a
// large mesh there is always one, and what is down when its batch comes is not restarted.
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { type Move, podsOf } from '../plan/moves.ts';
import { names, span } from '../slo/sentence.ts';
import { readMesh } from './discover.ts';
import type { Session } from './session.ts';
import { idOf } from './workload-view.ts';

/** Longer than a pod takes to be scheduled, pulled and started on a new node. */
const MOMENT_MS = 2 * 60_000;
/** Controllers create a pod within seconds: what keeps lacking one is kept from it (a quota, a webhook), and no wait mends that. */
const LOOK_EVERY_MS = 10_000;

type MovesIn = (snapshot: MeshSnapshot, evenIfUnavailable: boolean) => readonly Move[];

/**
 * The mesh, read again until nothing that would be moved, by `movesIn`, is kept from it by a moment's want of pods, or two minutes have
 * passed. What has been down for longer is as it was, and so is what lacks as many pods as it did at the look before.
 */
export async function settledMesh({ world, journal }: Session, movesIn: MovesIn): Promise<MeshSnapshot> {
  const { clock, cluster, log, signal } = world;
  const { istioNamespace, target } = journal().plan;
  const endMs = clock.now() + MOMENT_MS;
  let lacked: ReadonlyMap<string, number> = new Map();
  for (;;) {
    const snapshot = await readMesh(cluster, istioNamespace);
    const short = keptBack(snapshot, movesIn).filter((workload) =>
      podsOf(snapshot, workload).some(({ injected }) => injected !== undefined && injected !== target),
    );
    const down = short.filter((workload) => isDownForAMoment(workload, snapshot, clock.now(), lacked));
    const leftMs = endMs - clock.now();
    if (down.length === 0 || leftMs <= 0 || signal.aborted) return snapshot;
    const who = names(
      down.map(({ ref }) => idOf(ref)),
      3,
    );
    log.line(
      `waits up to ${span(leftMs)} for ${who}: not all pods are available, and such a workload is not restarted`,
    );
    lacked = new Map(short.map((workload) => [idOf(workload.ref), lackOf(workload, snapshot)]));
    await clock.sleep(Math.min(leftMs, LOOK_EVERY_MS), signal);
  }
}

/** What would be moved if all of it were available, and is not as it is. */
function keptBack(snapshot: MeshSnapshot, movesIn: MovesIn): readonly Workload[] {
  const idsIn = (evenIfUnavailable: boolean): ReadonlySet<string> =>
    new Set(movesIn(snapshot, evenIfUnavailable).map(({ ref }) => idOf(ref)));
  const [now, then] = [idsIn(false), idsIn(true)];
  return snapshot.workloads.filter(({ ref }) => then.has(idOf(ref)) && !now.has(idOf(ref)));
}

/** How many of its pods are not there at all. */
const lackOf = (workload: Workload, snapshot: MeshSnapshot): number =>
  workload.replicas - podsOf(snapshot, workload).length;

/** `lacked`: how many pods were not there at the look before; of what was not short of any then, nothing. */
function isDownForAMoment(
  workload: Workload,
  snapshot: MeshSnapshot,
  nowMs: number,
  lacked: ReadonlyMap<string, number>,
): boolean {
  const isOfLate = (sinceMs: number | undefined): boolean => sinceMs !== undefined && nowMs - sinceMs < MOMENT_MS;
  // Ready, but not for `minReadySeconds` yet, is not available either.
  if (podsOf(snapshot, workload).some((pod) => isOfLate(pod.ready ? pod.readySinceMs : pod.unreadySinceMs)))
    return true;
  const lack = lackOf(workload, snapshot);
  return lack > 0 && (isEnding(workload, snapshot) || lack < (lacked.get(idOf(workload.ref)) ?? Infinity));
}

/** A StatefulSet and a DaemonSet create a pod anew only when the one before it has ended. */
const isEnding = ({ ref }: Workload, { pods }: MeshSnapshot): boolean =>
  pods.some(({ draining, workload }) => draining === true && workload !== undefined && idOf(workload) === idOf(ref));
