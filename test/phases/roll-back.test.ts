import { describe, expect, it } from 'vitest';
import { type KubeObject, NAMESPACE, type ObjectMeta, POD, type PodObject } from '../../src/mesh/kinds.ts';
import { unlessContested } from '../../src/phases/contested.ts';
import { rollBack } from '../../src/phases/roll-back.ts';
import { writeLabels } from '../../src/phases/write-labels.ts';
import { ApiError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { aJournal, aPlan, aPlannedNamespace, aVerdict } from '../builders/plan.ts';
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

const by = (manager: string, fieldsV1: JsonObject) => ({ meta: { managedFields: [{ manager, fieldsV1 }] } });

describe('what somebody else has written since', () => {
  it('is left as it is, and told with who wrote it', async () => {
    const rev = { 'f:metadata': { 'f:labels': { 'f:istio.io/rev': {} } } };
    const namespace = rawNamespace('payments', {}, by('kubectl-label', rev).meta);
    const workload = rawWorkload({
      templateLabels: { 'istio.io/rev': '1-30' },
      ...by('argocd-controller', { 'f:spec': { 'f:template': rev } }),
    });
    const cluster = meshInMemory([
      { ...namespace, apiVersion: 'v1', kind: 'Namespace' },
      { ...workload, apiVersion: 'apps/v1', kind: 'Deployment' },
    ]);
    const labels = { 'istio.io/rev': { from: '1-31', to: '1-32' } };
    const journal = aJournal({
      state: 'rolling-back',
      decision: { scope: 'all', reason: 'it failed', by: 'octocat', at: OURS },
      written: [
        { kind: 'labels', object: { kind: 'Namespace', name: 'payments' }, where: 'metadata', labels },
        {
          kind: 'labels',
          object: { kind: 'Deployment', namespace: 'payments', name: workload.metadata.name },
          where: 'template',
          labels,
        },
      ],
    });
    const { session } = fakeSession(cluster, journal);
    await rollBack(session, settings);
    expect(session.journal().leftOver?.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'Namespace payments: istio.io/rev is absent, which kubectl-label changed: it is left as it is',
        `Deployment payments/${workload.metadata.name}: istio.io/rev is 1-30, which argocd-controller changed: it is left as it is`,
      ]),
    );
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
  });
});

const rev = (value: string) => ({ 'istio.io/rev': value });
const podIn = (of: string, injected: string, name: string): PodObject => ({
  ...rawPod({ namespace: of, injected, name }),
  apiVersion: 'v1',
  kind: 'Pod',
});
const namespace = (name: string, value: string) => ({
  ...rawNamespace(name, rev(value)),
  apiVersion: 'v1',
  kind: 'Namespace',
});
const heldBy = ({ metadata }: KubeObject): ObjectMeta => ({
  ...metadata,
  labels: rev('1-32'),
  managedFields: [{ manager: 'capsule', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:istio.io/rev': {} } } } }],
});

describe('a namespace that cannot go back', () => {
  const NAMES = ['denied', 'fought', 'free'];
  /** Three namespaces on the target: one is denied, one is put back by a webhook, one is nobody's. */
  function aFight() {
    const workloads = NAMES.map((of) => ({
      ...rawWorkload({ namespace: of, replicas: 1 }),
      apiVersion: 'apps/v1',
      kind: 'Deployment',
    }));
    const cluster = meshInMemory([
      ...NAMES.map((name) => namespace(name, '1-32')),
      ...workloads,
      ...NAMES.map((of) => podIn(of, '1-32', `${of}-before`)),
    ]);
    cluster.before = ({ verb, kind, name }) => {
      if (verb === 'patch' && kind === 'Namespace' && name === 'denied')
        throw new ApiError('patch Namespace denied: 403 Forbidden: by policy', { status: 403, reason: 'Forbidden' });
    };
    cluster.admit = (object) =>
      object.metadata.name === 'fought' ? { ...namespace('fought', '1-32'), metadata: heldBy(object) } : object;
    cluster.onWrite = ({ verb, object }) => {
      const { namespace: of = '', generation = 0 } = object.metadata;
      if (verb !== 'patch' || object.kind !== 'Deployment') return;
      cluster.put({ ...object, status: { ...workloads[0]?.status, observedGeneration: generation } });
      cluster.remove({ kind: POD, namespace: of, name: `${of}-before` });
      cluster.put(podIn(of, '1-31', `${of}-after`));
    };
    return cluster;
  }

  it.each(['all', 'batch'] as const)('is named and keeps no other from it (scope %s)', async (scope) => {
    const cluster = aFight();
    const plan = aPlan([[]], {
      batches: [
        {
          number: 1,
          namespaces: NAMES.map((name) =>
            aPlannedNamespace(name, { move: 'pinned-to-source', original: { injection: null, rev: '1-31' } }),
          ),
        },
      ],
    });
    const journal = aJournal({
      plan,
      state: 'rolling-back',
      decision: { scope, reason: 'it failed', by: 'octocat', at: OURS, ...(scope === 'batch' ? { batch: 1 } : {}) },
      batches: [{ number: 1, status: 'failed', restartedAt: OURS }],
      written: NAMES.map((name) => ({
        kind: 'labels',
        object: { kind: 'Namespace', name },
        where: 'metadata',
        labels: { 'istio.io/rev': { from: '1-31', to: '1-32' } },
      })),
    });
    const { session } = fakeSession(cluster, journal);
    const { outcome, namespaces } = await rollBack(session, settings);
    expect(outcome).toEqual({ kind: 'done', workloads: 1, pods: 1 });
    expect(namespaces).toEqual(['free']);
    expect(cluster.peek(NAMESPACE, 'free')?.metadata.labels).toMatchObject(rev('1-31'));
    expect(cluster.all(POD).map(({ metadata }) => metadata.name)).toEqual([
      'denied-before',
      'fought-before',
      'free-after',
    ]);
    expect(session.journal().leftOver?.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^Namespace denied: istio\.io\/rev: 1-32 → 1-31 is refused \(.* 403 Forbidden: by policy\);/u,
      ),
      expect.stringMatching(
        /^Namespace fought: istio\.io\/rev is 1-32 again, .*; capsule wrote it; it is left as it is/u,
      ),
    ]);
  });

  it('does not look fought over when its batch is tried again', async () => {
    const cluster = aFight();
    const { session } = fakeSession(cluster);
    await writeLabels(session, NAMESPACE, [{ name: 'denied', labels: rev('1-31') }], 'tell');
    const verdict = aVerdict();
    expect(await unlessContested(session, ['denied'], verdict)).toBe(verdict);
  });
});
