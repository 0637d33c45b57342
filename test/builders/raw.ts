// What does the API server send? Objects as it lists them (without `kind`), cut down to what the code reads. Names of the mesh they come
// from: source `1-31`, target `1-32`, Istio namespace `istio-system`.
import type {
  ApiGatewayObject,
  Condition,
  Container,
  CronJobObject,
  KubeObject,
  ObjectMeta,
  PodObject,
  ServiceObject,
  Webhook,
  WebhookConfigurationObject,
  WorkloadObject,
} from '../../src/mesh/kinds.ts';
import type { WorkloadKind } from '../../src/mesh/snapshot.ts';
import type { RawMesh } from '../../src/mesh/snapshot-of.ts';

type Labels = Readonly<Record<string, string>>;
export const READY_SINCE = '2026-10-01T12:00:00Z';

export const rawNamespace = (name: string, labels: Labels = {}, meta: Partial<ObjectMeta> = {}): KubeObject => ({
  metadata: { name, uid: `uid-${name}`, labels: { 'kubernetes.io/metadata.name': name, ...labels }, ...meta },
});

export interface RawPod {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  /** Injected by this revision; `null` for a pod without a proxy. */
  readonly injected?: string | null;
  readonly sidecar?: 'classic' | 'native';
  /** Deployment (by way of a ReplicaSet), StatefulSet, DaemonSet or Job; `null` for a bare pod. */
  readonly owner?: { readonly kind: string; readonly name: string } | null;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly hostNetwork?: boolean;
  readonly meta?: Partial<ObjectMeta>;
  readonly conditions?: readonly Condition[];
  /** Reason for which a container waits, by its name. */
  readonly waiting?: Readonly<Record<string, string>>;
}

/** A ready pod of Deployment `payments/api`, with a native sidecar of `1-31`. */
export function rawPod(over: RawPod = {}): PodObject {
  const { namespace = 'payments', injected = '1-31', sidecar = 'native', ready = true, waiting = {} } = over;
  const owner = over.owner === undefined ? { kind: 'Deployment', name: 'api' } : over.owner;
  const hash = '6d5f7c9b4';
  const name = over.name ?? `${owner?.name ?? 'bare'}-${hash}-x7k2p`;
  const controller =
    owner?.kind === 'Deployment' ? { kind: 'ReplicaSet', name: `${owner.name}-${hash}` } : (owner ?? undefined);
  const proxy: Container = {
    name: 'istio-proxy',
    image: `docker.io/istio/proxyv2:${injected === '1-32' ? '1.32.0' : '1.31.0'}`,
    ...(sidecar === 'native' ? { restartPolicy: 'Always' } : {}),
  };
  const app: Container = { name: 'app', image: 'registry.example/app:1' };
  const hasProxy = injected !== null;
  const status = (container: Container) => ({
    name: container.name,
    ready: ready && waiting[container.name] === undefined,
    restartCount: 0,
    ...(waiting[container.name] === undefined
      ? { state: { running: { startedAt: READY_SINCE } } }
      : { state: { waiting: { reason: waiting[container.name] ?? '', message: `${container.name} waits` } } }),
  });
  const setUp = waiting['istio-validation'] === undefined ? 'istio-init' : 'istio-validation';
  const init = [...(hasProxy ? [{ name: setUp }] : []), ...(hasProxy && sidecar === 'native' ? [proxy] : [])];
  const main = [app, ...(hasProxy && sidecar === 'classic' ? [proxy] : [])];
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      labels: { app: 'api', ...(owner?.kind === 'Deployment' ? { 'pod-template-hash': hash } : {}), ...over.labels },
      annotations: { ...(hasProxy ? { 'istio.io/rev': injected } : {}), ...over.annotations },
      ...(controller === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'apps/v1', uid: 'u', controller: true, ...controller }] }),
      ...over.meta,
    },
    spec: { containers: main, initContainers: init, nodeName: 'node-1', hostNetwork: over.hostNetwork ?? false },
    status: {
      phase: over.phase ?? 'Running',
      podIP: '10.244.0.7',
      conditions: over.conditions ?? [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: READY_SINCE },
      ],
      initContainerStatuses: init.map(status),
      containerStatuses: main.map(status),
    },
  };
}

