import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/mesh/kinds.ts';
import { settledMesh } from '../../src/phases/settled-mesh.ts';
import { rawPod, rawWorkload } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

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

/** Looks at `payments`; `mend` is called at each look but the first. */
async function settle(objects: (nowMs: number) => readonly KubeObject[], mend?: (cluster: FakeCluster) => void) {
  const cluster = new FakeCluster([]);
  const { session, log } = fakeSession(cluster);
  const { clock } = session.world;
  const beganMs = clock.now();
  for (const object of objects(beganMs)) cluster.put(object);
  const sleep = clock.sleep.bind(clock);
  clock.sleep = async (ms, signal) => {
    mend?.(cluster);
    return sleep(ms, signal);
  };
  const snapshot = await settledMesh(session, ({ ref }) => ref.namespace === 'payments', [STAMP]);
  const [workload] = snapshot.workloads;
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

  it.each([
    ['that a scaling has asked for and that is not created yet', () => [deployment(), pod('a')]],
    ['that is unready', (nowMs: number) => [deployment(), pod('a'), unready(5_000, nowMs)]],
  ])('is waited for no longer than two minutes where a pod %s stays away', async (_, objects) => {
    expect(await settle(objects)).toMatchObject({ immovable: 'unavailable-before', waitedMs: 120_000 });
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
    ['its pods are on the target already', () => [deployment(), pod('a', { injected: '1-32' })]],
    ['it is of another batch', () => [deployment({ namespace: 'cart' }), pod('a', { namespace: 'cart' })]],
  ])('is not waited for where %s', async (_, objects) => {
    expect((await settle(objects)).waitedMs).toBe(0);
  });
});
