// How much did a counter grow between two looks? Text only: which counter, and when to ask, is the queries' business.
//
// `increase()` extrapolates and ignores a new series' first value, but an error series (pod × caller × code × flags) is *born* at its
// first error. So requests are counted from tick to tick, each series on its own: with x its newest value in the tick and y its last
// value before it, a series counts x − y if it went on (y ≤ x), and x if it was born or restarted. `(x - (y <= x)) or x` says just
// that. Summed tick by tick this is exact but for what a pod counts between its last scrape and its end. y looks back over GAP by
// *range* (which stale markers do not end), so a scrape that failed once is not taken for a birth.
import { duration } from './promql.ts';

/** How long a series may be silent and still be the same series. */
export const GAP_MS = 10 * 60_000;

/** What tells the proxies (and istiods) apart that a Prometheus scrapes. */
export const TARGET_LABELS = 'instance, pod';

/** What each series grew by in the last `stepMs`, from zero where it is new. `at`: ` @ 1` writes the time in. */
export function increments(series: string, stepMs: number, at = ''): string {
  const { now, grown } = parts(series, stepMs, at);
  return `${grown} or ${now}`;
}

/**
 * The same, but a target whose newest scrape holds nothing under the labels of before, and no less in all than before, counts nothing new
 * in that step: its counters are as old as it is, and only look new (a pod's label that the scrape copies has changed). The series
 * of before need not have ended by then: Prometheus marks those of a target that is gone two scrapes later, other stores never do.
 */
export function incrementsOfSame(series: string, stepMs: number): string {
  const { now, grown } = parts(series, stepMs, '');
  const before = `${series} offset ${duration(stepMs)}`;
  const by = `by (${TARGET_LABELS})`;
  const isNoLess = `sum ${by} (${series} unless ${before}) >= sum ${by} (${before})`;
  const goesOn = `max ${by} (timestamp(${series}) and ${before}) == max ${by} (timestamp(${series}))`;
  return `${grown} or (${now} unless on (${TARGET_LABELS}) (${isNoLess} unless ${goesOn}))`;
}

function parts(series: string, stepMs: number, at: string): { readonly now: string; readonly grown: string } {
  const now = `last_over_time(${series}[${duration(stepMs)}]${at})`;
  const before = `last_over_time(${series}[${duration(GAP_MS)}]${at} offset ${duration(stepMs)})`;
  return { now, grown: `(${now} - (${before} <= ${now}))` };
}
