import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/mesh/kinds.ts';
import { settledMesh } from '../../src/phases/settled-mesh.ts';
import { movesOf } from '../../src/plan/moves.ts';
import { rawNamespace, rawPod, rawWorkload } from '../builders/raw.ts';
import { TARGET } from '../builders/snapshot.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory, tagged } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const payments = (labels: Record<string, string>): KubeObject => ({
  ...rawNamespace('payments', labels),
  apiVersion: 'v1',
  kind: 'Namespace',
});
const fixedGateway = {
  containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0' }],
  templateAnnotations: { 'inject.istio.io/templates': 'gateway' },
};
const STAMP = '2026-11-24T12:00:00.000Z';
const ago = (ms: number, nowMs: number): string => new Date(nowMs - ms).toISOString();
const pod = (name: string, over: Parameters<typeof rawPod>[0] = {}): KubeObject => ({
  ...rawPod({ name: `api-6d5f7c9b4-${name}`, ...over }),
  apiVersion: 'v1',
  kind: 'Pod',
});
const deployment = (over: Parameters<typeof rawWorkload>[0] = {}): KubeObject => ({
  ...rawWorkload({ replicas: 2, available: 1, ...over }),
  apiVersion: 'apps/v1',
  kind: 'Deployment',
});
const unready = (sinceMs: number, nowMs: number) =>
  pod('b', { ready: false, conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: ago(sinceMs, nowMs) }] });

/** Before a batch of `payments`, whose default tag is on the target; `mend` is called at each look but the first. */
async function settle(objects: (nowMs: number) => readonly KubeObject[], mend?: (cluster: FakeCluster) => void) {
  const cluster = meshInMemory([payments({ 'istio-injection': 'enabled' })], tagged('1-32'));
  const { session, log } = fakeSession(cluster);
  const { clock } = session.world;
  const beganMs = clock.now();
  for (const object of objects(beganMs)) cluster.put(object);
  const sleep = clock.sleep.bind(clock);
  clock.sleep = async (ms, signal) => {
    mend?.(cluster);
    return sleep(ms, signal);
  };
  const snapshot = await settledMesh(
    session,
    (mesh, evenIfUnavailable) =>
      movesOf({ snapshot: mesh, namespaces: ['payments'], to: TARGET, restartedAt: STAMP, evenIfUnavailable }).items,
  );
  const workload = snapshot.workloads.find(({ ref }) => ref.namespace === 'payments');
  return { immovable: workload?.immovable, waitedMs: clock.now() - beganMs, lines: log.lines };
}

describe('the mesh, when its turn has come', () => {
  it('is waited for while a pod of it is down for the moment', async () => {
    const { immovable, waitedMs, lines } = await settle(
      (nowMs) => [deployment(), pod('a'), unready(5_000, nowMs)],
      (cluster) => cluster.put(deployment({ available: 2 })),
    );
    expect([immovable, waitedMs]).toEqual(['none', 10_000]);
    expect(lines).toEqual([
      'waits up to 2m for Deployment payments/api: not all pods are available, and such a workload is not restarted',
    ]);
  });

  it.each<[string, (nowMs: number) => readonly KubeObject[]]>([
    ['is unready and stays so', (nowMs) => [deployment(), pod('a'), unready(5_000, nowMs)]],
    [
      'ends, and keeps the next one from being created,',
      () => [deployment(), pod('a'), pod('b', { meta: { deletionTimestamp: '2026-11-24T12:00:00Z' } })],
    ],
  ])('is waited for no longer than two minutes where a pod %s', async (_, objects) => {
    expect(await settle(objects)).toMatchObject({ immovable: 'unavailable-before', waitedMs: 120_000 });
  });

  it('is waited for while a scaling creates its pods, one after the other', async () => {
    const wanted = ['b', 'c', 'd'];
    const { immovable, waitedMs } = await settle(
      () => [deployment({ replicas: 4 }), pod('a')],
      (cluster) => {
        cluster.put(pod(wanted.shift() ?? 'd'));
        if (wanted.length === 0) cluster.put(deployment({ replicas: 4, available: 4 }));
      },
    );
    expect([immovable, waitedMs]).toEqual(['none', 30_000]);
  });

  it('is looked at once more where a pod is not created: what keeps it from being, such as a quota, no wait mends', async () => {
    const { immovable, waitedMs } = await settle(() => [deployment(), pod('a')]);
    expect([immovable, waitedMs]).toEqual(['unavailable-before', 10_000]);
  });

  it.each<[string, (nowMs: number) => readonly KubeObject[]]>([
    ['all is well', () => [deployment({ available: 2 }), pod('a'), pod('b')]],
    ['a pod has been down for long', (nowMs) => [deployment(), pod('a'), unready(3_600_000, nowMs)]],
    [
      'our own restart is under way',
      (nowMs) => [
        deployment({ templateAnnotations: { 'kubectl.kubernetes.io/restartedAt': STAMP } }),
        pod('a'),
        unready(5_000, nowMs),
      ],
    ],
    [
      'it asks for another revision, so that a restart does not move it',
      (nowMs) => [payments({ 'istio.io/rev': '1-31' }), deployment(), pod('a'), unready(5_000, nowMs)],
    ],
    [
      'its image is fixed, so that a restart does not move it',
      (nowMs) => [deployment(fixedGateway), pod('a'), unready(5_000, nowMs)],
    ],
    ['its pods are on the target already', () => [deployment(), pod('a', { injected: '1-32' })]],
    ['it is of another batch', () => [deployment({ namespace: 'cart' }), pod('a', { namespace: 'cart' })]],
  ])('is not waited for where %s', async (_, objects) => {
    expect((await settle(objects)).waitedMs).toBe(0);
  });
});
