import { describe, expect, it } from 'vitest';
import { API_GATEWAY, type KubeObject, NAMESPACE, type ObjectMeta, POD, type PodObject } from '../../src/mesh/kinds.ts';
import { unlessContested } from '../../src/phases/contested.ts';
import { rollBack } from '../../src/phases/roll-back.ts';
import { writeLabels } from '../../src/phases/write-labels.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { ApiError, Interrupted } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { drive } from '../../src/upgrade.ts';
import { aJournal, aPlan, aPlannedNamespace, aVerdict } from '../builders/plan.ts';
import { rawGateway, rawInjector, rawIstiod, rawNamespace, rawPod, rawTag, rawWorkload } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory, tagged } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const OURS = '2026-11-20T12:00:00.000Z';
const settings = { rolloutTimeoutMs: 60_000, maxRestarting: 20, actor: 'octocat' };
const pod = (injected: string | null, name: string, annotations = {}): PodObject => ({
  ...rawPod({ injected, name, annotations }),
  apiVersion: 'v1',
  kind: 'Pod',
});

const rolledBack = async (cluster: FakeCluster, over: Partial<Journal> = {}) => {
  const journal = aJournal({
    state: 'rolling-back',
    decision: { scope: 'all', reason: 'it failed', by: 'octocat', at: OURS },
    batches: [{ number: 1, status: 'failed', restartedAt: OURS }],
    ...over,
  });
  const { session } = fakeSession(cluster, journal);
  const result = await rollBack(session, settings);
  const { leftOver, restartAgain } = session.journal();
  return { ...result, leftOver, restartAgain };
};

/** One Deployment that follows the tag, and is on the source again, as `after`, when it is restarted. */
function aDeployment(injected: string | null, restartedAt: string, after = pod('1-31', 'after')) {
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
    const availableReplicas = after.status?.conditions?.[0]?.status === 'True' ? 1 : 0;
    cluster.put({ ...object, status: { ...workload.status, observedGeneration: generation, availableReplicas } });
    cluster.remove({ kind: POD, namespace: 'payments', name: 'before' });
    cluster.put(after);
  };
  return cluster;
}

async function restartsOf(injected: string | null, restartedAt: string, over: Partial<Journal> = {}): Promise<number> {
  const cluster = aDeployment(injected, restartedAt);
  expect((await rolledBack(cluster, over)).outcome.kind).toBe('done');
  return cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment').length;
}

describe('a rollback restarts', () => {
  it.each([
    ['what runs on the target', '1-32', OURS, 1],
    ['what lost its sidecar when we restarted it', null, OURS, 1],
    ['what came back on yet another revision when we restarted it', '1-30', OURS, 1],
    ['nothing that never had one', null, '2026-11-01T12:00:00.000Z', 0],
    ['nothing that is on the source', '1-31', OURS, 0],
  ])('%s', async (_what, injected, restartedAt, restarts) => {
    expect(await restartsOf(injected, restartedAt)).toBe(restarts);
  });

  it.each([
    ['lost its sidecar', null],
    ['is on the target still', '1-32'],
  ])('once more what %s by a restart of the rollback itself', async (_what, injected) => {
    const vain = '2026-11-20T12:30:00.000Z';
    const restartAgain = [{ by: 'rollback', at: '2026-11-20T12:31:00.000Z' }] as const;
    expect(await restartsOf(injected, vain, { rollbackRestartedAt: vain, restartAgain })).toBe(1);
  });

  it.each([
    ['has no sidecar', null],
    ['came on the target', '1-32'],
  ])('once more what its own restart made before it was stopped, and %s', async (_what, injected) => {
    const vain = '2026-11-20T12:30:00.000Z';
    const cluster = aDeployment(injected, vain);
    cluster.put(pod(injected, 'before', { 'kubectl.kubernetes.io/restartedAt': vain }));
    const { outcome, restartAgain } = await rolledBack(cluster, { rollbackRestartedAt: vain });
    expect(outcome.kind).toBe('done');
    expect(restartAgain).toMatchObject([{ by: 'rollback' }]);
  });
});

