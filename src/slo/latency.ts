// Did requests get slower? A warning only: what is slow is the user's to say (an objective makes it hard).
// No percentile is compared, for between a histogram's bounds it is a guess. What is compared is a share, which is exact: of the
// requests slower than the bound that 99 % of the hour before kept, with the evidence of evidence.ts.
import type { LabelMatcher } from '../config/config.ts';
import { worseThan } from './comparison.ts';
import type { Row } from './counts.ts';
import { provenAbove } from './evidence.ts';
import { asPromQL, oneOf, type PromQL, selector } from './promql.ts';
import { count, percent } from './sentence.ts';

const BUCKETS = 'istio_request_duration_milliseconds_bucket';
const SUBJECT = 'destination_service_namespace';
const WHEN = 'when';
const USUAL = 0.99;

/** Durations of requests to these namespaces, as callers saw them, by bound: in the window and in the hour before it. */
export function latencyQuery(
  namespaces: readonly string[],
  matchers: readonly LabelMatcher[],
  counted: (series: string, when: 'now' | 'before') => string,
): PromQL {
  const series = selector(BUCKETS, [
    { name: 'reporter', op: '=', value: 'source' },
    oneOf(SUBJECT, namespaces),
    ...matchers,
  ]);
  const part = (when: 'now' | 'before'): string =>
    `label_replace(sum by (${SUBJECT}, le) (${counted(series, when)}), "${WHEN}", "${when}", "", "")`;
  return asPromQL(`${part('now')} or ${part('before')}`);
}

/** Cumulative counts by upper bound in ms, `Infinity` last. */
type Histogram = ReadonlyMap<number, number>;

function histogram(rows: readonly Row[], namespace: string, when: string): Histogram {
  const counts = new Map<number, number>();
  for (const { labels, value } of rows)
    if (labels[SUBJECT] === namespace && labels[WHEN] === when && Number.isFinite(value))
      counts.set(labels['le'] === '+Inf' ? Infinity : Number(labels['le']), value);
  return new Map([...counts].toSorted(([a], [b]) => a - b));
}

/** A sentence for each namespace whose share of slow requests has provably grown beyond what hours differ by; silent where unmeasured. */
export function latencyWarnings(rows: readonly Row[], namespaces: readonly string[], alpha: number): readonly string[] {
  return namespaces.flatMap((namespace) => {
    const [now, before] = [histogram(rows, namespace, 'now'), histogram(rows, namespace, 'before')];
    const [all, past] = [now.get(Infinity) ?? 0, before.get(Infinity) ?? 0];
    const usual = [...before].find(([bound, seen]) => seen >= USUAL * past && bound !== Infinity);
    if (usual === undefined || past <= 0) return [];
    const [bound, within] = usual;
    const was = (past - within) / past;
    const slow = all - (now.get(bound) ?? all);
    if (
      !provenAbove(
        { errors: slow, requests: all },
        Math.max(worseThan(was), 2 * (1 - USUAL)),
        alpha / namespaces.length,
      )
    )
      return [];
    return [
      `${namespace}: ${percent(slow / all)} of ${count(all)} requests took longer than ${String(bound)} ms, ${percent(was)} in the hour before (p99 ${p99(now)}, was ${p99(before)})`,
    ];
  });
}

/** As far as bounds tell: `250 to 500 ms`. */
function p99(of: Histogram): string {
  const all = of.get(Infinity) ?? 0;
  let below = 0;
  for (const [bound, seen] of of) {
    if (seen >= USUAL * all)
      return bound === Infinity ? `over ${String(below)} ms` : `${String(below)} to ${String(bound)} ms`;
    below = bound;
  }
  return 'unknown';
}
