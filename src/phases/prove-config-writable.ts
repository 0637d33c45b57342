// Can people still write Istio's config objects? A harmless one is created as a server-side dry run: every validating webhook that a
// real one would meet is called, and nothing is stored.
import type { AnyObject, Kind } from '../mesh/kinds.ts';
import { OURSELVES } from '../mesh/names.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

/** Why a VirtualService cannot be written now; undefined when it can, or when this cluster knows no VirtualServices. */
export async function whyConfigIsRefused(cluster: ClusterPort, namespace: string): Promise<string | undefined> {
  const kinds = await cluster.servedKinds(new Set(['networking.istio.io']));
  const kind = kinds.find(({ plural }) => plural === 'virtualservices');
  if (kind === undefined) return undefined;
  try {
    await cluster.create(kind, harmless(kind, namespace), { dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}

/** Routes a host that exists nowhere (`.invalid`, RFC 2606) to itself. */
function harmless({ apiVersion, kind }: Kind, namespace: string): AnyObject {
  const host = `${OURSELVES}-probe.invalid`;
  return {
    apiVersion,
    kind,
    metadata: { name: `${OURSELVES}-probe`, namespace },
    spec: { hosts: [host], http: [{ route: [{ destination: { host } }] }] },
  };
}
