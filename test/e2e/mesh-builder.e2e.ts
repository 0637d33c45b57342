// Does the mesh builder make what it says, on a real cluster, and can two moments of a mesh be compared?
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatewayApiCrds } from '../cluster/charts.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Mesh, buildMesh } from '../mesh-builder/build.ts';
import { observe } from '../mesh-builder/observe.ts';
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

let cluster: Cluster;
let mesh: Mesh;

beforeAll(async () => {
  cluster = await startCluster({ prometheus: false });
  await cluster.kubectl(['apply', '--server-side', '-f', gatewayApiCrds(cluster.binaries)]);
  await cluster.installIstio('1.31', { revision: '1-31' });
  await cluster.istioctl('1.31', ['tag', 'set', 'prod', '--revision', '1-31', '-y']);
  mesh = await buildMesh(cluster, [
    namespace('by-default', { injection: 'enabled' }, deployment('web', { replicas: 2 }), statefulSet('db')),
    namespace('by-tag', { rev: 'prod' }, daemonSet('agent'), statefulSet('left', { onDelete: true })),
    namespace('by-revision', { rev: '1-31' }, deployment('stopped', { paused: true }), barePod('bare'), job('once')),
    namespace('by-both', { injection: 'enabled', rev: 'prod' }, deployment('web')),
    namespace('off', { injection: 'disabled' }, deployment('web')),
    namespace(
      'plain',
      {},
      deployment('none'),
      deployment('pinned', { rev: 'prod' }),
      deployment('asking', { inject: true }),
    ),
    namespace(
      'odd',
      { injection: 'enabled' },
      deployment('host', { hostNetwork: true }),
      deployment('never', { unavailable: true }),
      deployment('opted-out', { inject: false }),
    ),
    injectedGateway({ namespace: 'ingress', name: 'tagged', pin: { tag: 'prod' } }),
    injectedGateway({ namespace: 'ingress', name: 'revised', pin: { revision: '1-31' }, workload: 'DaemonSet' }),
    injectedGateway({ namespace: 'ingress', name: 'asking', pin: 'inject' }),
    fixedGateway({ namespace: 'fixed', name: 'old', revision: '1-31', image: 'docker.io/istio/proxyv2:1.31.0' }),
    apiGateway({ namespace: 'by-default', name: 'follower' }),
    apiGateway({ namespace: 'plain', name: 'labelled', rev: 'prod' }),
  ]);
  await mesh.ready();
});

afterAll(async () => {
  await cluster?.stop();
});

it('every way of asking for injection gets what Istio gives', async () => {
  const { injected } = await observe(cluster);
  expect(injected).toMatchObject({
    'by-default/web': { '1-31': 2 },
    'by-default/db': { '1-31': 1 },
    'by-default/follower-istio': { '1-31': 1 },
    'by-tag/agent': { '1-31': 4 },
    'by-tag/left': { '1-31': 1 },
    'by-revision/bare': { '1-31': 1 },
    'by-revision/stopped': { '1-31': 1 },
    'by-both/web': { '1-31': 1 },
    'off/web': { none: 1 },
    'plain/none': { none: 1 },
    'plain/pinned': { '1-31': 1 },
    'plain/asking': { '1-31': 1 },
    'plain/labelled-istio': { '1-31': 1 },
    'odd/host': { none: 1 },
    'odd/opted-out': { none: 1 },
    'ingress/tagged': { '1-31': 1 },
    'ingress/revised': { '1-31': 4 },
    'ingress/asking': { '1-31': 1 },
    'fixed/old': { '1-31': 1 },
  });
});

it('what is to be paused is, with its pods there', async () => {
  const paused = await cluster.api.get('/apis/apps/v1/namespaces/by-revision/deployments/stopped');
  expect(paused).toMatchObject({ spec: { paused: true }, status: { availableReplicas: 1 } });
});

it('what is unavailable from the start stays so', async () => {
  const never = await cluster.api.get('/apis/apps/v1/namespaces/odd/deployments/never');
  expect(never).toMatchObject({ status: { unavailableReplicas: 1 } });
});

it('a piece that never gets ready is named', async () => {
  await cluster.kubelet.setRules([{ namespace: 'late', mode: 'never' }]);
  const late = await buildMesh(cluster, [namespace('late', {}, deployment('slow', { replicas: 2 }))]);
  await expect(late.ready({ timeoutMs: 5_000 })).rejects.toThrow('Deployment late/slow: 0 of 2 pods available');
  await cluster.kubelet.setRules([]);
  await late.ready();
});

it('a restart leaves the picture as it was, another revision does not, and going back brings it back', async () => {
  const before = await observe(cluster);
  for (const kind of ['deployment', 'statefulset'])
    await cluster.kubectl(['-n', 'by-default', 'rollout', 'restart', kind]);
  await mesh.ready();
  await expect.poll(() => observe(cluster), { timeout: 30_000, interval: 200 }).toEqual(before);
  await cluster.installIstio('1.32', { revision: '1-32' });
  expect(await observe(cluster)).not.toEqual(before);
  expect(await observe(cluster, { withoutRevision: '1-32' })).toEqual(before);
  await cluster.api.patch('/api/v1/namespaces/by-tag', { metadata: { labels: { 'istio.io/rev': '1-32' } } });
  expect(await observe(cluster, { withoutRevision: '1-32' })).not.toEqual(before);
  await cluster.api.patch('/api/v1/namespaces/by-tag', { metadata: { labels: { 'istio.io/rev': 'prod' } } });
  expect(await observe(cluster, { withoutRevision: '1-32' })).toEqual(before);
});
