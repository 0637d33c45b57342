// How are many workloads restarted at once, and followed until every pod runs on the expected revision?
// Judges nothing but the rollout itself; knows no Prometheus.
import { WORKLOAD_KINDS, nameOf, type Kind, type WorkloadObject } from '../mesh/kinds.ts';
import { RESTARTED_AT, REV, type Revision } from '../mesh/names.ts';
import type { WorkloadRef } from '../mesh/snapshot.ts';
import { progressDeadlineMs } from '../mesh/workload.ts';
import type { Move } from '../plan/moves.ts';
import { ApiError, isNotFound } from '../shared/errors.ts';
import { names, span, workloadsWere } from '../slo/sentence.ts';
import { judgeWorkload, type Expectation, type WorkloadJudgement } from './judge-workload.ts';
import { stuckReplacer } from './replace-stuck.ts';
import type { Session } from './session.ts';
import { templateStory } from './template-story.ts';
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
  /** Called when the last workload of a namespace is done; ms since the epoch, cluster's clock. */
  readonly onNamespaceDone?: (namespace: string, readySinceMs: number) => void;
  /** Called for each workload that is done. */
  readonly onWorkloadDone?: (ref: WorkloadRef, readySinceMs: number) => void;
  /** Starts no more restarts and stops waiting. */
  readonly signal: AbortSignal;
}
export type RollOutcome =
  | { readonly kind: 'done'; readonly workloads: number; readonly pods: number }
  | {
      readonly kind: 'failed';
      readonly reasonCode: 'proxy-not-ready' | 'sidecar-missing' | 'wrong-revision';
      readonly reason: string;
      /** Workloads that were to be restarted and were not begun with; absent where there is none, here and below. */
      readonly notRestarted?: readonly string[];
    }
  /** Not ready in time, for a reason that is not the new proxy's; or a restart was denied. */
  | { readonly kind: 'stuck'; readonly reason: string; readonly notRestarted?: readonly string[] }
  | {
      readonly kind: 'stopped';
      readonly notRestarted?: readonly string[];
      /** What the workloads in flight were waiting for, as sentences; absent where none was. */
      readonly unfinished?: readonly string[];
    };

