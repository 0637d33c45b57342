// Batches for tests of the judges: counters written down scrape by scrape.
import type { Batch, Pod, Series } from './traffic.ts';

/** One caller and one pod that see the same: each scrape's increments from the first scrape after Ready on. */
export function scripted(succeeded: readonly number[], failed: readonly number[], changes: Partial<Batch> = {}): Batch {
  const scrapesS = Float64Array.from(succeeded.keys(), (index) => 10 + 15 * index);
  const pod: Pod = { succeeded: series(succeeded), failed: series(failed) };
  const silent = new Float64Array(scrapesS.length);
  const hour = { requests: new Float64Array(60), errors: new Float64Array(60) };
  return {
    scrapesS,
    callers: [pod],
    pods: [pod],
    outbound: { requests: silent, errors: silent },
    hour: { inbound: hour, outbound: hour, bystanders: hour },
    firstLookS: 1,
    ...changes,
  };
}

/** Born at its first increment. */
function series(increments: readonly number[]): Series {
  let value = 0;
  const born = increments.findIndex((each) => each > 0);
  return {
    values: Float64Array.from(increments, (each) => (value += each)),
    born: born < 0 ? increments.length : born,
  };
}

/** The same in every scrape of half an hour. */
export const always = (each: number): readonly number[] => Array.from({ length: 130 }, () => each);
