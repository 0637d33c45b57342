// What does a pod really run? Read off what istiod wrote into it (istio/istio 1.31 manifests/charts/istio-control/istio-discovery/files);
// what its labels ask for plays no part.
import type { Container, PodObject, PodSpec } from './kinds.ts';
import { asRevision, REV, type Revision } from './names.ts';
import type { MeshPod } from './snapshot.ts';

/** The proxy's container, in sidecars and gateways alike. */
export const PROXY = 'istio-proxy';
/** The containers that injection brings: trouble in one of them is the mesh's, not the application's. */
export const INJECTED_CONTAINERS: ReadonlySet<string> = new Set([PROXY, 'istio-init', 'istio-validation']);
const STATUS = 'sidecar.istio.io/status';

/** Where the proxy is: `native` is an init container that keeps running (Kubernetes 1.29, Istio's default from 1.27 on). */
export function proxyOf(spec: PodSpec): { readonly shape: MeshPod['sidecar']; readonly container?: Container } {
  const native = spec.initContainers?.find(({ name, restartPolicy }) => name === PROXY && restartPolicy === 'Always');
  if (native !== undefined) return { shape: 'native', container: native };
  const classic = spec.containers.find(({ name }) => name === PROXY);
  return classic === undefined ? { shape: 'none' } : { shape: 'classic', container: classic };
}

/**
 * The revision that injected a pod; undefined without a proxy. Believed in this order: annotation `istio.io/rev` (since 1.18), the
 * injector's status annotation, the istiod that the proxy dials. Never the label: that is only a request.
 */
export function injectedRevision(pod: PodObject): Revision | undefined {
  const { container } = proxyOf(pod.spec);
  if (container === undefined) return undefined;
  const annotations = pod.metadata.annotations ?? {};
  const found = annotations[REV] ?? revisionInStatus(annotations[STATUS]) ?? dialled(container);
  return found === undefined || found === '' ? undefined : asRevision(found);
}

function revisionInStatus(status: string | undefined): string | undefined {
  if (status === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(status);
    if (typeof parsed !== 'object' || parsed === null || !('revision' in parsed)) return undefined;
    return typeof parsed.revision === 'string' ? parsed.revision : undefined;
  } catch {
    return undefined; // hand-written; the other evidence counts
  }
}

/** `CA_ADDR` is `istiod-<revision>.<namespace>.svc:15012`, or `istiod.<namespace>…` without a revision. */
function dialled(proxy: Container): string | undefined {
  const address = proxy.env?.find(({ name }) => name === 'CA_ADDR')?.value;
  const host = /^istiod(?:-([a-z0-9-]+))?\./.exec(address ?? '');
  return host === null ? undefined : (host[1] ?? 'default');
}