interface InFlight extends Expectation {
  readonly sinceMs: number;
  readonly deadlineMs: number;
}
/** Between this machine and the API server. */
const CLOCKS_DIFFER_MS = 60_000;
const PROGRESS_EVERY_MS = 5_000;

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
  /** Those that `keepGoing` does not restart after all. */
  const spared: Move[] = [];
  const inFlight = new Map<string, InFlight>();
  const done = new Map<string, number>();
  const replaceStuck =
    request.replaceStuck === undefined ? undefined : stuckReplacer(world, request.replaceStuck, request.timeoutMs);
  const troubles: Trouble[] = [];
  const progress = progressLine(session, request, view, done);
  const ended = (): RollOutcome => inTrouble(troubles, notRestarted([...spared, ...waiting]));
  for (;;) {
    while (waiting.length > 0 && inFlight.size < request.maxInFlight && !signal.aborted) {
      const starting = waiting.splice(0, request.maxInFlight - inFlight.size);
      const started = await Promise.all(starting.map(async (item) => start(session, request, view, item)));
      for (const flight of started) {
        if (typeof flight === 'string') troubles.push(goingOn(session, request, { kind: 'stuck', reason: flight }));
        else inFlight.set(idOf(flight.ref), flight);
      }
      if (troubles.length > 0 && request.keepGoing !== true) return ended();
    }
    const unfinished: string[] = [];
    for (const [id, flight] of inFlight) {
      const judgement = judgeWorkload(view.workload(flight.ref), view.pods(flight.ref), flight);
      if (judgement.kind === 'done') {
        inFlight.delete(id);
        done.set(id, judgement.readySinceMs);
        request.onWorkloadDone?.(flight.ref, judgement.readySinceMs);
        tellNamespace(request, done, flight.ref.namespace);
      } else if (judgement.kind === 'failed' || judgement.givenUp || world.clock.now() > flight.deadlineMs) {
        const trouble = judgement.kind === 'failed' ? judgement : await overdue(session, request, flight, judgement);
        troubles.push(goingOn(session, request, trouble));
        if (request.keepGoing !== true) return ended();
        inFlight.delete(id);
        if (isOfNamespace(trouble)) spared.push(...takeFrom(waiting, flight.ref.namespace));
      } else {
        unfinished.push(judgement.message);
        await replaceStuck?.(
          { workload: view.workload(flight.ref), pods: view.pods(flight.ref), leaving: view.leaving(flight.ref) },
          flight,
        );
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
      return stopped([...troubles.map(({ reason }) => reason), ...unfinished], [...spared, ...waiting]);
    progress(false);
    await view.changed(1_000);
  }
}

/** What is wrong with one workload, or with several. */
type Trouble = Extract<RollOutcome, { kind: 'failed' | 'stuck' }>;

/** Said at once where the others are not kept waiting for it: the ending may be hours away. */
function goingOn({ world }: Session, { title, keepGoing }: RollRequest, trouble: Trouble): Trouble {
  if (keepGoing === true) world.log.warning(`${title} goes on without it: ${trouble.reason}`);
  return trouble;
}

/** Who injects is decided for a namespace: the next restart there would take its sidecar too, or come to the same for nothing. */
const isOfNamespace = (trouble: Trouble): boolean =>
  trouble.kind === 'failed' && trouble.reasonCode !== 'proxy-not-ready';

/** Takes out of `waiting` what is of the namespace. */
function takeFrom(waiting: Move[], namespace: string): readonly Move[] {
  const taken = waiting.filter(({ ref }) => ref.namespace === namespace);
  waiting.splice(0, waiting.length, ...waiting.filter(({ ref }) => ref.namespace !== namespace));
  return taken;
}

/** What is only followed was restarted before, or rolls by itself. */
const notRestarted = (waiting: readonly Move[]): readonly string[] =>
  waiting.filter(({ how }) => how.kind !== 'await').map(({ ref }) => idOf(ref));

const MOST_REASONS = 5;

/** One outcome of all: a failure where any is one, whose reason comes first, the others', and what is left to restart. */
function inTrouble(troubles: readonly Trouble[], left: readonly string[]): RollOutcome {
  const worst = troubles.find(({ kind }) => kind === 'failed') ?? troubles[0];
  if (worst === undefined) throw new Error('a rollout without trouble has not ended in it');
  const reasons = [worst, ...troubles.filter((trouble) => trouble !== worst)].map(({ reason }) => reason);
  const more = reasons.length - MOST_REASONS;
  const told = [
    ...reasons.slice(0, MOST_REASONS),
    ...(more > 0 ? [`and ${String(more)} more`] : []),
    ...(left.length > 0 ? [`${workloadsWere(left.length)} not restarted yet: ${names(left)}`] : []),
  ];
  return { ...worst, reason: told.join('; '), ...(left.length === 0 ? {} : { notRestarted: left }) };
}

function stopped(unfinished: readonly string[], waiting: readonly Move[]): RollOutcome {
  const left = notRestarted(waiting);
  return {
    kind: 'stopped',
    ...(unfinished.length === 0 ? {} : { unfinished }),
    ...(left.length === 0 ? {} : { notRestarted: left }),
  };
}

/** Rights, admission webhooks and policies: the same request would be refused again, and nobody's pods are the worse for it. */
const DENIALS: ReadonlySet<number> = new Set([400, 403, 422]);

/**
 * Patches what has to be patched; a workload deleted meanwhile counts as started and is then seen to be gone. A sentence where the
 * restart is denied; who keeps going takes a 500 for that too, since an admission webhook that does not answer is one.
 */
async function start(
  session: Session,
  request: RollRequest,
  view: WorkloadView,
  { ref, how }: Move,
): Promise<InFlight | string> {
  const { world } = session;
  const current = view.workload(ref);
  const before = new Set(
    view
      .pods(ref)
      .filter((pod) => pod.injected !== request.expected)
      .map((pod) => pod.uid),
  );
  const sinceMs = world.clock.now();
  const patience = Math.max(request.timeoutMs, current === undefined ? 0 : progressDeadlineMs(ref.kind, current));
  const flight = { ref, expected: request.expected, before, sinceMs, deadlineMs: sinceMs + patience };
  const metadata = current?.spec.template.metadata;
  const label =
    how.kind === 'template-label' && (metadata?.labels?.[REV] ?? null) !== how.to ? { labels: { [REV]: how.to } } : {};
  const restarted = metadata?.annotations?.[RESTARTED_AT] === request.restartedAt && !('labels' in label);
  if (current === undefined || how.kind === 'await' || restarted)
    return { ...flight, generation: current?.metadata.generation ?? 0 };
  const kind = kindOf(ref);
  const wished = { ...label, annotations: { [RESTARTED_AT]: request.restartedAt } };
  try {
    world.signal.throwIfAborted();
    const patched = await world.cluster.patch(kind, ref, {
      spec: { template: { metadata: wished } },
    });
    world.log.line(`${nameOf({ ...ref, kind })}: ${templateStory(metadata, wished, patched.spec.template.metadata)}`);
    return { ...flight, generation: patched.metadata.generation ?? 0 };
  } catch (error) {
    if (isNotFound(error)) return { ...flight, generation: 0 };
    if (
      error instanceof ApiError &&
      (DENIALS.has(error.status) || (request.keepGoing === true && error.status === 500))
    )
      return `${nameOf({ ...ref, kind })} may not be restarted: ${error.message}`;
    throw error;
  }
}

/** The proxy that runs and never gets ready is our doing; anything else is named and left to people. */
async function overdue(
  { world }: Session,
  { restartedAt }: RollRequest,
  { ref, sinceMs }: InFlight,
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
  return judgement.proxy ? { kind: 'failed', reasonCode: 'proxy-not-ready', reason } : { kind: 'stuck', reason };
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

export function kindOf(ref: WorkloadRef): Kind<WorkloadObject> {
  const kind = WORKLOAD_KINDS.find((candidate) => candidate.kind === ref.kind);
  if (kind === undefined) throw new Error(`not a workload kind: ${ref.kind}`);
  return kind;
}
