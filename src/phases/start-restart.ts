// How is one workload restarted? By its pod template, once for each stamp; what is only to be followed is left as it is.
import { WORKLOAD_KINDS, nameOf, type Kind, type WorkloadObject } from '../mesh/kinds.ts';
import { RESTARTED_AT, REV } from '../mesh/names.ts';
import type { MeshPod, WorkloadRef } from '../mesh/snapshot.ts';
import { progressDeadlineMs } from '../mesh/workload.ts';
import type { Move } from '../plan/moves.ts';
import { ApiError, isNotFound } from '../shared/errors.ts';
import type { Expectation } from './judge-workload.ts';
import type { RollRequest } from './roll.ts';
import type { Session } from './session.ts';
import { templateStory } from './template-story.ts';
import type { WorkloadView } from './workload-view.ts';

export interface InFlight extends Expectation {
  readonly sinceMs: number;
  /** So long it may take from its restart to the first pod that is ready, and from each to the next. */
  readonly patienceMs: number;
  readonly deadlineMs: number;
  /** Uids of the pods that were ready at the start or since: each is progress once. */
  readonly wereReady: ReadonlySet<string>;
  /** Nobody knows what it was like before: it is named where it does not come, and the proxy is not blamed. */
  readonly rollsByItself: boolean;
}
/** One more pod that is ready is progress, as for Kubernetes' own deadline: a large workload that moves pod by pod is not stuck. */
export function progressed(flight: InFlight, pods: readonly MeshPod[], nowMs: number): InFlight {
  const news = pods.filter((pod) => pod.injected === flight.expected && pod.ready && !flight.wereReady.has(pod.uid));
  if (news.length === 0) return flight;
  const wereReady = new Set([...flight.wereReady, ...news.map(({ uid }) => uid)]);
  return { ...flight, wereReady, deadlineMs: nowMs + flight.patienceMs };
}

/** Rights, admission webhooks and policies: the same request would be refused again, and nobody's pods are the worse for it. */
const DENIALS: ReadonlySet<number> = new Set([400, 403, 422]);

/**
 * Patches what has to be patched; a workload deleted meanwhile counts as started and is then seen to be gone. A sentence where the
 * restart is denied; who keeps going takes a 500 for that too, since an admission webhook that does not answer is one.
 */
export async function startRestart(
  session: Session,
  request: RollRequest,
  view: WorkloadView,
  { ref, how }: Move,
): Promise<InFlight | string> {
  const { world } = session;
  const current = view.workload(ref);
  const pods = view.pods(ref);
  const sinceMs = world.clock.now();
  const patienceMs = Math.max(request.timeoutMs, current === undefined ? 0 : progressDeadlineMs(ref.kind, current));
  const flight = {
    ref,
    expected: request.expected,
    before: uidsOf(pods.filter(({ injected }) => injected !== request.expected)),
    sinceMs,
    patienceMs,
    deadlineMs: sinceMs + patienceMs,
    wereReady: uidsOf(pods.filter(({ ready }) => ready)),
    rollsByItself: how.kind === 'await' && how.rollsByItself === true,
  };
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

const uidsOf = (pods: readonly MeshPod[]): ReadonlySet<string> => new Set(pods.map(({ uid }) => uid));

export function kindOf(ref: WorkloadRef): Kind<WorkloadObject> {
  const kind = WORKLOAD_KINDS.find((candidate) => candidate.kind === ref.kind);
  if (kind === undefined) throw new Error(`not a workload kind: ${ref.kind}`);
  return kind;
}
