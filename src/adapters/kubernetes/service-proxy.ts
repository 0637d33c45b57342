// How is a Prometheus reached that only the cluster can see? Through the API server, with the kubeconfig's own credentials.
import type { PrometheusTransport } from '../../ports/prometheus.ts';
import type { Connection } from './connection.ts';

/** Posts forms to paths of the API server, such as a service's `/proxy`. */
export function apiServerTransport(connection: Connection): PrometheusTransport {
  return async (path, form, { signal, mostBytes }) => {
    const answer = await connection.any({
      method: 'POST',
      path,
      body: form,
      contentType: 'application/x-www-form-urlencoded',
      signal,
      what: 'query Prometheus through the API server',
      mostBytes,
      attempts: 1, // whoever asks repeats it within a deadline of its own
    });
    const { date, location, 'retry-after': retryAfter } = answer.headers;
    return {
      status: answer.status,
      contentType: answer.headers['content-type'] ?? '',
      body: answer.text,
      ...(date === undefined ? {} : { date }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(location === undefined ? {} : { location }),
    };
  };
}
