import { beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_MAP, DEPLOYMENT, type KubeObject, POD, type WorkloadObject } from '../../src/mesh/kinds.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { clusterPortContract } from '../contract/cluster-port.ts';
import { FakeCluster } from './fake-cluster.ts';

clusterPortContract('The fake cluster', async () => ({
  port: new FakeCluster([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'test' } }]),
  namespace: 'test',
}));

describe('the fake cluster, for tests', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
  });
  const configMap = { metadata: { name: 'one', namespace: 'a' } };

  it('lets a test answer in the place of the API server', async () => {
    cluster.before = ({ verb }) => {
      if (verb === 'patch') throw new ApiError('patch: 500', { status: 500, reason: 'InternalError' });
    };
    await cluster.create(CONFIG_MAP, configMap);
    await expect(cluster.patch(CONFIG_MAP, { name: 'one', namespace: 'a' }, {})).rejects.toThrow('patch: 500');
  });

  it('lets a test play the controllers', async () => {
    cluster.onWrite = ({ object }) => {
      if (object.kind !== 'Deployment') return;
      const { generation = 0 } = object.metadata;
      cluster.put({ ...object, status: { observedGeneration: generation } } as KubeObject);
    };
    const spec: WorkloadObject['spec'] = { template: { spec: { containers: [] } } };
    await cluster.create(DEPLOYMENT, { metadata: { name: 'web', namespace: 'a' }, spec });
    await cluster.patch(DEPLOYMENT, { name: 'web', namespace: 'a' }, { spec: { paused: true } });
    const web = cluster.peek(DEPLOYMENT, 'web', 'a');
    expect(web?.metadata.generation).toBe(2);
    expect(web?.status?.observedGeneration).toBe(2);
  });

  it('lets a test play the injector, in dry runs too', async () => {
    cluster.admit = (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'istio.io/rev': '1-32' } },
    });
    const pod = await cluster.create(
      POD,
      { metadata: { name: 'probe', namespace: 'a' }, spec: { containers: [] } },
      { dryRun: true },
    );
    expect(pod.metadata.annotations).toEqual({ 'istio.io/rev': '1-32' });
    expect(cluster.all(POD)).toEqual([]);
  });

  it('takes away what a deleted object owns', async () => {
    const owner = cluster.put<KubeObject>({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'a' },
    });
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner.metadata.uid ?? '' }];
    cluster.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'a', ownerReferences } });
    await cluster.delete({ kind: DEPLOYMENT, name: 'web', namespace: 'a' });
    expect(cluster.all(POD)).toEqual([]);
  });

  it('makes followers list again when a test says so', async () => {
    const stop = new AbortController();
    const kinds: string[] = [];
    for await (const change of cluster.follow(CONFIG_MAP, {}, stop.signal)) {
      kinds.push(change.kind);
      if (kinds.length === 1) cluster.breakFollowers();
      else stop.abort();
    }
    expect(kinds).toEqual(['sync', 'sync']);
  });

  it('hands out copies: what a test does to them stays with the test', async () => {
    await cluster.create(CONFIG_MAP, { ...configMap, data: { a: '1' } });
    const mine = cluster.peek(CONFIG_MAP, 'one', 'a');
    Object.assign(mine ?? {}, { data: {} });
    expect(cluster.peek(CONFIG_MAP, 'one', 'a')?.data).toEqual({ a: '1' });
  });
});
