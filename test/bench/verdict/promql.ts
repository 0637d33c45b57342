// What do `rate` and `irate` answer over scraped counters? Prometheus' own arithmetic, for the rivals' queries.
// Source: prometheus/prometheus, promql/functions.go: `extrapolatedRate` and `instantValue`. Counters here never reset.
import type { Series } from './traffic.ts';

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The samples of a series in (fromS, toS], by index; undefined for fewer than two: then the functions answer nothing. */
function samples({ values, born }: Series, scrapesS: Float64Array, fromS: number, toS: number): Range | undefined {
  let last = values.length - 1;
  while (last >= 0 && (scrapesS[last] ?? 0) > toS) last -= 1;
  let first = last;
  while (first - 1 >= born && (scrapesS[first - 1] ?? 0) > fromS) first -= 1;
  return first >= born && first < last && (scrapesS[first] ?? 0) > fromS ? { first, last } : undefined;
}

/** `rate(series[range])` at `atS`: a series' first value counts for nothing, and the ends of the range are extrapolated. */
export function rate(series: Series, scrapesS: Float64Array, atS: number, rangeS: number): number | undefined {
  const range = samples(series, scrapesS, atS - rangeS, atS);
  if (range === undefined) return undefined;
  const [firstS, lastS] = [scrapesS[range.first] ?? 0, scrapesS[range.last] ?? 0];
  const firstValue = series.values[range.first] ?? 0;
  const increase = (series.values[range.last] ?? 0) - firstValue;
  const sampledS = lastS - firstS;
  const betweenS = sampledS / (range.last - range.first);
  const near = (gapS: number): number => (gapS >= betweenS * 1.1 ? betweenS / 2 : gapS);
  let beforeS = near(firstS - (atS - rangeS));
  // A counter cannot have been below zero.
  if (increase > 0) beforeS = Math.min(beforeS, sampledS * (firstValue / increase));
  return (increase * ((sampledS + beforeS + near(atS - lastS)) / sampledS)) / rangeS;
}

/** `irate(series[range])` at `atS`: by the last two samples alone. */
export function irate(series: Series, scrapesS: Float64Array, atS: number, rangeS: number): number | undefined {
  const range = samples(series, scrapesS, atS - rangeS, atS);
  if (range === undefined) return undefined;
  const [before, last] = [range.last - 1, range.last];
  const seconds = (scrapesS[last] ?? 0) - (scrapesS[before] ?? 0);
  return ((series.values[last] ?? 0) - (series.values[before] ?? 0)) / seconds;
}

/** `sum(…)`: nothing where no series has an answer. */
export function sumOf(answers: Iterable<number | undefined>): number | undefined {
  let sum: number | undefined;
  for (const answer of answers) if (answer !== undefined) sum = (sum ?? 0) + answer;
  return sum;
}
