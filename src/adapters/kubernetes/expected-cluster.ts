// Is this the cluster the user meant? By the API server's host, or by the UID of kube-system, which no two clusters share.
import type { Finding } from '../../mesh/finding.ts';
import { NAMESPACE } from '../../mesh/kinds.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import { ApiError } from '../../shared/errors.ts';

/** A finding that blocks when `expected` is neither; `server` is the API server's address. */
export async function checkExpectedCluster(
  expected: string,
  server: string,
  cluster: ClusterPort,
): Promise<Finding | undefined> {
  const host = URL.parse(server)?.host.toLowerCase() ?? server;
  const names = [host, host.replace(/:\d+$/u, '')];
  const wanted = (URL.parse(expected)?.host || expected).toLowerCase();
  if (names.includes(wanted)) return undefined;
  const uid = await uidOf(cluster);
  if (uid?.toLowerCase() === wanted) return undefined;
  return {
    id: 'other-cluster',
    severity: 'blocks',
    subject: 'input expect-cluster',
    message: `this is the cluster at ${host} (kube-system has the UID ${uid ?? 'unknown'}), and expect-cluster is ${expected}`,
    remedy:
      uid === undefined
        ? 'Log in to the right cluster, or correct `expect-cluster`; to compare UIDs, these credentials must be allowed to get the namespace kube-system.'
        : 'Log in to the right cluster, or correct `expect-cluster`.',
  };
}

/** Undefined also where it may not be read: then the host alone tells. */
async function uidOf(cluster: ClusterPort): Promise<string | undefined> {
  try {
    return (await cluster.get(NAMESPACE, 'kube-system'))?.metadata.uid;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
