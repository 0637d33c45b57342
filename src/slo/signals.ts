// What is measured? The signals of docs/gate.md, "What is measured": which series, grouped by what, and which requests failed.
// Failure is decided here, in code, over the labels Prometheus groups by: one definition, whatever the query.
import type { LabelMatcher } from '../config/config.ts';
import type { Signal } from './verdict.ts';

/** Istio's standard counter, one series per pod, caller, code and flags (https://istio.io/latest/docs/reference/config/metrics/). */
export const REQUESTS = 'istio_requests_total';

/**
 * TCP connections, each counted once: when the proxy knows its peer, or else at its end. Envoy writes the flags at that moment and
 * counts the connection's end under the same ones, so they tell of connections that never got through, and of nothing later.
 */
const CONNECTIONS = 'istio_tcp_connections_opened_total';

export interface SignalSeries {
  readonly metric: string;
  readonly reporter: LabelMatcher;
  /** Labels that make the subject, joined by `/`. */
  readonly subject: readonly string[];
}

const CALLERS: LabelMatcher = { name: 'reporter', op: '=', value: 'source' };

export const SIGNALS: Readonly<Record<Signal, SignalSeries>> = {
  // With UH no destination workload is known, so the service's namespace is what callers mean.
  client: { metric: REQUESTS, reporter: CALLERS, subject: ['destination_service_namespace'] },
  server: {
    metric: REQUESTS,
    reporter: { name: 'reporter', op: '=~', value: 'destination|waypoint' },
    subject: ['destination_workload_namespace'],
  },
  outbound: { metric: REQUESTS, reporter: CALLERS, subject: ['source_workload_namespace'] },
  gateway: { metric: REQUESTS, reporter: CALLERS, subject: ['source_workload_namespace', 'source_workload'] },
  tcp: { metric: CONNECTIONS, reporter: CALLERS, subject: ['destination_service_namespace'] },
};

/** What is judged of a namespace. */
export const BATCH_SIGNALS: readonly Signal[] = ['client', 'server', 'outbound', 'tcp'];

/** The subject that a row speaks of: a namespace, or `namespace/name` of a gateway. */
export const subjectOf = (signal: Signal, labels: Readonly<Record<string, string>>): string =>
  SIGNALS[signal].subject.map((label) => labels[label] ?? '').join('/');

/** What tells one outcome of a request from another. */
export const OUTCOME_LABELS = ['response_code', 'response_flags', 'grpc_response_status'] as const;

const PEER_LABELS = [
  'workload',
  'workload_namespace',
  'principal',
  'app',
  'version',
  'cluster',
  'canonical_service',
  'canonical_revision',
];
/**
 * What tells one of a proxy's counters from another (https://istio.io/latest/docs/reference/config/metrics/#labels); every other label is
 * the scrape's, or the user's own.
 */
export const COUNTER_LABELS: readonly string[] = [
  'reporter',
  ...PEER_LABELS.flatMap((label) => [`source_${label}`, `destination_${label}`]),
  ...['service', 'service_name', 'service_namespace'].map((label) => `destination_${label}`),
  'request_protocol',
  'connection_security_policy',
  ...OUTCOME_LABELS,
];

/** Where the user names none. UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
export const GRPC_ERRORS: readonly string[] = ['2', '4', '8', '12', '13', '14', '15'];

/** Of a TCP connection that never got through: no healthy upstream, connection failed, overflow, attempts used up, no cluster. */
const FAILED_CONNECTION = new Set(['UH', 'UF', 'UO', 'URX', 'NC']);

export type Outcome = 'succeeded' | 'failed' | 'no-route' | 'client-gone';

/**
 * What became of the requests of a series with these labels: 5xx, no answer at all and gRPC's statuses of `grpcErrors` failed;
 * a caller that hung up (`DC`) and a route that does not exist (`NR` with 404: scanners) are told apart, and never failures. A TCP
 * connection has no code; it failed where its flags say that it never got through.
 */
export function outcomeOf(labels: Readonly<Record<string, string>>, grpcErrors = GRPC_ERRORS): Outcome {
  const code = labels['response_code'];
  const flags = (labels['response_flags'] ?? '').split(',');
  if (code === undefined) return flags.some((flag) => FAILED_CONNECTION.has(flag)) ? 'failed' : 'succeeded';
  if (/^5..$/.test(code)) return 'failed';
  if (code === '0') return flags.includes('DC') ? 'client-gone' : 'failed';
  if (grpcErrors.includes(labels['grpc_response_status'] ?? '')) return 'failed';
  return flags.includes('NR') ? 'no-route' : 'succeeded';
}

/** A failure's cause as people read it in Envoy's words: `503 UH`, `500`, `gRPC 14`. */
export function causeOf(labels: Readonly<Record<string, string>>, grpcErrors = GRPC_ERRORS): string {
  const flags = labels['response_flags'] ?? '';
  const grpc = labels['grpc_response_status'] ?? '';
  const code = grpcErrors.includes(grpc) ? `gRPC ${grpc}` : (labels['response_code'] ?? '');
  return flags === '-' || flags === '' ? code || '?' : `${code} ${flags}`.trim();
}
