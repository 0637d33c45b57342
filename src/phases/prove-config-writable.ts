// Can people still write Istio's config objects? A harmless one is created as a server-side dry run: every validating webhook that a
// real one would meet is called, and nothing is stored.
import { CRD, type AnyObject, type Kind } from '../mesh/kinds.ts';
import { OURSELVES } from '../mesh/names.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

/** Why a VirtualService cannot be written now; undefined when it can, or when this cluster knows no VirtualServices. */
export async function whyConfigIsRefused(cluster: ClusterPort, namespace: string): Promise<string | undefined> {
  const crd = await cluster.get(CRD, 'virtualservices.networking.istio.io');
  const served = crd?.spec?.versions.filter((version) => version.served) ?? [];
  const version = served.find(({ storage }) => storage) ?? served[0];
  if (version === undefined) return undefined;
  const kind: Kind = {
    apiVersion: `networking.istio.io/${version.name}`,
    kind: 'VirtualService',
    plural: 'virtualservices',
    namespaced: true,
  };
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