export interface RawWorkload {
  readonly kind?: WorkloadKind;
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Labels;
  readonly templateLabels?: Labels;
  readonly templateAnnotations?: Labels;
  readonly containers?: readonly Container[];
  readonly replicas?: number;
  readonly available?: number;
  readonly spec?: Partial<WorkloadObject['spec']>;
  readonly status?: WorkloadObject['status'];
  readonly meta?: Partial<ObjectMeta>;
  readonly hostNetwork?: boolean;
}

/** A Deployment `payments/api` whose two pods are up to date and available. */
export function rawWorkload(over: RawWorkload = {}): WorkloadObject {
  const { kind = 'Deployment', namespace = 'payments', name = 'api', replicas = 2 } = over;
  const available = over.available ?? replicas;
  return {
    metadata: { name, namespace, uid: `uid-${name}`, generation: 3, labels: over.labels ?? {}, ...over.meta },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'Deployment' ? { progressDeadlineSeconds: 600 } : { updateStrategy: { type: 'RollingUpdate' } }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, ...over.templateLabels },
          annotations: over.templateAnnotations ?? {},
        },
        spec: {
          containers: over.containers ?? [{ name: 'app', image: 'registry.example/app:1' }],
          ...(over.hostNetwork === undefined ? {} : { hostNetwork: over.hostNetwork }),
        },
      },
      ...over.spec,
    },
    status: {
      observedGeneration: 3,
      ...(kind === 'DaemonSet'
        ? { desiredNumberScheduled: replicas, updatedNumberScheduled: replicas, numberAvailable: available }
        : { replicas, updatedReplicas: replicas, readyReplicas: available, availableReplicas: available }),
      ...over.status,
    },
  };
}

/** CronJob `payments/nightly`. */
export const rawCronJob = (templateLabels: Labels = {}, namespace = 'payments'): CronJobObject => ({
  metadata: { name: 'nightly', namespace },
  spec: {
    jobTemplate: {
      spec: {
        template: {
          metadata: { labels: templateLabels },
          spec: { containers: [{ name: 'job', image: 'registry.example/job:1' }] },
        },
      },
    },
  },
});

const suffix = (revision: string): string => (revision === 'default' ? '' : `-${revision}`);
const istiod = (revision: string): string => `istiod${suffix(revision)}`;

function webhook(prefix: string, revision: string): Webhook {
  return {
    name: `${prefix}sidecar-injector.istio.io`,
    clientConfig: {
      caBundle: 'Y2E=',
      service: { namespace: 'istio-system', name: istiod(revision), path: '/inject', port: 443 },
    },
    failurePolicy: 'Fail',
  };
}
const prefixes = (injectsByDefault: boolean): readonly string[] => [
  'rev.namespace.',
  'rev.object.',
  ...(injectsByDefault ? ['namespace.', 'object.'] : []),
];

/** The canonical injector of a revision, as the charts render it and istiod completes it. */
export function rawInjector(
  revision: string,
  over: { readonly meta?: Partial<ObjectMeta>; readonly webhooks?: readonly Webhook[] } = {},
): WebhookConfigurationObject {
  return {
    metadata: {
      name: `istio-sidecar-injector${suffix(revision)}`,
      labels: { 'istio.io/rev': revision, app: 'sidecar-injector' },
      ...over.meta,
    },
    webhooks: over.webhooks ?? prefixes(revision === 'default').map((prefix) => webhook(prefix, revision)),
  };
}

/** An injector that istioctl switched off because a `default` tag exists. */
export function rawDeactivatedInjector(revision = 'default'): WebhookConfigurationObject {
  const never = { matchLabels: { 'istio.io/deactivated': 'never-match' } };
  const webhooks = prefixes(true).map((prefix) => ({
    ...webhook(prefix, revision),
    namespaceSelector: never,
    objectSelector: never,
  }));
  return rawInjector(revision, { webhooks });
}

/** A revision tag's injector, as `istioctl tag set` writes it. */
export function rawTag(
  tag: string,
  revision: string,
  over: { readonly meta?: Partial<ObjectMeta>; readonly webhooks?: readonly Webhook[] } = {},
): WebhookConfigurationObject {
  return {
    metadata: {
      name: `istio-revision-tag-${tag}`,
      labels: { 'istio.io/tag': tag, 'istio.io/rev': revision, app: 'sidecar-injector' },
      managedFields: [{ manager: 'istio-ci' }, { manager: 'pilot-discovery' }],
      ...over.meta,
    },
    webhooks: over.webhooks ?? prefixes(tag === 'default').map((prefix) => webhook(prefix, revision)),
  };
}

