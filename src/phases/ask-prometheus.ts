// How does a phase read one of Prometheus' answers? Rows, or the reason why there are none; a partial answer is no answer.
import type { PrometheusPort, QueryAnswer, Sample } from '../ports/prometheus.ts';
import type { PromQL } from '../slo/promql.ts';

export type Rows =
  | { readonly kind: 'rows'; readonly rows: readonly Sample[] }
  | { readonly kind: 'unreachable' | 'misconfigured'; readonly reason: string };

/** What is missing in an answer: a warning other than PromQL's own remarks means that some store did not answer. */
export const missingPart = ({ warnings }: Extract<QueryAnswer, { kind: 'vector' }>): string | undefined =>
  warnings.find((warning) => !warning.startsWith('PromQL '));

/** Rows at that time; a partial answer is never taken for counts. */
export async function askRows(prometheus: PrometheusPort, query: PromQL, atMs: number): Promise<Rows> {
  const answer = await prometheus.query(query, atMs);
  if (answer.kind !== 'vector') return { kind: answer.kind, reason: answer.reason };
  const partial = missingPart(answer);
  if (partial !== undefined) return { kind: 'unreachable', reason: `only a part of the data answered (${partial})` };
  return { kind: 'rows', rows: answer.samples };
}

/** The first row's value where it is a number. */
export function firstNumber(rows: readonly Sample[]): number | undefined {
  const value = rows[0]?.value;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Prometheus' clock now. */
export const prometheusNow = (clock: { now(): number }, prometheus: PrometheusPort): number =>
  clock.now() + prometheus.skewMs();
