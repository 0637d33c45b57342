// How are many workloads restarted at once, and followed until every pod runs on the expected revision?
// Judges nothing but the rollout itself; knows no Prometheus.
import type { Revision } from '../mesh/names.ts';
import type { MeshPod, WorkloadRef } from '../mesh/snapshot.ts';
import type { Move } from '../plan/moves.ts';
import { madeInVain } from '../plan/stamps.ts';
import { span } from '../slo/sentence.ts';
import { judgeWorkload, type WorkloadJudgement } from './judge-workload.ts';
import { stuckReplacer } from './replace-stuck.ts';
import { inTrouble, type RollOutcome, stopped, type Failure, type Trouble } from './roll-outcome.ts';
import type { Session } from './session.ts';
import { sightings } from './sightings.ts';
import { type InFlight, progressed, startRestart } from './start-restart.ts';
import { whyNoPods, whyNotStarted } from './why-no-pods.ts';
import { idOf, viewWorkloads, type WorkloadView } from './workload-view.ts';

export interface RollRequest {
  readonly title: string;
  readonly items: readonly Move[];
  readonly expected: Revision;
  /** What our restarts write; a template that already has it is not restarted again. */
  readonly restartedAt: string;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  /** Deletes pods of this revision that keep a StatefulSet from replacing them: for a rollback, whose old pods may never get ready. */
  readonly replaceStuck?: Revision;
  /** A workload in trouble does not keep the others from being restarted: for a rollback, since what waits runs on what failed. */
  readonly keepGoing?: boolean;
  /**
   * Called with a sentence for a workload that is on the expected revision and stays unready for its own reasons: for a rollback, which
   * has then done what it can. Absent: that is trouble.
   */
  readonly onOwnFault?: (sentence: string) => void;
  /** Called for a restart that was in vain, before anything else is: it has to be repeated by the next run, whatever becomes of this one. */
  readonly onInVain?: (failure: Failure) => Promise<void>;
  /** Called when the last workload of a namespace is done; ms since the epoch, cluster's clock. */
  readonly onNamespaceDone?: (namespace: string, readySinceMs: number) => void;
  /** Called for each workload that is done. */
  readonly onWorkloadDone?: (ref: WorkloadRef, readySinceMs: number) => void;
  /** Starts no more restarts and stops waiting. */
  readonly signal: AbortSignal;
}
/** Between this machine and the API server. */
const CLOCKS_DIFFER_MS = 60_000;
const PROGRESS_EVERY_MS = 5_000;
/** A registry that is busy and a network that is not set up yet answer within so long; a pod that is older blames its proxy. */
const MENDS_MS = 120_000;

export async function roll(session: Session, request: RollRequest): Promise<RollOutcome> {
  if (request.items.length === 0) return { kind: 'done', workloads: 0, pods: 0 };
  const { world } = session;
  const over = new AbortController();
  try {
    const signal = AbortSignal.any([over.signal, request.signal, world.signal]);
    const namespaces = [...new Set(request.items.map((item) => item.ref.namespace))];
    const view = await viewWorkloads(world, namespaces, signal);
    view.ended.catch(() => undefined); // `changed` rejects with it too, and is what is awaited
    return await drive(session, request, view, signal);
  } finally {
    over.abort();
  }
}