describe('what is on the source again and does not get ready', () => {
  const unready = [{ type: 'Ready', status: 'False' }];

  it('is named where it is its own fault, and the rollback is finished', async () => {
    const over = { name: 'after', waiting: { app: 'CrashLoopBackOff' }, conditions: unready };
    const after = { ...rawPod(over), apiVersion: 'v1', kind: 'Pod' };
    const { outcome, namespaces, opened, leftOver } = await rolledBack(aDeployment('1-32', OURS, after));
    expect(outcome).toEqual({ kind: 'done', workloads: 1, pods: 1 });
    expect(namespaces).toEqual(['payments']);
    expect([...opened.keys()]).toEqual(['payments/api', 'payments']);
    const text = expect.stringMatching(
      /^Deployment payments\/api: 0 of 1 .*pod after: container app crash-loops \(after 10m1s\); it is on 1-31, and its proxy is not to blame/u,
    );
    expect(leftOver).toEqual([{ by: 'rollback', text }]);
  });

  it('keeps the rollback from its end where it is the proxy', async () => {
    const after = { ...rawPod({ name: 'after', ready: false }), apiVersion: 'v1', kind: 'Pod' };
    const { outcome, leftOver } = await rolledBack(aDeployment('1-32', OURS, after));
    expect(outcome).toMatchObject({ kind: 'failed', reasonCode: 'proxy-not-ready' });
    expect(leftOver).toEqual([]);
  });
});

const edge = (injected: string, ready = true): PodObject => ({
  ...rawPod({ namespace: 'edge', name: injected, owner: { kind: 'Deployment', name: 'web-istio' }, injected, ready }),
  apiVersion: 'v1',
  kind: 'Pod',
});

/** The tag is on the target; `gone`: as it goes back, istiod takes the pods of the target away. */
async function wentBack(labels: Readonly<Record<string, string>>, gone: 'at once' | 'later' | 'never') {
  const cluster = meshInMemory(
    [
      { ...rawNamespace('edge'), apiVersion: 'v1', kind: 'Namespace' },
      { ...rawGateway({ namespace: 'edge', labels }), apiVersion: API_GATEWAY.apiVersion, kind: API_GATEWAY.kind },
      {
        ...rawWorkload({
          namespace: 'edge',
          name: 'web-istio',
          replicas: 1,
          labels: {
            'gateway.networking.k8s.io/gateway-name': 'web',
            'gateway.istio.io/managed': 'istio.io-gateway-controller',
          },
          templateLabels: { 'sidecar.istio.io/inject': 'false' },
        }),
        apiVersion: 'apps/v1',
        kind: 'Deployment',
      },
      edge('1-31'),
      edge('1-32', false),
    ],
    tagged('1-32'),
  );
  const take = (): void => {
    cluster.remove({ kind: POD, namespace: 'edge', name: '1-32' });
  };
  let followed = false;
  cluster.onWrite = ({ object }) => {
    if (gone === 'at once' && object.kind === 'MutatingWebhookConfiguration') take();
  };
  const gateway = { kind: 'gateway-api', namespace: 'edge', name: 'web', movedBy: 'tag', from: null } as const;
  const journal = aJournal({
    plan: aPlan([], { gateways: [gateway] }),
    state: 'rolling-back',
    decision: { scope: 'all', reason: 'it failed', by: 'octocat', at: OURS },
    written: [{ kind: 'tag', tag: 'default', from: '1-31', to: '1-32' }],
  });
  const { session } = fakeSession(cluster, journal);
  const { clock } = session.world;
  const sleep = clock.sleep.bind(clock);
  clock.sleep = async (...given) => {
    followed = true;
    if (gone === 'later') take();
    return sleep(...given);
  };
  const { outcome, namespaces } = await rollBack(session, settings);
  return { outcome, namespaces, followed };
}

