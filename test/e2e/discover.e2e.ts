// Does phase 1 see a real mesh as it was built, and do its predictions come true? Both sidecar shapes, both ways of installing istiod.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guards } from '../../src/mesh/guards.ts';
import { resolveSource } from '../../src/mesh/guards/source.ts';
import { POD } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { connectedProxies } from '../../src/mesh/connected-proxies.ts';
import { sourceUsers } from '../../src/mesh/source-users.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { readMesh } from '../../src/phases/discover.ts';
import type { ClusterPort } from '../../src/ports/cluster.ts';
import { frozenConfig } from '../builders/config.ts';
import { gatewayApiCrds, packagedChart } from '../cluster/charts.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { buildMesh } from '../mesh-builder/build.ts';
import {
  apiGateway,
  barePod,
  daemonSet,
  deployment,
  fixedGateway,
  injectedGateway,
  job,
  namespace,
  statefulSet,
} from '../mesh-builder/pieces.ts';
import { phaseWorld } from './phase-world.ts';

const classic = { annotations: { 'sidecar.istio.io/nativeSidecar': 'false' } };
const parts = [
  namespace(
    'by-default',
    { injection: 'enabled' },
    deployment('web', { replicas: 2 }),
    deployment('old-shape', classic),
    statefulSet('db'),
  ),
  namespace('by-tag', { rev: 'prod' }, daemonSet('agent'), statefulSet('left', { onDelete: true })),
  namespace('by-revision', { rev: '1-31' }, deployment('stopped', { paused: true }), barePod('bare'), job('once')),
  namespace('by-both', { injection: 'enabled', rev: 'prod' }, deployment('web')),
  namespace('off', { injection: 'disabled' }, deployment('web', { rev: '1-31' })),
  namespace('unknown', { rev: 'nobody' }, deployment('web')),
  namespace(
    'plain',
    {},
    deployment('none'),
    deployment('pinned', { rev: 'prod' }),
    deployment('asking', { inject: true }),
    deployment('named', { rev: '1-31' }),
  ),
  namespace(
    'odd',
    { injection: 'enabled' },
    deployment('host', { hostNetwork: true }),
    deployment('never', { unavailable: true }),
    deployment('opted-out', { inject: false }),
    deployment('opted-out-of-old', { annotations: { 'sidecar.istio.io/inject': 'false' } }),
  ),
  injectedGateway({ namespace: 'ingress', name: 'tagged', pin: { tag: 'prod' } }),
  injectedGateway({ namespace: 'ingress', name: 'revised', pin: { revision: '1-31' }, workload: 'DaemonSet' }),
  injectedGateway({ namespace: 'ingress', name: 'asking', pin: 'inject' }),
  fixedGateway({ namespace: 'fixed', name: 'old', revision: '1-31', image: 'docker.io/istio/proxyv2:1.31.0' }),
  apiGateway({ namespace: 'by-default', name: 'follower' }),
  apiGateway({ namespace: 'plain', name: 'labelled', rev: 'prod' }),
];

