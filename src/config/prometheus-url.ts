// Where is Prometheus? No message repeats the address: people put passwords into it.
import { bad, ok, type Parsed } from './parsed.ts';

/** Reached by HTTP, or through the API server's service proxy. `base` and `prefix` have no slash at their end. */
export type PrometheusAddress =
  | { readonly kind: 'http'; readonly base: string }
  | {
      readonly kind: 'kubernetes';
      readonly namespace: string;
      readonly service: string;
      /** Number or name. */
      readonly port: string;
      /** Empty, or begins with a slash. */
      readonly prefix: string;
    };

/** The address in one form, whatever slashes the user wrote; `parsePrometheusUrl` reads it back. */
export const addressText = (address: PrometheusAddress): string =>
  address.kind === 'http'
    ? address.base
    : `kubernetes://${address.namespace}/${address.service}:${address.port}${address.prefix}`;

/**
 * The namespace of Prometheus' Service, where the address names one: `kubernetes://`, or the Service's DNS name, however long
 * (`prometheus.monitoring`, `….svc`, `….svc.cluster.local`). An outside name of two parts gives a namespace that nobody has.
 */
export function prometheusNamespace(address: PrometheusAddress): string | undefined {
  if (address.kind === 'kubernetes') return address.namespace;
  const [, namespace, kind] = new URL(address.base).hostname.split('.');
  return kind === undefined || kind === 'svc' ? namespace : undefined;
}

const WANTED = 'write it as https://host/prefix, or as kubernetes://namespace/service:port/prefix';

/** `https://…`, `http://…` or `kubernetes://namespace/service:port/prefix`, without credentials, query or fragment. */
export function parsePrometheusUrl(text: string): Parsed<PrometheusAddress> {
  if (text.startsWith('kubernetes://')) return parseServiceUrl(text);
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return bad(`this is not an address; ${WANTED}`);
  if (url.username !== '' || url.password !== '') {
    return bad('the address has credentials in it; give them as `prometheus-token` or in `prometheus-headers`');
  }
  if (url.search !== '' || url.hash !== '') {
    return bad('the address has a query or a fragment; give parameters as `prometheus-params`');
  }
  const path = url.pathname.replace(/\/+$/u, '');
  if (/\/api\/v1(?:\/query)?$/u.test(path)) return bad('the address ends in the API path; leave /api/v1 away');
  return ok({ kind: 'http', base: `${url.origin}${path}` });
}

function parseServiceUrl(text: string): Parsed<PrometheusAddress> {
  const match =
    /^kubernetes:\/\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9-]{1,15})((?:\/[\w.~-]+)*)\/?$/u.exec(
      text,
    );
  const [, namespace, service, port, prefix = ''] = match ?? [];
  if (namespace === undefined || service === undefined || port === undefined) {
    return bad(`this is not an address; ${WANTED}`);
  }
  if (/^\d+$/u.test(port) && (Number(port) < 1 || Number(port) > 65_535)) return bad(`port ${port} does not exist`);
  if (prefix.split('/').some((part) => /^\.+$/u.test(part))) return bad(`this is not an address; ${WANTED}`);
  return ok({ kind: 'kubernetes', namespace, service, port, prefix });
}
