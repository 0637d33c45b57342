// What does the gate ask of Prometheus? An instant query; everything that can go wrong is an answer, not an exception.
import type { PromQL } from '../slo/promql.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and ±Inf are passed on as such: the judge names a place for each. */
  readonly value: number;
}
export type QueryAnswer =
  | { readonly kind: 'vector'; readonly samples: readonly Sample[]; readonly warnings: readonly string[] }
  /** Transport, 5xx, deadline, a body that is not what Prometheus sends: try again later. `not-prometheus`: something else answered. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly cause?: 'not-prometheus' }
  /** 400/422 parse error, 401/403, wrong result type: trying again does not help. */
  | { readonly kind: 'misconfigured'; readonly reason: string; readonly cause?: 'auth' | 'query' | 'not-prometheus' };

/** What came back over the wire, whoever carried it. */
export interface PrometheusReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Headers, as they came, where there are any. */
  readonly date?: string;
  readonly retryAfter?: string;
  readonly location?: string;
}
/** No transport waits longer or reads on. */
export interface Bounds {
  readonly signal: AbortSignal;
  readonly mostBytes: number;
}
/**
 * Carries one POST of a form (`application/x-www-form-urlencoded`) to a path of the Prometheus API and returns whatever was
 * answered, errors and redirects included; rejects, with a message that holds no credentials, only when there was no answer within bounds.
 */
export type PrometheusTransport = (path: string, form: string, bounds: Bounds) => Promise<PrometheusReply>;

export interface PrometheusPort {
  /** The value of `query` at `atMs` (ms since the epoch, Prometheus' own clock). */
  query(query: PromQL, atMs: number): Promise<QueryAnswer>;
  /** Prometheus' clock minus ours, in ms, from its latest answer; 0 before the first. */
  skewMs(): number;
  /** Where it is, for people; without credentials. */
  readonly address: string;
}