const plane = (revision: string, version: string) => [
  {
    revision,
    version,
    injector: `istio-sidecar-injector-${revision}`,
    caBundlePresent: true,
    deactivated: false,
    service: `istiod-${revision}`,
    deployments: [{ name: `istiod-${revision}`, replicas: 1, available: 1 }],
    owner: { kind: 'istioctl' },
  },
  `istiod-${revision}`,
];
describe('two revisions, installed by istioctl', () => {
  let cluster: Cluster;
  let port: ClusterPort;
  let mesh: MeshSnapshot;

  beforeAll(async () => {
    cluster = await startCluster({ prometheus: false });
    port = phaseWorld(cluster).cluster;
    await cluster.kubectl(['apply', '--server-side', '-f', gatewayApiCrds(cluster.binaries)]);
    await cluster.installIstio('1.31', { revision: '1-31' });
    await cluster.istioctl('1.31', ['tag', 'set', 'prod', '--revision', '1-31', '-y']);
    await cluster.kubelet.setRules([{ namespace: 'by-revision', labels: { app: 'once' }, runMs: 600_000 }]);
    const built = await buildMesh(cluster, parts);
    await built.ready();
    await cluster.installIstio('1.32', { revision: '1-32' });
    const routes = { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry' };
    const metadata = { name: 'elsewhere', namespace: 'by-default', labels: { 'istio.io/rev': '1-31' } };
    const spec = { hosts: ['elsewhere.example'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
    const path = '/apis/networking.istio.io/v1/namespaces/by-default/serviceentries';
    await cluster.api.create(path, { ...routes, metadata, spec });
    mesh = await readMesh(port, 'istio-system');
  });
  afterAll(async () => {
    await cluster?.stop();
  });

  it('sees both control planes, whole and with their versions', () => {
    const seen = mesh.controlPlanes.map(({ clientConfig, ...rest }) => [rest, clientConfig?.service?.name]);
    expect(seen).toEqual([plane('1-31', '1.31.0'), plane('1-32', '1.32.0')]);
  });

  it('sees the tag that the first install took, and the one set by hand', () => {
    expect(mesh.tags.map(({ clientConfig, ...tag }) => ({ ...tag, calls: clientConfig?.service?.name }))).toEqual([
      {
        tag: 'default',
        revision: '1-31',
        injector: 'istio-revision-tag-default',
        service: 'istiod-revision-tag-default',
        validator: { name: 'istiod-default-validator', owner: { kind: 'istioctl' } },
        owner: { kind: 'istioctl' },
        calls: 'istiod-1-31',
      },
      {
        tag: 'prod',
        revision: '1-31',
        injector: 'istio-revision-tag-prod',
        service: 'istiod-revision-tag-prod',
        owner: { kind: 'istioctl' },
        calls: 'istiod-1-31',
      },
    ]);
  });

  it('sees what each namespace asks for', () => {
    const requests = new Map(mesh.namespaces.map(({ name, request }) => [name, request]));
    expect(
      Object.fromEntries(parts.flatMap((part) => ('pieces' in part ? [[part.name, requests.get(part.name)]] : []))),
    ).toEqual({
      'by-default': { kind: 'follows-default' },
      'by-tag': { kind: 'rev-label', value: 'prod' },
      'by-revision': { kind: 'rev-label', value: '1-31' },
      'by-both': { kind: 'both-labels', value: 'prod' },
      off: { kind: 'disabled' },
      unknown: { kind: 'rev-label', value: 'nobody' },
      plain: { kind: 'unlabelled' },
      odd: { kind: 'follows-default' },
    });
  });

  it('sees each workload: whose proxy comes next, whether it can be moved, whether it is a gateway', () => {
    const seen = mesh.workloads
      .filter(({ ref }) => ref.namespace !== 'istio-system')
      .map(({ ref, requested, immovable, gateway }) => [
        `${ref.namespace}/${ref.name}`,
        requested ?? 'nobody',
        immovable,
        gateway,
      ]);
    expect(Object.fromEntries(seen.map(([name, ...rest]) => [name, rest.join(' ')]))).toEqual({
      'by-both/web': '1-31 none not-a-gateway',
      'by-default/db': '1-31 none not-a-gateway',
      'by-default/follower-istio': 'nobody none gateway-api',
      'by-default/old-shape': '1-31 none not-a-gateway',
      'by-default/web': '1-31 none not-a-gateway',
      'by-revision/stopped': '1-31 paused not-a-gateway',
      'by-tag/agent': '1-31 none not-a-gateway',
      'by-tag/left': '1-31 on-delete not-a-gateway',
      'fixed/old': 'nobody none fixed-image',
      'ingress/asking': '1-31 none injected',
      'ingress/revised': '1-31 none injected',
      'ingress/tagged': '1-31 none injected',
      'odd/host': 'nobody host-network not-a-gateway',
      'odd/never': '1-31 unavailable-before not-a-gateway',
      'odd/opted-out': 'nobody none not-a-gateway',
      'odd/opted-out-of-old': 'nobody none not-a-gateway',
      'off/web': 'nobody none not-a-gateway',
      'plain/asking': '1-31 none not-a-gateway',
      'plain/labelled-istio': 'nobody none gateway-api',
      'plain/named': '1-31 none not-a-gateway',
      'plain/none': 'nobody none not-a-gateway',
      'plain/pinned': '1-31 none not-a-gateway',
      'unknown/web': 'nobody none not-a-gateway',
    });
  });

  it('predicted the injector of every pod that a workload has made', () => {
    const requested = new Map(mesh.workloads.map((workload) => [JSON.stringify(workload.ref), workload]));
    const wrong = mesh.pods.flatMap(({ workload, injected, name }) => {
      const maker = requested.get(JSON.stringify(workload));
      const byIstiod = maker?.gateway === 'gateway-api' || maker?.gateway === 'fixed-image';
      return maker === undefined || byIstiod || maker.requested === injected ? [] : [{ name, injected }];
    });
    expect(wrong).toEqual([]);
    expect(mesh.pods.filter(({ workload }) => workload !== undefined).length).toBeGreaterThan(20);
  });

  it('sees the proxy in both container lists', () => {
    const shapes = mesh.pods.filter(({ namespace: place }) => place === 'by-default');
    expect(
      Object.fromEntries(shapes.map(({ workload, sidecar, injected }) => [workload?.name, [sidecar, injected]])),
    ).toEqual({
      web: ['native', '1-31'],
      'old-shape': ['classic', '1-31'],
      db: ['native', '1-31'],
      'follower-istio': ['classic', '1-31'],
    });
    expect(
      shapes.every(({ ready, proxyReady, readySinceMs }) => ready && proxyReady && readySinceMs !== undefined),
    ).toBe(true);
    expect(new Set(shapes.map(({ proxyImage }) => proxyImage))).toEqual(new Set(['docker.io/istio/proxyv2:1.31.0']));
  });

  it('sees who made the pods that no workload has', () => {
    const loose = mesh.pods.filter(({ namespace: place }) => place === 'by-revision');
    expect(Object.fromEntries(loose.map(({ ownerKind, workload }) => [ownerKind, workload?.name]))).toEqual({
      Job: undefined,
      ReplicaSet: 'stopped',
      none: undefined,
    });
  });

  it('sees who deploys each Gateway', () => {
    expect(mesh.apiGateways).toEqual([
      { namespace: 'by-default', name: 'follower', className: 'istio', managed: true, requested: '1-31' },
      { namespace: 'plain', name: 'labelled', className: 'istio', managed: true, revLabel: 'prod', requested: '1-31' },
    ]);
    const made = mesh.workloads.filter(({ gateway }) => gateway === 'gateway-api');
    expect(made.map(({ madeByGateway }) => madeByGateway)).toEqual(['follower', 'labelled']);
  });

  it('sees config objects that one revision reads alone, and webhooks with the Services they call', () => {
    expect(mesh.pinnedConfig.map(({ ref, value }) => [ref.kind.kind, ref.name, value])).toEqual([
      ['ServiceEntry', 'elsewhere', '1-31'],
    ]);
    const targets = mesh.webhookTargets.map(({ configuration, ...rest }) => [
      configuration.name,
      [rest.service, rest.exists, rest.ownedBy],
    ]);
    expect(Object.fromEntries(targets)).toEqual({
      'istio-revision-tag-default': ['istiod-1-31', true, undefined],
      'istio-revision-tag-prod': ['istiod-1-31', true, undefined],
      'istio-sidecar-injector-1-31': ['istiod-1-31', true, '1-31'],
      'istio-sidecar-injector-1-32': ['istiod-1-32', true, '1-32'],
      'istio-validator-1-31-istio-system': ['istiod-1-31', true, '1-31'],
      'istio-validator-1-32-istio-system': ['istiod-1-32', true, '1-32'],
      'istiod-default-validator': ['istiod-1-31', true, undefined],
    });
  });

  it('finds what speaks against an upgrade, and nothing else', () => {
    const source = resolveSource(mesh, frozenConfig());
    expect(source).toBe('1-31');
    const found = guards(mesh, frozenConfig(), { source: asRevision('1-31'), target: asRevision('1-32') });
    expect(found.map(({ id, severity, subject }) => `${severity} ${id}: ${subject}`)).toEqual([
      'blocks gateway-fixed-image: Deployment fixed/old',
      'overridable both-injection-labels: namespace by-both',
      'overridable pinned-config: ServiceEntry by-default/elsewhere',
      'notice moves-in-phase-3: namespace plain',
      'notice workload-paused: Deployment by-revision/stopped',
      'notice workload-host-network: Deployment odd/host',
      'notice workload-unavailable-before: Deployment odd/never',
      'notice workload-on-delete: StatefulSet by-tag/left',
      'notice pods-not-restarted: bare pods in by-revision',
      'notice pods-not-restarted: pods of kind Job in by-revision',
    ]);
  });

  it('proves the source used by many and the target by nobody, and counts the proxies that are connected', async () => {
    expect(sourceUsers(mesh, asRevision('1-32'))).toEqual([]);
    const kinds = sourceUsers(mesh, asRevision('1-31')).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(
      new Set(['tag', 'namespace', 'pod-template', 'gateway', 'pods', 'config', 'webhook']),
    );
    const istiods = await port.list(POD, { namespace: 'istio-system', labelSelector: 'app=istiod' });
    for (const { metadata } of istiods) {
      const pod = { namespace: 'istio-system', name: metadata.name, port: 15_014 };
      expect(connectedProxies(await port.proxyGet(pod, '/metrics'))).toBeTypeOf('number');
    }
  });
});

describe('an istiod without a revision, installed by Helm', () => {
  let cluster: Cluster;
  let port: ClusterPort;

  beforeAll(async () => {
    cluster = await startCluster({ prometheus: false, nodeVersion: 'v1.32.0' });
    port = phaseWorld(cluster).cluster;
    await cluster.kubectl(['create', 'namespace', 'istio-system']);
    await cluster.helm([
      'install',
      'istiod',
      await packagedChart(cluster.binaries, '1.31'),
      '-n',
      'istio-system',
      '--wait',
      ...settings,
    ]);
    const built = await buildMesh(cluster, [namespace('shop', { injection: 'enabled' }, deployment('web'))]);
    await built.ready();
  });
  afterAll(async () => {
    await cluster?.stop();
  });
  const settings = ['--set', 'global.hub=docker.io/istio', '--set', 'global.tag=1.31.0'];

  it('is called default, belongs to its release, and injects without a tag, classic on older nodes', async () => {
    const mesh = await readMesh(port, 'istio-system');
    expect(mesh.controlPlanes).toMatchObject([
      {
        revision: 'default',
        version: '1.31.0',
        service: 'istiod',
        deactivated: false,
        owner: { kind: 'helm', release: 'istiod', namespace: 'istio-system' },
      },
    ]);
    expect(mesh.tags).toEqual([]);
    const web = mesh.pods.find(({ namespace: place }) => place === 'shop');
    expect(web).toMatchObject({ injected: 'default', sidecar: 'classic' });
    expect(mesh.workloads.find(({ ref }) => ref.name === 'web')?.requested).toBe('default');
  });

  it('is refused for want of a default tag, and the remedy that is named is one', async () => {
    const refused = resolveSource(await readMesh(port, 'istio-system'), frozenConfig());
    expect(refused).toMatchObject({ id: 'default-tag-missing', severity: 'blocks' });
    const command = /`istioctl (.+?)`/.exec(typeof refused === 'string' ? '' : refused.remedy)?.[1] ?? '';
    await cluster.istioctl('1.31', [...command.split(' '), '-y']);
    const mesh = await readMesh(port, 'istio-system');
    expect(mesh.controlPlanes[0]).toMatchObject({ revision: 'default', deactivated: true });
    expect(mesh.tags).toMatchObject([{ tag: 'default', revision: 'default', owner: { kind: 'istioctl' } }]);
    expect(resolveSource(mesh, frozenConfig())).toBe('default');
    const frozen = frozenConfig({ install: { kind: 'helm', args: [] } });
    expect(guards(mesh, frozen, { source: asRevision('default'), target: asRevision('1-32') })).toEqual([]);
    await cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment/web']);
    await cluster.kubectl(['-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=60s']);
    const web = (await readMesh(port, 'istio-system')).pods.filter(
      ({ namespace: place, finished }) => place === 'shop' && !finished,
    );
    expect(web.map(({ injected }) => injected)).toEqual(['default']);
  });
});
