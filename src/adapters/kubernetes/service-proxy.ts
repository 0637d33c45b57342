// How is a Prometheus reached that only the cluster can see? Through the API server's service proxy, with the
// kubeconfig's own credentials.
import type { PrometheusTransport } from '../../ports/prometheus.ts';
import type { Connection } from './connection.ts';

/** `service` is `namespace/name:port`, `prefix` what stands before `/api/v1`, without a slash at its end. */
export function serviceProxyTransport(
  connection: Connection,
  service: { readonly namespace: string; readonly name: string; readonly port: string; readonly prefix: string },
): PrometheusTransport {
  const { namespace, name, port, prefix } = service;
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}:${encodeURIComponent(port)}/proxy${prefix}`;
  return async (path, form, signal) => {
    const response = await connection.raw({
      method: 'POST',
      path: base + path,
      body: form,
      contentType: 'application/x-www-form-urlencoded',
      signal,
      what: `query Service ${namespace}/${name}`,
    });
    const { date } = response.headers;
    return {
      status: response.httpStatusCode,
      contentType: response.headers['content-type'] ?? '',
      body: await response.body.text(),
      ...(date === undefined ? {} : { date }),
    };
  };
}
