// Which calls of the bundle change the cluster? Those, in their order, are the moments at which a test interrupts it.
import type { Call } from './proxy.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Questions that are asked by POST, and queries through the service proxy. */
const QUESTIONS = /^\/apis\/(?:authorization|authentication)\.k8s\.io\/|\/proxy(?:\/|$)/u;
const OURSELVES = 'istio-canary-upgrade';

/**
 * True for what is stored: not for dry runs and questions. The lease's renewals do not count either: they come by the
 * clock, so that they would number every run differently, and a killed run's last one says nothing but that it lived.
 */
export function isMutation(call: Call): boolean {
  const { method, url } = call;
  if (!WRITES.has(method) || QUESTIONS.test(url.pathname) || url.searchParams.has('dryRun')) return false;
  return !isRenewal(call);
}

function isRenewal({ method, url, body }: Call): boolean {
  if (method !== 'PATCH' || !url.pathname.endsWith(`/leases/${OURSELVES}`)) return false;
  const patch: { readonly spec?: object } = JSON.parse(body);
  return Object.keys(patch.spec ?? {}).join() === 'renewTime';
}

/** `patch namespaces/web`: for reports. */
export function nameOf({ method, url }: Call): string {
  const path = url.pathname
    .replace(/^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\//u, '')
    .replace(/^namespaces\/([^/]+)\/(?=.)/u, '$1: ');
  return `${method.toLowerCase()} ${path}`;
}
