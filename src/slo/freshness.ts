// How new is what Prometheus has, and how far back does it go? The query, and what its rows say. Judges nothing.
import type { LabelMatcher } from '../config/config.ts';
import type { Row } from './counts.ts';
import { GAP_MS, TARGET_LABELS } from './increments.ts';
import { asPromQL, duration, oneOf, type PromQL, selector } from './promql.ts';
import { REQUESTS } from './signals.ts';

/** Requests that these namespaces received, and that they sent; for none, those of the whole mesh. */
function seriesOf(namespaces: readonly string[], matchers: readonly LabelMatcher[]): readonly string[] {
  if (namespaces.length === 0) return [selector(REQUESTS, matchers)];
  const of = (label: string): string => selector(REQUESTS, [oneOf(label, namespaces), ...matchers]);
  return [of('destination_service_namespace'), of('source_workload_namespace')];
}

const timesOf = (series: readonly string[]): string => series.map((each) => `timestamp(${each})`).join(' or ');

/** Time (s) of the newest sample of these namespaces' requests, sent or received; of the whole mesh for none. */
export const newestQuery = (namespaces: readonly string[], matchers: readonly LabelMatcher[]): PromQL =>
  asPromQL(`max(${timesOf(seriesOf(namespaces, matchers))})`);

export interface Asked {
  /** A proxy without a sample for so long is not waited for. */
  readonly aliveMs: number;
  /** So long ago something must have been known; absent: that is not asked. */
  readonly agoMs?: number;
}

/** `newestQuery`, and what `freshnessOf` tells. */
export function freshnessQuery(
  namespaces: readonly string[],
  matchers: readonly LabelMatcher[],
  { aliveMs, agoMs }: Asked,
): PromQL {
  const series = seriesOf(namespaces, matchers);
  const alive = `max by (${TARGET_LABELS}) (${timesOf(series)}) > time() - ${String(aliveMs / 1000)}`;
  const rows = [newestQuery(namespaces, matchers), marked(`min(${alive})`, 'slowest')];
  if (agoMs === undefined) return asPromQL(rows.join(' or '));
  // A namespace may rest for a while, a whole mesh does not: there the latest sample will do, which is the cheaper question.
  const then = (each: string): string =>
    namespaces.length === 0
      ? `${each} offset ${duration(agoMs)}`
      : `last_over_time(${each}[${duration(GAP_MS)}] offset ${duration(agoMs)})`;
  rows.push(marked(`group(absent(${series.map(then).join(' or ')}))`, 'nothing-before'));
  return asPromQL(rows.join(' or '));
}

const KIND = 'freshness';
const marked = (query: string, kind: string): string => `label_replace(${query}, "${KIND}", "${kind}", "", "")`;

export interface Freshness {
  /** Time of the newest sample; absent without any. */
  readonly newestMs?: number;
  /** Of the live proxy that was not heard of for longest, the newest sample. */
  readonly slowestMs?: number;
  /** Nothing at all is known of the time that was asked for. */
  readonly nothingBefore: boolean;
}

export function freshnessOf(rows: readonly Row[]): Freshness {
  const msOf = (kind: string | undefined): number | undefined => {
    const value = rows.find(({ labels }) => labels[KIND] === kind)?.value;
    return value !== undefined && Number.isFinite(value) ? value * 1000 : undefined;
  };
  const [newestMs, slowestMs] = [msOf(undefined), msOf('slowest')];
  return {
    ...(newestMs === undefined ? {} : { newestMs }),
    ...(slowestMs === undefined ? {} : { slowestMs }),
    nothingBefore: rows.some(({ labels }) => labels[KIND] === 'nothing-before'),
  };
}
