// Which Kubernetes objects is a piece? Pure. Every workload has a Service of its own name, and its pods run `app:1`.
import { assertNever } from '../../src/shared/assert-never.ts';
import type { KubeObject } from '../cluster/api.ts';
import { podTemplate } from './pod-template.ts';
import type { ApiGateway, FixedGateway, InjectedGateway, Piece, Placed, Workload } from './pieces.ts';

export interface Manifest extends KubeObject {
  apiVersion: string;
  kind: string;
}

export function namespaceObject(name: string, labels: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } };
}

export function objectsOf({ namespace, piece }: Placed): Manifest[] {
  const metadata = { name: piece.name, namespace };
  switch (piece.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return [workloadObject(namespace, piece), service(namespace, piece.name, { app: piece.name })];
    case 'Pod':
      return [{ apiVersion: 'v1', kind: 'Pod', ...podTemplate(metadata, piece.name, piece.options) }];
    case 'Job': {
      const { metadata: pod, spec } = podTemplate({}, piece.name, piece.options);
      const template = { metadata: pod, spec: { ...spec, restartPolicy: 'Never' } };
      return [manifest('batch/v1', 'Job', metadata, { backoffLimit: 0, template })];
    }
    case 'injected-gateway':
      return injectedGatewayObjects(namespace, piece);
    case 'fixed-gateway':
      return fixedGatewayObjects(namespace, piece);
    case 'Gateway':
      return [gatewayObject(namespace, piece)];
    default:
      return assertNever(piece);
  }
}

function workloadObject(namespace: string, { kind, name, options }: Workload): Manifest {
  const spec = { selector: { matchLabels: { app: name } }, template: podTemplate({}, name, options) };
  const updateStrategy = options.onDelete === true ? { updateStrategy: { type: 'OnDelete' } } : {};
  const replicas = { replicas: options.replicas ?? 1 };
  const metadata = { name, namespace, labels: { app: name } };
  switch (kind) {
    case 'Deployment':
      return manifest('apps/v1', kind, metadata, {
        ...spec,
        ...replicas,
        ...(options.strategy && { strategy: options.strategy }),
      });
    case 'StatefulSet':
      return manifest('apps/v1', kind, metadata, { ...spec, ...replicas, ...updateStrategy, serviceName: name });
    case 'DaemonSet':
      return manifest('apps/v1', kind, metadata, { ...spec, ...updateStrategy });
    default:
      return assertNever(kind);
  }
}

/** As the chart `istio/gateway` writes it: the injector fills in image and revision. */
function injectedGatewayObjects(namespace: string, gateway: InjectedGateway): Manifest[] {
  const { name, workload, pin, replicas } = gateway;
  const selector = { app: name, istio: name };
  const rev = pin === 'inject' ? undefined : 'tag' in pin ? pin.tag : pin.revision;
  const labels = {
    ...selector,
    'sidecar.istio.io/inject': 'true',
    ...(rev !== undefined && { 'istio.io/rev': rev }),
  };
  const template = {
    metadata: { labels, annotations: { 'inject.istio.io/templates': 'gateway' } },
    spec: { containers: [{ name: 'istio-proxy', image: 'auto' }], terminationGracePeriodSeconds: 30 },
  };
  const spec = { selector: { matchLabels: selector }, template };
  return [
    manifest(
      'apps/v1',
      workload,
      { name, namespace, labels: selector },
      workload === 'Deployment' ? { ...spec, replicas } : spec,
    ),
    service(namespace, name, selector),
  ];
}

function fixedGatewayObjects(namespace: string, { name, revision, image }: FixedGateway): Manifest[] {
  const selector = { app: name, istio: 'ingressgateway' };
  const made = { ...selector, 'istio.io/rev': revision, 'operator.istio.io/component': 'IngressGateways' };
  const template = {
    metadata: {
      labels: { ...made, 'sidecar.istio.io/inject': 'false' },
      annotations: {
        'istio.io/rev': revision,
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '15020',
        'prometheus.io/path': '/stats/prometheus',
      },
    },
    spec: { containers: [{ name: 'istio-proxy', image }] },
  };
  const spec = { replicas: 1, selector: { matchLabels: selector }, template };
  return [
    manifest('apps/v1', 'Deployment', { name, namespace, labels: made }, spec),
    service(namespace, name, selector),
  ];
}

function gatewayObject(namespace: string, { name, rev }: ApiGateway): Manifest {
  const labels = rev === undefined ? {} : { labels: { 'istio.io/rev': rev } };
  return manifest(
    'gateway.networking.k8s.io/v1',
    'Gateway',
    { name, namespace, ...labels },
    {
      gatewayClassName: 'istio',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  );
}

function service(namespace: string, name: string, selector: Readonly<Record<string, string>>): Manifest {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  return manifest('v1', 'Service', { name, namespace, labels: { app: name } }, { selector, ports });
}

function manifest(apiVersion: string, kind: string, metadata: Manifest['metadata'], spec: object): Manifest {
  const made: Manifest & { spec: object } = { apiVersion, kind, metadata, spec };
  return made;
}

/** The name of what makes the piece's pods, for the pieces that have such a thing. */
export function controllerOf(
  piece: Piece,
): { kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'; name: string } | undefined {
  switch (piece.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return { kind: piece.kind, name: piece.name };
    case 'injected-gateway':
      return { kind: piece.workload, name: piece.name };
    case 'fixed-gateway':
      return { kind: 'Deployment', name: piece.name };
    case 'Gateway':
      return { kind: 'Deployment', name: `${piece.name}-istio` };
    case 'Pod':
    case 'Job':
      return undefined;
    default:
      return assertNever(piece);
  }
}
