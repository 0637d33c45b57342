// What does a mesh look like to the code that decides? Snapshots and their parts, every field filled in, each to be changed by name.
// The mesh: source `1-31`, target `1-32`, tag `default` on the source.
import { namespaceRequest } from '../../src/mesh/injection.ts';
import type { ClientConfig } from '../../src/mesh/kinds.ts';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import type {
  ApiGateway,
  ControlPlane,
  CronJob,
  MeshNamespace,
  MeshPod,
  MeshSnapshot,
  RevisionTag,
  Workload,
  WorkloadRef,
} from '../../src/mesh/snapshot.ts';

export const SOURCE = asRevision('1-31');
export const TARGET = asRevision('1-32');

const clientConfigOf = (revision: string): ClientConfig => ({
  caBundle: 'Y2E=',
  service: {
    namespace: 'istio-system',
    name: revision === 'default' ? 'istiod' : `istiod-${revision}`,
    path: '/inject',
    port: 443,
  },
});

/** An installed revision with one available replica; its version is made of its name (`1-31` is 1.31.0). */
export function aControlPlane(revision: string, over: Partial<ControlPlane> = {}): ControlPlane {
  const suffix = revision === 'default' ? '' : `-${revision}`;
  return {
    revision: asRevision(revision),
    version: revision === 'default' ? '1.31.0' : `${revision.replaceAll('-', '.')}.0`,
    injector: `istio-sidecar-injector${suffix}`,
    clientConfig: clientConfigOf(revision),
    caBundlePresent: true,
    deactivated: false,
    service: `istiod${suffix}`,
    deployments: [{ name: `istiod${suffix}`, replicas: 1, available: 1 }],
    owner: { kind: 'istioctl' },
    ...over,
  };
}

export function aTag(tag: string, revision: string, over: Partial<RevisionTag> = {}): RevisionTag {
  return {
    tag: asTag(tag),
    revision: asRevision(revision),
    injector: `istio-revision-tag-${tag}`,
    clientConfig: clientConfigOf(revision),
    service: `istiod-revision-tag-${tag}`,
    owner: { kind: 'istioctl' },
    ...(tag === 'default' ? { validator: { name: 'istiod-default-validator', owner: { kind: 'istioctl' } } } : {}),
    ...over,
  };
}

/** Its request follows from its labels; without any given it follows the default tag. */
export function aNamespace(
  name: string,
  labels: Readonly<Record<string, string>> = { 'istio-injection': 'enabled' },
  over: Partial<MeshNamespace> = {},
): MeshNamespace {
  return { name, labels, request: namespaceRequest(labels), terminating: false, ...over };
}

/** Deployment `payments/api` that asks for the source; `namespace`, `name` and `kind` may be given outside `ref`. */
export function aWorkload(over: Partial<Workload> & Partial<WorkloadRef> = {}): Workload {
  const { kind = 'Deployment', namespace = 'payments', name = 'api', ...rest } = over;
  return {
    ref: { kind, namespace, name },
    replicas: 2,
    templateLabels: { app: name },
    selectorLabels: { app: name },
    requested: SOURCE,
    immovable: 'none',
    gateway: 'not-a-gateway',
    progressDeadlineMs: kind === 'Deployment' ? 600_000 : 0,
    ...rest,
  };
}

/** CronJob `payments/nightly` that asks for the source. */
export function aCronJob(over: Partial<CronJob> = {}): CronJob {
  return {
    ref: { kind: 'CronJob', namespace: 'payments', name: 'nightly' },
    templateLabels: {},
    requested: SOURCE,
    ...over,
  };
}

/** A workload whose next pods nobody injects. */
export function anUninjectedWorkload(over: Partial<Workload> & Partial<WorkloadRef> = {}): Workload {
  const { requested: _, ...rest } = aWorkload(over);
  return rest;
}

/** What istiod makes for Gateway `payments/web`: nobody injects it. */
export function aGatewayDeployment(over: Partial<Workload> & Partial<WorkloadRef> = {}): Workload {
  return anUninjectedWorkload({
    name: 'web-istio',
    gateway: 'gateway-api',
    madeByGateway: 'web',
    templateLabels: { 'sidecar.istio.io/inject': 'false' },
    ...over,
  });
}

/** A ready pod of Deployment `payments/api` with a native sidecar of the source. */
export function aPod(over: Partial<MeshPod> & { readonly of?: WorkloadRef } = {}): MeshPod {
  const { of, ...rest } = over;
  const namespace = over.namespace ?? of?.namespace ?? 'payments';
  const workload = of ?? { kind: 'Deployment', namespace, name: 'api' };
  const name = over.name ?? `${workload.name}-6d5f7c9b4-x7k2p`;
  const injected = over.injected ?? SOURCE;
  return {
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
    workload,
    ownerKind: workload.kind === 'Deployment' ? 'ReplicaSet' : workload.kind,
    labels: { app: workload.name },
    injected,
    proxyImage: `docker.io/istio/proxyv2:${injected.replaceAll('-', '.')}.0`,
    sidecar: 'native',
    ready: true,
    proxyReady: true,
    readySinceMs: Date.UTC(2026, 9, 1, 12),
    finished: false,
    hostNetwork: false,
    trouble: { kind: 'none' },
    ...rest,
  };
}

/** A pod that no restart replaces: of a Job, of a foreign owner, or (`none`) bare. */
export function aLoosePod(ownerKind: string, over: Partial<MeshPod> = {}): MeshPod {
  const { workload: _, ...pod } = aPod(over);
  return { ...pod, ownerKind };
}

/** A pod without a proxy. */
export function aBarePod(over: Partial<MeshPod> & { readonly of?: WorkloadRef } = {}): MeshPod {
  const { injected: _, proxyImage: __, ...pod } = aPod(over);
  return { ...pod, sidecar: 'none', proxyReady: false };
}

export function anApiGateway(over: Partial<ApiGateway> = {}): ApiGateway {
  return { namespace: 'payments', name: 'web', className: 'istio', requested: SOURCE, managed: true, ...over };
}

/** Source and target installed, `default` on the source, no applications. */
export function aSnapshot(over: Partial<MeshSnapshot> = {}): MeshSnapshot {
  return {
    clusterUid: 'cluster-uid',
    istioNamespace: 'istio-system',
    controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32')],
    tags: [aTag('default', '1-31')],
    namespaces: [aNamespace('istio-system', {}), aNamespace('kube-system', {})],
    workloads: [],
    cronJobs: [],
    pods: [],
    apiGateways: [],
    companions: [],
    pinnedConfig: [],
    webhookTargets: [],
    ...over,
  };
}

/** A mesh with one namespace (`istio-injection=enabled`), one Deployment `api` and one pod each for every name. */
export function aMeshOf(names: readonly string[], over: Partial<MeshSnapshot> = {}): MeshSnapshot {
  const empty = aSnapshot();
  return aSnapshot({
    namespaces: [...empty.namespaces, ...names.map((name) => aNamespace(name))],
    workloads: names.map((namespace) => aWorkload({ namespace })),
    pods: names.map((namespace) => aPod({ namespace })),
    ...over,
  });
}
