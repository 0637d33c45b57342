import { describe, expect, it } from 'vitest';
import { obstacleTo } from '../../src/phases/may-begin.ts';
import { worstBatchMs } from '../../src/plan/time-needed.ts';
import { ApiError, Interrupted } from '../../src/shared/errors.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { rawNamespace, rawPod, rawWorkload } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const plan = aPlan([['payments']]);
const settings = { rolloutTimeoutMs: 60_000, maxRestarting: 20, actor: 'octocat' };
/** Its Deployment has ten minutes, by Kubernetes' own word. */
const worst = worstBatchMs(plan, 1, { ...settings, deadlines: new Map([['payments', 600_000]]) });

async function obstacle(
  cluster: FakeCluster,
  left: { readonly credentialsMs?: number; readonly deadlineMs?: number } = {},
): ReturnType<typeof obstacleTo> {
  const { session } = fakeSession(cluster, aJournal({ plan }));
  const now = session.world.clock.now();
  if (left.credentialsMs !== undefined) cluster.credentials = { endMs: now + left.credentialsMs };
  const [batch] = plan.batches;
  if (batch === undefined) throw new Error('the plan has a batch');
  return obstacleTo(session, batch, settings, left.deadlineMs === undefined ? undefined : now + left.deadlineMs);
}
const api = { apiVersion: 'apps/v1', kind: 'Deployment', ...rawWorkload({ name: 'api' }) };
const ledger = { apiVersion: 'apps/v1', kind: 'StatefulSet', ...rawWorkload({ name: 'ledger', kind: 'StatefulSet' }) };
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  ...rawNamespace('payments', { 'istio-injection': 'enabled' }),
};
const withWorkload = (): FakeCluster => meshInMemory([namespace, api]);

describe('the gateways', () => {
  const gateway = { apiVersion: 'apps/v1', kind: 'Deployment', ...rawWorkload({ name: 'gateway' }) };
  const planned = aPlan([], {
    gateways: [{ kind: 'restart', workload: { kind: 'Deployment', namespace: 'payments', name: 'gateway' } }],
  });

  it('are asked about like a batch, and nobody beside them is', async () => {
    const cluster = meshInMemory([namespace, api, gateway]);
    const { session } = fakeSession(cluster, aJournal({ plan: planned }));
    cluster.before = ({ verb }) => {
      if (verb === 'patch') throw new ApiError('denied by frozen-zone', { status: 403, reason: '' });
    };
    expect(await obstacleTo(session, 'gateways', settings, undefined)).toEqual({
      kind: 'write-refused',
      reason: 'a dry-run restart of Deployment payments/gateway is refused: denied by frozen-zone',
    });
    expect(await obstacleTo(session, 'gateways', settings, session.world.clock.now())).toMatchObject({
      kind: 'out-of-time',
    });
  });
});