describe('Gateway API gateways, which roll by themselves', () => {
  it('are waited for, and judged', async () => {
    expect(await wentBack({}, 'later')).toEqual({
      outcome: { kind: 'done', workloads: 1, pods: 1 },
      namespaces: ['edge'],
      followed: true,
    });
  });
  it('are judged where they are back before anybody could wait', async () => {
    expect(await wentBack({}, 'at once')).toMatchObject({ outcome: { kind: 'done' }, namespaces: ['edge'] });
  });
  it('are neither where their own label keeps them', async () => {
    expect(await wentBack({ 'istio.io/rev': '1-32' }, 'never')).toMatchObject({
      outcome: { kind: 'done', workloads: 0 },
      namespaces: [],
    });
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

describe('a source that cannot inject', () => {
  const label = { 'istio.io/rev': { from: '1-31', to: '1-32' } };
  const object = { kind: 'Namespace', name: 'payments' } as const;
  /** `upAfterMs`: when its istiod becomes available; absent: never. */
  function aDeadSource(scope: 'all' | 'batch', over: Parameters<typeof meshInMemory>[1] = {}, upAfterMs?: number) {
    const down = rawIstiod('1-31', '1.31.0', { available: 0 });
    const cluster = meshInMemory([namespace('payments', '1-32')], {
      ...tagged('1-32'),
      deployments: [down, rawIstiod('1-32', '1.32.0')],
      ...over,
    });
    const journal = aJournal({
      plan: aPlan([[]], {
        batches: [
          {
            number: 1,
            namespaces: [
              aPlannedNamespace('payments', { move: 'pinned-to-source', original: { injection: null, rev: '1-31' } }),
            ],
          },
        ],
      }),
      state: 'rolling-back',
      decision: { scope, reason: 'it failed', by: 'octocat', at: OURS, ...(scope === 'batch' ? { batch: 1 } : {}) },
      written: [
        { kind: 'tag', tag: 'default', from: '1-31', to: '1-32' },
        { kind: 'labels', object, where: 'metadata', labels: label },
      ],
    });
    const faked = fakeSession(cluster, journal);
    const { clock } = faked.session.world;
    const begun = clock.now();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (...given) => {
      await sleep(...given);
      if (upAfterMs !== undefined && clock.now() - begun >= upAfterMs)
        cluster.put({ ...rawIstiod('1-31', '1.31.0'), apiVersion: 'apps/v1', kind: 'Deployment' });
    };
    const writes = () => cluster.requests.filter(({ verb }) => verb !== 'get' && verb !== 'list');
    return { ...faked, cluster, journal, writes };
  }

  it.each([
    ['all', {}, 'Deployment istiod-1-31, 1 wanted'],
    ['batch', {}, 'Deployment istiod-1-31, 1 wanted'],
    ['all', { deployments: [rawIstiod('1-32', '1.32.0')] }, 'no Deployment with app=istiod and its label'],
    [
      'all',
      { deployments: [rawIstiod('1-31', '1.31.0', { replicas: 0 }), rawIstiod('1-32', '1.32.0')] },
      'Deployment istiod-1-31, 0 wanted',
    ],
    ['all', { mutating: [rawInjector('1-32'), rawTag('default', '1-32')] }, 'it has no injector'],
  ] as const)(
    'keeps a rollback (scope %s) from its first write, as long as rollout-timeout',
    async (scope, over, seen) => {
      const { session, saves, writes, log } = aDeadSource(scope, over);
      expect((await rollBack(session, settings)).outcome).toEqual({
        kind: 'no-source',
        reason: `istiod 1-31 had no available replica for 1m (${seen})`,
      });
      expect(writes()).toEqual([]);
      expect(saves).toEqual([]);
      expect(log.lines).toContainEqual(
        expect.stringMatching(/^waiting for istiod 1-31 to have an available replica, .* since \d\d s$/u),
      );
    },
  );

  it.each(['all', 'batch'] as const)('is waited for, then the rollback goes on (scope %s)', async (scope) => {
    const { session, cluster } = aDeadSource(scope, {}, 30_000);
    expect((await rollBack(session, settings)).outcome.kind).toBe('done');
    expect(cluster.peek(NAMESPACE, 'payments')?.metadata.labels).toMatchObject(rev('1-31'));
  });

  it('is waited for no longer than the run may go on', async () => {
    const { session, stop, writes } = aDeadSource('all');
    stop.abort(new Interrupted('SIGINT asked this run to stop'));
    await expect(rollBack(session, settings)).rejects.toThrow('SIGINT asked this run to stop');
    expect(writes()).toEqual([]);
  });

  it.each(['upgrade', 'rollback'] as const)('ends `%s` as broken, and the decision stays', async (command) => {
    const { session } = aDeadSource('all');
    const ending = await drive({ session, command, settings });
    expect(ending).toMatchObject({ kind: 'broken', reasonCode: 'rollback-unfinished', resumeCommand: command });
    expect(ending.sentence).toMatch(/^the rollback to 1-31 waits: istiod 1-31 had no available replica for 1m/u);
    expect(ending.next).toMatch(/^Bring istiod 1-31 up with at least one replica, then run `/u);
    expect(session.journal()).toMatchObject({ state: 'rolling-back', decision: { scope: 'all' } });
  });
});

it('a tag that somebody else moved to the target is named: what follows it does not come back', async () => {
  const cluster = meshInMemory([], tagged('1-32'));
  const { leftOver } = await rolledBack(cluster);
  const text = 'tag default points to 1-32, which istio-ci changed: it is left as it is';
  expect(leftOver).toEqual([{ by: 'rollback', text }]);
});
