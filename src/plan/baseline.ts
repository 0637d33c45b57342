// Which hour is "the hour before"? The last one that nothing can have spoilt of what is judged now, or was taken back of late.
import { BASELINE_MS } from '../slo/queries.ts';
import type { Journal, Spoilt } from './journal.ts';

/** When what began last had its first restart (ISO 8601, UTC): whatever began before it had passed. Undefined before any restart. */
export const lastBegun = (journal: Journal): string | undefined => restarts(journal).at(-1);

/** First restarts, oldest first. */
const restarts = ({ gatewaysRestartedAt, batches }: Journal): readonly string[] =>
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