describe('a batch', () => {
  it('may begin where time, credentials and API server allow it, and nothing was written', async () => {
    const cluster = withWorkload();
    expect(await obstacle(cluster, { credentialsMs: worst, deadlineMs: worst })).toBeUndefined();
    expect(cluster.requests.filter(({ verb }) => verb === 'patch').map(({ dryRun }) => dryRun)).toEqual([true]);
  });

  it('may begin where it has no workloads', async () => {
    expect(await obstacle(new FakeCluster())).toBeUndefined();
  });

  it.each([
    [{ credentialsMs: worst - 1 }, 'credentials'],
    [{ deadlineMs: worst - 1 }, 'max-duration'],
  ] as const)('is not begun with %j left', async (left, limit) => {
    expect(await obstacle(withWorkload(), left)).toEqual({ kind: 'out-of-time', limit });
  });

  it('has time enough where only what is not in the mesh may take longer', async () => {
    const outside = { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('payments') };
    const left = worstBatchMs(plan, 1, { ...settings, deadlines: new Map() });
    expect(await obstacle(meshInMemory([outside, api]), { deadlineMs: left })).toBeUndefined();
  });

  it('is not begun where a policy refuses the restart, and the policy is heard', async () => {
    const cluster = withWorkload();
    cluster.before = ({ verb }) => {
      if (verb === 'patch')
        throw new ApiError('patch: 403 Forbidden: denied by frozen-zone', { status: 403, reason: '' });
    };
    expect(await obstacle(cluster)).toEqual({
      kind: 'write-refused',
      reason: 'a dry-run restart of Deployment payments/api is refused: patch: 403 Forbidden: denied by frozen-zone',
    });
  });

  it.each([
    [401, 'the credentials have run out'],
    [408, 'the API server had no time'],
    [429, 'the API server has too much to do'],
    [500, 'the API server is broken'],
    [0, 'nobody answers'],
  ])('is not judged on a %i: %s', async (status) => {
    const cluster = withWorkload();
    cluster.before = ({ verb }) => {
      if (verb === 'patch') throw new ApiError('patch', { status, reason: '' });
    };
    await expect(obstacle(cluster)).rejects.toMatchObject({ status });
  });

  it.each([
    ['is not in the mesh', { templateLabels: { 'sidecar.istio.io/inject': 'false' } }],
    ['is scaled to zero', { replicas: 0 }],
  ])('asks about no workload that %s, for it would restart none', async (_what, over) => {
    const other = { ...api, ...rawWorkload({ name: 'aaa', ...over }) };
    const cluster = meshInMemory([namespace, other, api]);
    expect(await obstacle(cluster)).toBeUndefined();
    expect(cluster.requests.filter(({ verb }) => verb === 'patch').map(({ name }) => name)).toEqual(['api']);
  });

  describe('whose namespaces are relabelled', () => {
    const other = { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('web', { 'istio-injection': 'enabled' }) };
    const relabel = aPlan([['web', 'payments']], { strategy: 'relabel' });
    const asked = async (cluster: FakeCluster): Promise<unknown> => {
      const { session } = fakeSession(cluster, aJournal({ plan: relabel }));
      const [batch] = relabel.batches;
      return batch && obstacleTo(session, batch, settings, undefined);
    };

    it('is tried with the labels of each, and with one restart in each, and none of it is written', async () => {
      const cluster = meshInMemory([namespace, other, api, ledger]);
      expect(await asked(cluster)).toBeUndefined();
      const patches = cluster.requests.filter(({ verb }) => verb === 'patch');
      expect(patches.map(({ kind, name }) => `${kind} ${name ?? ''}`)).toEqual([
        'Namespace web',
        'Namespace payments',
        'Deployment api',
      ]);
      expect(patches.every(({ dryRun }) => dryRun)).toBe(true);
      expect(patches[0]?.body).toEqual({ metadata: { labels: { 'istio-injection': null, 'istio.io/rev': '1-32' } } });
    });

    it('is not begun where a policy keeps the labels of one, though it has no workload to restart', async () => {
      const cluster = meshInMemory([namespace, other]);
      cluster.before = ({ verb, name }) => {
        if (verb === 'patch' && name === 'payments') throw new ApiError('denied', { status: 403, reason: '' });
      };
      expect(await asked(cluster)).toEqual({
        kind: 'write-refused',
        reason: 'a dry-run label change of Namespace payments is refused: denied',
      });
    });

    it('asks nothing of a namespace that somebody else relabelled: it is left alone', async () => {
      const theirs = { ...namespace, metadata: { ...namespace.metadata, labels: { 'istio.io/rev': '1-30' } } };
      const cluster = meshInMemory([theirs]);
      expect(await asked(cluster)).toBeUndefined();
      expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
    });

    it('asks of no namespace that has its labels already, or is gone', async () => {
      const cluster = meshInMemory([
        { ...namespace, metadata: { ...namespace.metadata, labels: { 'istio.io/rev': '1-32' } } },
      ]);
      expect(await asked(cluster)).toBeUndefined();
      expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
    });
  });

  it('asks about no workload that is on the target already: nothing of it will be written', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...rawPod({ owner: { kind: 'Deployment', name: 'api' }, injected: '1-32' }),
    };
    const cluster = meshInMemory([namespace, api, pod]);
    expect(await obstacle(cluster)).toBeUndefined();
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });

  it('stops asking when the run is told to', async () => {
    const cluster = withWorkload();
    const { session, stop } = fakeSession(cluster, aJournal({ plan }));
    const [batch] = plan.batches;
    stop.abort(new Interrupted('SIGINT asked this run to stop'));
    if (batch === undefined) throw new Error('the plan has a batch');
    await expect(obstacleTo(session, batch, settings, undefined)).rejects.toThrow('SIGINT');
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });

  it('tries another workload where the first one has just gone', async () => {
    const cluster = meshInMemory([namespace, api, ledger]);
    cluster.before = ({ verb, name }) => {
      if (verb === 'patch' && name === 'api') throw new ApiError('patch', { status: 404, reason: 'NotFound' });
    };
    expect(await obstacle(cluster)).toBeUndefined();
    expect(cluster.requests.at(-1)).toMatchObject({ verb: 'patch', kind: 'StatefulSet', name: 'ledger', dryRun: true });
  });
});