async function drive(
  session: Session,
  request: RollRequest,
  view: WorkloadView,
  signal: AbortSignal,
): Promise<RollOutcome> {
  const { world } = session;
  const waiting = [...request.items];
  const denied: Move[] = [];
  /** Those that `keepGoing` does not restart after all. */
  const spared: Move[] = [];
  const inFlight = new Map<string, InFlight>();
  const done = new Map<string, number>();
  const seen = sightings();
  const replaceStuck =
    request.replaceStuck === undefined
      ? undefined
      : stuckReplacer(world, request.replaceStuck, seen, request.timeoutMs);
  const mendsMs = Math.min(MENDS_MS, request.timeoutMs / 4);
  const isLong = (pod: MeshPod): boolean => seen.isUnreadyFor(mendsMs, pod, world.clock.now());
  const troubles: Trouble[] = [];
  const progress = progressLine(session, request, view, done);
  const finish = (id: string, ref: WorkloadRef, readySinceMs: number): void => {
    inFlight.delete(id);
    done.set(id, readySinceMs);
    request.onWorkloadDone?.(ref, readySinceMs);
    tellNamespace(request, done, ref.namespace);
  };
  const ended = (): RollOutcome => inTrouble(troubles, denied, [...spared, ...waiting]);
  for (;;) {
    while (waiting.length > 0 && inFlight.size < request.maxInFlight && !signal.aborted) {
      const starting = waiting.splice(0, request.maxInFlight - inFlight.size);
      const started = await Promise.all(starting.map(async (item) => startRestart(session, request, view, item)));
      for (const [index, flight] of started.entries()) {
        if (typeof flight !== 'string') {
          inFlight.set(idOf(flight.ref), flight);
          continue;
        }
        troubles.push(goingOn(session, request, { kind: 'stuck', reason: flight }));
        denied.push(...starting.slice(index, index + 1));
      }
      if (troubles.length > 0 && request.keepGoing !== true) return ended();
    }
    const unfinished: string[] = [];
    for (const [id, before] of inFlight) {
      const pods = view.pods(before.ref);
      const flight = progressed(before, pods, world.clock.now());
      inFlight.set(id, flight);
      seen.note(pods, world.clock.now());
      const judgement = judgeWorkload(view.workload(flight.ref), pods, flight, isLong);
      if (judgement.kind === 'done') {
        finish(id, flight.ref, judgement.readySinceMs);
      } else if (judgement.kind === 'failed' || judgement.givenUp || world.clock.now() > flight.deadlineMs) {
        const trouble = judgement.kind === 'failed' ? judgement : await overdue(session, request, flight, judgement);
        if (request.onOwnFault !== undefined && judgement.kind === 'waiting' && judgement.ownFault === true) {
          request.onOwnFault(trouble.reason);
          finish(id, flight.ref, world.clock.now());
          continue;
        }
        troubles.push(goingOn(session, request, trouble));
        if (isOfNamespace(trouble)) await request.onInVain?.(trouble);
        if (request.keepGoing !== true) return ended();
        inFlight.delete(id);
        if (isOfNamespace(trouble)) spared.push(...takeFrom(waiting, flight.ref.namespace));
      } else {
        unfinished.push(judgement.message);
        await replaceStuck?.({ workload: view.workload(flight.ref), pods, leaving: view.leaving(flight.ref) }, flight);
      }
    }
    if (waiting.length === 0 && inFlight.size === 0) {
      progress(true);
      if (troubles.length > 0) return ended();
      return {
        kind: 'done',
        workloads: done.size,
        pods: request.items.reduce((sum, item) => sum + view.pods(item.ref).length, 0),
      };
    }
    if (signal.aborted)
      return stopped([...troubles.map(({ reason }) => reason), ...unfinished], [...denied, ...spared, ...waiting]);
    progress(false);
    await view.changed(1_000);
  }
}

/** Said at once where the others are not kept waiting for it: the ending may be hours away. */
function goingOn({ world }: Session, { title, keepGoing }: RollRequest, trouble: Trouble): Trouble {
  if (keepGoing === true) world.log.warning(`${title} goes on without it: ${trouble.reason}`);
  return trouble;
}

/** Who injects is decided for a namespace: the next restart there would take its sidecar too, or come to the same for nothing. */
const isOfNamespace = (trouble: Trouble): trouble is Failure =>
  trouble.kind === 'failed' && madeInVain(trouble.reasonCode);

/** Takes out of `waiting` what is of the namespace. */
function takeFrom(waiting: Move[], namespace: string): readonly Move[] {
  const taken = waiting.filter(({ ref }) => ref.namespace === namespace);
  waiting.splice(0, waiting.length, ...waiting.filter(({ ref }) => ref.namespace !== namespace));
  return taken;
}

/** The proxy that runs and never gets ready is our doing; anything else is named and left to people. */
async function overdue(
  { world }: Session,
  { restartedAt }: RollRequest,
  { ref, sinceMs, rollsByItself }: InFlight,
  judgement: Extract<WorkloadJudgement, { kind: 'waiting' }>,
): Promise<Trouble> {
  const { cluster } = world;
  const eventsSinceMs = (Date.parse(restartedAt) || 0) - CLOCKS_DIFFER_MS;
  const { notStarted } = judgement;
  const refusal =
    notStarted === undefined
      ? await whyNoPods(cluster, ref, eventsSinceMs)
      : await whyNotStarted(cluster, { namespace: ref.namespace, name: notStarted }, eventsSinceMs);
  const because = refusal === undefined ? '' : `: ${refusal}`;
  const reason = `${judgement.message}${because} (after ${span(world.clock.now() - sinceMs)})`;
  return judgement.proxy && !rollsByItself
    ? { kind: 'failed', reasonCode: 'proxy-not-ready', reason }
    : { kind: 'stuck', reason };
}

function tellNamespace(request: RollRequest, done: ReadonlyMap<string, number>, namespace: string): void {
  const times = request.items
    .filter((item) => item.ref.namespace === namespace)
    .map((item) => done.get(idOf(item.ref)));
  if (times.every((time) => time !== undefined)) request.onNamespaceDone?.(namespace, Math.max(...times));
}

function progressLine(
  session: Session,
  request: RollRequest,
  view: WorkloadView,
  done: ReadonlyMap<string, number>,
): (last: boolean) => void {
  const { clock, log } = session.world;
  let said = '';
  let saidAt = 0;
  return (last) => {
    if (!last && clock.now() - saidAt < PROGRESS_EVERY_MS) return;
    const pods = request.items.flatMap((item) => view.pods(item.ref));
    const moved = pods.filter((pod) => pod.injected === request.expected && pod.ready).length;
    const text = `${request.title} ${String(done.size)}/${String(request.items.length)} workloads, ${String(moved)}/${String(pods.length)} pods on ${request.expected}`;
    if (text === said && clock.now() - saidAt < 10 * PROGRESS_EVERY_MS) return;
    said = text;
    saidAt = clock.now();
    log.line(text);
  };
}
