// Does the cluster hold a secret that a run was given? Asks for every kind of object that the action writes, or may write, and for
// what others wrote down of what it told them.
import { gunzipSync } from 'node:zlib';
import { type Api, ApiError } from '../cluster/api.ts';
import { mustNotLeak } from './leaks.ts';

const CORE = '/api/v1';
const SYSTEM = 'namespaces/istio-system';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const LISTS = [
  `${CORE}/namespaces`,
  `${CORE}/events`,
  `${CORE}/${SYSTEM}/configmaps`,
  `${CORE}/${SYSTEM}/services`,
  `${CORE}/${SYSTEM}/serviceaccounts`,
  `/apis/coordination.k8s.io/v1/${SYSTEM}/leases`,
  `/apis/autoscaling/v2/${SYSTEM}/horizontalpodautoscalers`,
  `/apis/policy/v1/${SYSTEM}/poddisruptionbudgets`,
  `/apis/networking.k8s.io/v1/${SYSTEM}/networkpolicies`,
  `${RBAC}/${SYSTEM}/roles`,
  `${RBAC}/${SYSTEM}/rolebindings`,
  `${RBAC}/clusterroles`,
  `${RBAC}/clusterrolebindings`,
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
  `${ADMISSION}/mutatingwebhookconfigurations`,
  `${ADMISSION}/validatingwebhookconfigurations`,
  `${ADMISSION}/validatingadmissionpolicies`,
  `${ADMISSION}/validatingadmissionpolicybindings`,
  '/apis/gateway.networking.k8s.io/v1/gateways',
];

/** Searches one cluster, to be called after each run; what one run was given must not turn up after a later one either. */
export function searchOf(api: Pick<Api, 'list'>): (secrets: readonly string[]) => Promise<void> {
  const given = new Set<string>();
  return async (secrets) => {
    for (const secret of secrets) given.add(secret);
    mustNotLeak(await storedIn(api), [...given]);
  };
}

/** Kind and name of each object to all that it says. */
async function storedIn(api: Pick<Api, 'list'>): Promise<Record<string, string>> {
  const lists = await Promise.all(LISTS.map(async (path) => objectsAt(api, path)));
  return Object.fromEntries(lists.flat());
}

async function objectsAt(api: Pick<Api, 'list'>, path: string): Promise<(readonly [string, string])[]> {
  try {
    const { items } = await api.list(path);
    const plural = path.slice(path.lastIndexOf('/') + 1);
    return items.map((object) => {
      const { namespace, name } = object.metadata;
      return [`${plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`, textsIn(object).join('\n')];
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []; // a kind that is not served
    throw error;
  }
}

/** Every string, as it was before it was put into JSON, and whatever is compressed in one of them. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...unpacked(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

/** A journal of some length is compressed: base64 of a gzip's first bytes. */
const unpacked = (text: string): string[] =>
  text.startsWith('H4sI') ? [gunzipSync(Buffer.from(text, 'base64')).toString('utf8')] : [];
