// Can people still write Istio's config objects? A harmless one is created as a server-side dry run: every validating webhook that a
// real one would meet is called, and nothing is stored.
import type { AnyObject, Kind } from '../mesh/kinds.ts';
import { OURSELVES } from '../mesh/names.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError, mayBeDone } from '../shared/errors.ts';

export const PROBE = `${OURSELVES}-probe`;

/** Why the probe was not admitted. */
export interface Refusal {
  readonly why: string;
  /** Istio's own webhook, or a missing right. Any other denial is a policy of the cluster: no removal makes it, and none mends it. */
  readonly blocks: boolean;
}

/** Undefined when a VirtualService can be written now, or when this cluster knows none. Throws where nobody decided about it. */
export async function whyConfigIsRefused(cluster: ClusterPort, namespace: string): Promise<Refusal | undefined> {
  const kinds = await cluster.servedKinds(new Set(['networking.istio.io']));
  const kind = kinds.find(({ plural }) => plural === 'virtualservices');
  if (kind === undefined) return undefined;
  try {
    await cluster.create(kind, harmless(kind, namespace), { dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || !isDecision(error)) throw error;
    return { why: error.message, blocks: BY_ISTIO.test(error.message) || isMissingRight(error) };
  }
}

/**
 * Istio's webhooks are called `validation.istio.io` and `rev.validation.istio.io` (istio/istio 1.31 manifests/charts); the API server
 * names the one that denied, or that it failed to call.
 */
const BY_ISTIO = /\bvalidation\.istio\.io\b/u;
/** As the API server words it for every authorizer; policies and quotas answer 403 too. */
const isMissingRight = ({ status, message }: ApiError): boolean =>
  status === 403 && /is forbidden: User "/u.test(message);
/** A failure of the API server itself says nothing of the probe; that of a webhook is its answer, and comes as a 500. */
const isDecision = (error: ApiError): boolean => !mayBeDone(error) || /\bwebhook\b/u.test(error.message);

/** Routes a host that exists nowhere (`.invalid`, RFC 2606) to itself. */
function harmless({ apiVersion, kind }: Kind, namespace: string): AnyObject {
  const host = `${PROBE}.invalid`;
  return {
    apiVersion,
    kind,
    metadata: { name: PROBE, namespace },
    spec: { hosts: [host], http: [{ route: [{ destination: { host } }] }] },
  };
}
