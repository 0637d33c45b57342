// What does the traffic simulator need to know of a pod? Read once from the pod object, as Istio's injector and Envoy would see it.
import type { KubeObject } from '../api.ts';

export interface Pod extends KubeObject {
  spec: { containers: Container[]; initContainers?: Container[]; serviceAccountName?: string; hostNetwork?: boolean };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}
interface Container {
  name: string;
  image?: string;
}
interface ContainerStatus {
  name: string;
  restartCount: number;
  state?: { running?: object };
}

export interface Member {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string | undefined;
  readonly workload: string;
  /** The injected revision; undefined without a sidecar. */
  readonly revision: string | undefined;
  readonly sidecar: boolean;
  readonly gateway: boolean;
  /** In its Services' endpoints. */
  readonly ready: boolean;
  /** The proxy's container runs, so it can be scraped, ready or not. */
  readonly proxyRuns: boolean;
  /** How often its proxy began anew: its counters begin anew with it. */
  readonly restarts: number;
  /** The proxy image's tag. */
  readonly proxyVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly app: string;
  readonly version: string;
  readonly canonicalName: string;
  readonly canonicalRevision: string;
  readonly principal: string;
}

const PROXY = 'istio-proxy';

export function readMember(pod: Pod): Member {
  const { metadata, spec, status } = pod;
  const labels = metadata.labels ?? {};
  const proxy = [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === PROXY);
  const namespace = metadata.namespace ?? 'default';
  const workload = workloadOf(pod);
  const seen = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === PROXY,
  );
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return {
    uid: metadata.uid ?? '',
    namespace,
    name: metadata.name,
    ip: spec.hostNetwork === true ? undefined : status?.podIP,
    workload,
    revision: proxy && metadata.annotations?.['istio.io/rev'],
    sidecar: proxy !== undefined,
    gateway: proxy !== undefined && isGateway(pod),
    ready: ready && status?.phase === 'Running' && metadata.deletionTimestamp === undefined,
    proxyRuns: seen?.state?.running !== undefined,
    restarts: seen?.restartCount ?? 0,
    proxyVersion: proxy?.image?.split(':').at(-1) ?? 'unknown',
    labels,
    app: labels['app'] ?? 'unknown',
    version: labels['version'] ?? 'unknown',
    canonicalName:
      labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels['version'] ??
      'latest',
    principal: `spiffe://cluster.local/ns/${namespace}/sa/${spec.serviceAccountName ?? 'default'}`,
  };
}

/** The name Istio gives a pod's workload: its controller's, of a ReplicaSet without the template's hash. */
export function workloadOf({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return metadata.name;
  const hash = metadata.labels?.['pod-template-hash'];
  const suffix = `-${hash}`;
  return owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(suffix)
    ? owner.name.slice(0, -suffix.length)
    : owner.name;
}

/** Injected from the gateway template, made for a `Gateway` (waypoints take no traffic from outside), or installed with Istio. */
function isGateway({ metadata }: Pod): boolean {
  const { labels = {}, annotations = {} } = metadata;
  return (
    (annotations['inject.istio.io/templates']?.split(',').includes('gateway') ?? false) ||
    labels['gateway.istio.io/managed'] === 'istio.io-gateway-controller' ||
    labels['operator.istio.io/component'] === 'IngressGateways'
  );
}
