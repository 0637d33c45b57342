// Does a revision really inject? Asks the API server to create a pod without creating it (server-side dry run: the webhooks are
// called, nothing is stored), and looks at the sidecar that comes back. Needs no intent: it is no mutation.
import { NAMESPACE, POD } from '../mesh/kinds.ts';
import type { Revision } from '../mesh/names.ts';
import { injectionOf, probeNamespaces, probePod } from '../mesh/probe-pod.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

export type InjectionProof =
  | { readonly kind: 'injects'; readonly namespace: string; readonly proxyImage: string }
  | { readonly kind: 'does-not'; readonly reason: string };

/** A policy of one namespace may forbid the probe; that says nothing about the injector. */
const MOST_NAMESPACES = 4;

/** `injects` only when a sidecar came back whose annotation names this very revision. */
export async function proveInjection(
  cluster: ClusterPort,
  revision: Revision,
  istioNamespace: string,
): Promise<InjectionProof> {
  const namespaces = probeNamespaces(await cluster.list(NAMESPACE), revision, istioNamespace);
  let reason = `there is no namespace to try a pod in: every one is labelled for injection, or istiod ignores it; create an empty one without labels`;
  for (const namespace of namespaces.slice(0, MOST_NAMESPACES)) {
    try {
      const pod = await cluster.create(POD, probePod(revision, namespace), { dryRun: true });
      const { by, proxyImage } = injectionOf(pod);
      if (by === revision && proxyImage !== undefined) return { kind: 'injects', namespace, proxyImage };
      const got = proxyImage === undefined ? 'no sidecar' : `a sidecar of ${by ?? 'an unnamed revision'}`;
      reason = `a pod labelled istio.io/rev=${revision} in namespace ${namespace} would get ${got}`;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reason = `a dry-run pod in namespace ${namespace} is refused: ${error.message}`;
    }
  }
  return { kind: 'does-not', reason };
}
