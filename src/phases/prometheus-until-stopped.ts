// How does a run that is told to stop leave a question to Prometheus unanswered?
import type { PrometheusPort } from '../ports/prometheus.ts';
import { unlessStopped } from './unless-stopped.ts';

/** A question takes up to 15 s and a look several of them; a run that is told to stop has less than ten. */
export function untilStopped(prometheus: PrometheusPort, signal: AbortSignal | undefined): PrometheusPort {
  const unanswered = { kind: 'unreachable', reason: 'the run was told to stop' } as const;
  return {
    address: prometheus.address,
    skewMs: () => prometheus.skewMs(),
    query: async (query, atMs) =>
      signal?.aborted === true
        ? unanswered
        : ((await unlessStopped(signal, prometheus.query(query, atMs))) ?? unanswered),
  };
}