export const rawTagService = (tag: string, revision: string): ServiceObject => ({
  metadata: {
    name: `istiod-revision-tag-${tag}`,
    namespace: 'istio-system',
    labels: { app: 'istiod', istio: 'pilot', 'istio.io/tag': tag, 'istio.io/rev': revision },
  },
  spec: { selector: { app: 'istiod', 'istio.io/rev': revision } },
});

/** A revision's own validator. */
export const rawValidator = (revision: string): WebhookConfigurationObject => ({
  metadata: {
    name: `istio-validator${suffix(revision)}-istio-system`,
    labels: { app: 'istiod', istio: 'istiod', 'istio.io/rev': revision },
  },
  webhooks: [{ ...webhook('', revision), name: 'rev.validation.istio.io' }],
});

/** The validator of config objects that name no revision. */
export const rawDefaultValidator = (revision: string): WebhookConfigurationObject => ({
  metadata: {
    name: 'istiod-default-validator',
    labels: { app: 'istiod', 'istio.io/rev': revision, 'istio.io/tag': 'default' },
  },
  webhooks: [{ ...webhook('', revision), name: 'validation.istio.io' }],
});

export const rawIstiodService = (revision: string): ServiceObject => ({
  metadata: {
    name: istiod(revision),
    namespace: 'istio-system',
    labels: { app: 'istiod', 'istio.io/rev': revision },
  },
  spec: { selector: { app: 'istiod', 'istio.io/rev': revision } },
});

export const rawIstiod = (revision: string, version: string, over: RawWorkload = {}): WorkloadObject =>
  rawWorkload({
    namespace: 'istio-system',
    name: istiod(revision),
    replicas: 1,
    labels: { app: 'istiod', 'istio.io/rev': revision },
    templateLabels: { app: 'istiod', 'istio.io/rev': revision, 'sidecar.istio.io/inject': 'false' },
    containers: [{ name: 'discovery', image: `docker.io/istio/pilot:${version}` }],
    ...over,
  });

export function rawGateway(
  over: {
    readonly namespace?: string;
    readonly name?: string;
    readonly labels?: Labels;
    readonly className?: string;
    readonly addresses?: readonly { readonly type?: string; readonly value: string }[];
  } = {},
): ApiGatewayObject {
  return {
    metadata: { name: over.name ?? 'web', namespace: over.namespace ?? 'payments', labels: over.labels ?? {} },
    spec: { gatewayClassName: over.className ?? 'istio', addresses: over.addresses ?? [] },
  };
}

/** The CRD that lets a cluster know VirtualServices. */
export const rawVirtualServices = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'virtualservices.networking.istio.io', labels: { 'app.kubernetes.io/version': '1.32.0' } },
  spec: {
    group: 'networking.istio.io',
    scope: 'Namespaced',
    names: { kind: 'VirtualService', plural: 'virtualservices' },
    versions: [{ name: 'v1', served: true, storage: true }],
  },
};

/** Two revisions side by side, `default` on `1-31`; no applications. */
export function rawMesh(over: Partial<RawMesh> = {}): RawMesh {
  return {
    istioNamespace: 'istio-system',
    namespaces: [rawNamespace('kube-system', {}, { uid: 'cluster-uid' }), rawNamespace('istio-system')],
    mutating: [rawInjector('1-31'), rawInjector('1-32'), rawTag('default', '1-31')],
    validating: [rawValidator('1-31'), rawValidator('1-32'), rawDefaultValidator('1-31')],
    services: [rawIstiodService('1-31'), rawIstiodService('1-32'), rawTagService('default', '1-31')],
    deployments: [rawIstiod('1-31', '1.31.0'), rawIstiod('1-32', '1.32.0')],
    statefulSets: [],
    daemonSets: [],
    cronJobs: [],
    pods: [],
    gateways: [],
    gatewayClasses: [],
    crds: [],
    labelledConfig: [],
    ...over,
  };
}
