// Which hour is "the hour before"? The last one that nothing can have spoilt of what is judged now, or was taken back of late.
import { BASELINE_MS } from '../slo/queries.ts';
import type { Journal, Spoilt } from './journal.ts';

/** When what began last had its first restart (ISO 8601, UTC): whatever began before it had passed. Undefined before any restart. */
export const lastBegun = (journal: Journal): string | undefined => restarts(journal).at(-1);

/** First restarts, oldest first. */
const restarts = ({
  gatewaysRestartedAt,
  batches,
}: Pick<Journal, 'gatewaysRestartedAt' | 'batches'>): readonly string[] =>
  [gatewaysRestartedAt, ...batches.map(({ restartedAt }) => restartedAt)].filter((at) => at !== undefined).toSorted();

/**
 * Where what has moved finds its past, when it is judged once more. Its failures are compared with the hour before the first restart of
 * all, which no batch can have spoilt; its traffic with the hour before `nowMs`, for days and nights are not equally busy.
 */
export function pastOfMoved(journal: Journal, nowMs: number): { readonly beganMs: number; readonly busyMs: number } {
  const [first] = restarts(journal);
  const beganMs = first === undefined ? nowMs : baselineEndMs(Date.parse(first), journal.spoilt);
  return { beganMs, busyMs: nowMs };
}

/** What passed over its limit, since it was no better before and people knew; everything else that passed is held to its limit. */
export const passedOverLimit = ({ batches }: Journal): readonly string[] =>
  batches.flatMap(({ status, verdict }) =>
    status !== 'passed' || verdict === undefined
      ? []
      : verdict.units.filter(({ errors, requests, limit }) => errors > requests * limit).map(({ subject }) => subject),
  );

/**
 * Which batches are still to pass, and where the hour ends that they will be compared with: before the first restart of what has begun
 * and not passed, or `nowMs`.
 */
export function stillToPass(
  journal: Journal,
  nowMs: number,
): { readonly batches: readonly number[]; readonly gateways: boolean; readonly endMs: number } {
  const { state, batches, gateways, gatewaysRestartedAt } = journal;
  const open = batches.filter(({ status }) => status !== 'passed');
  // What was taken back is begun anew.
  const begun = open.filter(({ status }) => status !== 'open' && status !== 'rolled-back');
  const isOpen = gateways !== 'done';
  const [first] = restarts({
    batches: begun,
    ...(isOpen && gatewaysRestartedAt !== undefined ? { gatewaysRestartedAt } : {}),
  });
  const spoilt = state === 'rolled-back' ? spoiltBy(journal) : journal.spoilt;
  const endMs = baselineEndMs(first === undefined ? nowMs : Date.parse(first), spoilt);
  return { batches: open.map(({ number }) => number), gateways: isOpen, endMs };
}

/**
 * What an attempt, or the batch of it that was taken back, has done to Prometheus' memory. An attempt that began within an hour of
 * another's end makes one stretch with it. Undefined where nothing was taken back.
 */
export function spoiltBy(last: Journal | undefined): Spoilt | undefined {
  if (last?.state !== 'rolled-back') return undefined;
  const { spoilt, updatedAt: to } = last;
  const from = lastBegun(last);
  return from === undefined ? spoilt : { from: new Date(baselineEndMs(Date.parse(from), spoilt)).toISOString(), to };
}

/** Where the hour ends that something is compared with whose first restart was at `startMs`; both in ms since the epoch. */
export function baselineEndMs(startMs: number, spoilt: Spoilt | undefined): number {
  if (spoilt === undefined || startMs - Date.parse(spoilt.to) >= BASELINE_MS) return startMs;
  return Math.min(startMs, Date.parse(spoilt.from));
}
