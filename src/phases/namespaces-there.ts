// Which namespaces are there? One that is deleted in the middle of an upgrade takes its traffic along, which is nobody's failure.
import { NAMESPACE } from '../mesh/kinds.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

/** Names without those that are being deleted; undefined where the API server does not say: then none counts as gone. */
export async function namespacesThere(cluster: ClusterPort): Promise<ReadonlySet<string> | undefined> {
  try {
    const namespaces = await cluster.list(NAMESPACE);
    return new Set(
      namespaces
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata: { name } }) => name),
    );
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
