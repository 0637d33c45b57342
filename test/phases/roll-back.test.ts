import { describe, expect, it } from 'vitest';
import { POD, type PodObject } from '../../src/mesh/kinds.ts';
import { rollBack } from '../../src/phases/roll-back.ts';
import { aJournal } from '../builders/plan.ts';
import { rawNamespace, rawPod, rawWorkload } from '../builders/raw.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const OURS = '2026-11-20T12:00:00.000Z';
const settings = { rolloutTimeoutMs: 60_000, maxRestarting: 20, actor: 'octocat' };
const pod = (injected: string | null, name: string): PodObject => ({
  ...rawPod({ injected, name }),
  apiVersion: 'v1',
  kind: 'Pod',
});

/** One Deployment that follows the tag, and is on the source again after its restart. */
async function restartsOf(injected: string | null, restartedAt: string): Promise<number> {
  const workload = rawWorkload({
    replicas: 1,
    templateAnnotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt },
  });
  const cluster = meshInMemory([
    { ...rawNamespace('payments', { 'istio-injection': 'enabled' }), apiVersion: 'v1', kind: 'Namespace' },
    { ...workload, apiVersion: 'apps/v1', kind: 'Deployment' },
    pod(injected, 'before'),
  ]);
  cluster.onWrite = ({ verb, object }) => {
    if (verb !== 'patch' || object.kind !== 'Deployment') return;
    const { generation = 0 } = object.metadata;
    cluster.put({ ...object, status: { ...workload.status, observedGeneration: generation } });
    cluster.remove({ kind: POD, namespace: 'payments', name: 'before' });
    cluster.put(pod('1-31', 'after'));
  };
  const journal = aJournal({
    state: 'rolling-back',
    decision: { scope: 'all', reason: 'it failed', by: 'octocat', at: OURS },
    batches: [{ number: 1, status: 'failed', restartedAt: OURS }],
  });
  const { outcome } = await rollBack(fakeSession(cluster, journal).session, settings);
  expect(outcome.kind).toBe('done');
  return cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment').length;
}

describe('a rollback restarts', () => {
  it.each([
    ['what runs on the target', '1-32', OURS, 1],
    ['what lost its sidecar when we restarted it', null, OURS, 1],
    ['nothing that never had one', null, '2026-11-01T12:00:00.000Z', 0],
    ['nothing that is on the source', '1-31', OURS, 0],
  ])('%s', async (_what, injected, restartedAt, restarts) => {
    expect(await restartsOf(injected, restartedAt)).toBe(restarts);
  });
});
