import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, EVENT, POD, type PodObject, type WorkloadObject } from '../../src/mesh/kinds.ts';
import { roll, type RollRequest } from '../../src/phases/roll.ts';
import { rolloutVerdict } from '../../src/phases/rollout-verdict.ts';
import type { Move } from '../../src/plan/moves.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawPod, rawWorkload } from '../builders/raw.ts';
import { TARGET } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const STAMP = '2026-11-24T12:00:00.000Z';
const names = ['api', 'web', 'worker'];
const moveRef = { kind: 'Deployment', namespace: 'payments' } as const;
const moves: readonly Move[] = names.map((name) => ({
  ref: { ...moveRef, name },
  how: { kind: 'restart' },
}));
const pod = (name: string, over: Parameters<typeof rawPod>[0] = {}): PodObject => ({
  ...rawPod({ owner: { kind: 'Deployment', name }, ...over }),
  apiVersion: 'v1',
  kind: 'Pod',
});
const deployment = (name: string): WorkloadObject => ({
  ...rawWorkload({ name, replicas: 1 }),
  apiVersion: 'apps/v1',
  kind: 'Deployment',
});

/** Deployments with one pod of the source each; `successor` is the pod that a restart brings, undefined for none. */
function aCluster(successor: (name: string) => PodObject | undefined): FakeCluster {
  const cluster = new FakeCluster(names.flatMap((name) => [deployment(name), pod(name)]));
  cluster.onWrite = ({ verb, object }) => {
    if (verb !== 'patch' || object.kind !== 'Deployment') return;
    const { name, generation = 0 } = object.metadata;
    const next = successor(name);
    const available = next?.status?.conditions?.[0]?.status === 'True' ? 1 : 0;
    cluster.put({
      ...object,
      status: {
        observedGeneration: generation,
        replicas: 1,
        updatedReplicas: next === undefined ? 0 : 1,
        readyReplicas: available,
        availableReplicas: available,
      },
    });
    cluster.remove({ kind: POD, namespace: 'payments', name: pod(name).metadata.name });
    if (next !== undefined) cluster.put(next);
  };
  return cluster;
}
const moved = (name: string, over: Parameters<typeof rawPod>[0] = {}): PodObject =>
  pod(name, { injected: '1-32', name: `${name}-new`, ...over });

async function rolling(cluster: FakeCluster, over: Partial<RollRequest> = {}) {
  const { session, log, stop } = fakeSession(cluster);
  const outcome = await roll(session, {
    title: 'payments',
    items: moves,
    expected: TARGET,
    restartedAt: STAMP,
    timeoutMs: 60_000,
    maxInFlight: 20,
    signal: new AbortController().signal,
    ...over,
  });
  return { outcome, log, stop };
}
const WAITING = { 'istio-init': 'PodInitializing', 'istio-proxy': 'PodInitializing', app: 'PodInitializing' };
const UNSCHEDULABLE = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: 'no node has room',
} as const;
const restartsOf = (cluster: FakeCluster) =>
  cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment');

describe('a rollout', () => {
  it('restarts every workload, follows it to the expected revision and tells when its namespace is done', async () => {
    const cluster = aCluster((name) => moved(name));
    const done: string[] = [];
    const { outcome, log } = await rolling(cluster, { onNamespaceDone: (namespace) => done.push(namespace) });
    expect(outcome).toEqual({ kind: 'done', workloads: 3, pods: 3 });
    expect(done).toEqual(['payments']);
    expect(log.lines.at(-1)).toBe('payments 3/3 workloads, 3/3 pods on 1-32');
  });

  it.each([
    {
      how: { kind: 'restart' },
      story: `kubectl.kubernetes.io/restartedAt: none → ${STAMP}`,
      reason: 'it never was restarted before',
    },
    {
      how: { kind: 'template-label', to: '1-32' },
      story: `istio.io/rev: none → 1-32, kubectl.kubernetes.io/restartedAt: none → ${STAMP}`,
      reason: 'its label moves it',
    },
  ] satisfies { how: Move['how']; story: string; reason: string }[])(
    'says of every write what was there and what is there now: $reason',
    async ({ how, story }) => {
      const items = moves.slice(0, 1).map((move) => ({ ...move, how }));
      const { log } = await rolling(
        aCluster((name) => moved(name)),
        { items },
      );
      expect(log.lines[0]).toBe(`Deployment payments/api: pod template ${story}, read back`);
    },
  );

  it('says the value of the last restart, and claims nothing that the API server does not confirm', async () => {
    const cluster = aCluster((name) => moved(name));
    await rolling(cluster);
    const again = '2026-11-25T12:00:00.000Z';
    const real = cluster.patch.bind(cluster);
    cluster.patch = async (kind, ref, patch) => {
      const object = await real(kind, ref, patch);
      return ref.name === 'web' ? { ...object, spec: { template: { spec: { containers: [] } } } } : object;
    };
    const { log } = await rolling(cluster, { restartedAt: again });
    const story = `pod template kubectl.kubernetes.io/restartedAt: ${STAMP} → ${again}`;
    expect(log.lines).toContain(`Deployment payments/api: ${story}, read back`);
    expect(log.lines).toContain(`Deployment payments/web: ${story}`);
  });

  it('keeps no more in flight than it may', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false }));
    await rolling(cluster, { maxInFlight: 2, timeoutMs: 5_000 });
    expect(restartsOf(cluster)).toHaveLength(2);
  });

  it('does not restart what already carries its stamp', async () => {
    const cluster = aCluster((name) => moved(name));
    await rolling(cluster);
    await rolling(cluster);
    expect(restartsOf(cluster)).toHaveLength(3);
  });

  it.each([
    {
      why: 'its proxy crash-loops',
      next: (name: string) => moved(name, { ready: false, waiting: { 'istio-proxy': 'CrashLoopBackOff' } }),
      reasonCode: 'proxy-not-ready',
    },
    {
      why: 'it has no sidecar',
      next: (name: string) => moved(name, { injected: null }),
      reasonCode: 'sidecar-missing',
    },
    {
      why: 'another revision injected it',
      next: (name: string) => moved(name, { injected: '1-31' }),
      reasonCode: 'wrong-revision',
    },
  ])('fails at once when a new pod is wrong: $why', async ({ next, reasonCode }) => {
    expect((await rolling(aCluster(next))).outcome).toMatchObject({ kind: 'failed', reasonCode });
  });

  it('is stuck, and blames nobody, when an application does not come up', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false, waiting: { app: 'CrashLoopBackOff' } }));
    const { outcome } = await rolling(cluster, { timeoutMs: 5_000 });
    expect(outcome).toMatchObject({ kind: 'stuck', reason: expect.stringContaining('container app crash-loops') });
  });

  it.each<[string, Parameters<typeof rawPod>[0] | undefined, string]>([
    ['a pod is unschedulable', { ready: false, waiting: WAITING, conditions: [UNSCHEDULABLE] }, 'no node has room'],
    ['no pod is created, as by a quota', undefined, '0 of 1 new pods have been created'],
    [
      'the image of an application cannot be pulled',
      { ready: false, waiting: { app: 'ImagePullBackOff' } },
      "the image of container app can't be pulled",
    ],
    [
      'an application crashes, on the source too',
      { ready: false, waiting: { app: 'CrashLoopBackOff' } },
      'container app crash-loops',
    ],
  ])('is HOLD (rollout-stuck), never a FAIL, where %s', async (_, over, said) => {
    const cluster = aCluster((name) => (over === undefined ? undefined : moved(name, over)));
    // The same ails a pod of the source that has not gone yet.
    if (over !== undefined) cluster.put(pod('api', { ...over, name: 'api-of-the-source' }));
    const { outcome } = await rolling(cluster, { timeoutMs: 5_000 });
    const verdict = rolloutVerdict(outcome, 0);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'rollout-stuck', reason: expect.stringContaining(said) });
  });

  it('is stuck, and says what for, where a pod is not even started', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false, waiting: WAITING }));
    cluster.put({
      apiVersion: EVENT.apiVersion,
      kind: EVENT.kind,
      metadata: { namespace: 'payments', name: 'event-1' },
      involvedObject: { kind: 'Pod', name: 'api-new' },
      type: 'Warning',
      reason: 'FailedMount',
      message: 'secret "db" not found',
      lastTimestamp: STAMP,
    } as const);
    const { outcome } = await rolling(cluster, { timeoutMs: 5_000 });
    expect(outcome).toMatchObject({
      kind: 'stuck',
      reason: expect.stringMatching(/pod api-new: its containers are not created yet: secret "db" not found \(after/),
    });
  });

  it('fails where a proxy was started and does not get ready', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false }));
    const { outcome } = await rolling(cluster, { timeoutMs: 5_000 });
    expect(outcome).toMatchObject({ kind: 'failed', reasonCode: 'proxy-not-ready' });
  });

  it.each([
    [5, '1m1s', 'a shorter deadline shortens nothing'],
    [3_600, '1h1s', 'its own deadline is longer'],
    [2_147_483_647, '1m1s', 'that value means no deadline'],
  ])('waits for progressDeadlineSeconds %i until %s, and says how long it was: %s', async (seconds, after, _why) => {
    const cluster = aCluster((name) => moved(name, { ready: false, waiting: { app: 'CrashLoopBackOff' } }));
    for (const name of names)
      cluster.put({
        ...deployment(name),
        spec: { ...deployment(name).spec, progressDeadlineSeconds: seconds },
      });
    const { outcome } = await rolling(cluster, { timeoutMs: 60_000 });
    expect(outcome).toMatchObject({ kind: 'stuck', reason: expect.stringMatching(`\\(after ${after}\\)$`) });
  });

  it('is stuck, and restarts nothing more, where a restart is denied', async () => {
    const cluster = aCluster((name) => moved(name));
    cluster.before = ({ verb, name }) => {
      if (verb === 'patch' && name === 'api')
        throw new ApiError(
          'patch Deployment payments/api: 403 Forbidden: admission webhook "policy" denied the request',
          {
            status: 403,
            reason: 'Forbidden',
          },
        );
    };
    const { outcome } = await rolling(cluster, { maxInFlight: 1 });
    expect(outcome).toMatchObject({
      kind: 'stuck',
      reason: expect.stringMatching(
        /admission webhook "policy".*; 2 workloads were not restarted yet: Deployment payments\/web, Deployment payments\/worker$/,
      ),
      notRestarted: ['Deployment payments/api', 'Deployment payments/web', 'Deployment payments/worker'],
    });
    expect(restartsOf(cluster)).toHaveLength(1);
  });

  it('takes a workload that is deleted meanwhile for done', async () => {
    const cluster = aCluster((name) => moved(name));
    cluster.remove({ kind: DEPLOYMENT, namespace: 'payments', name: 'web' });
    expect((await rolling(cluster)).outcome).toMatchObject({ kind: 'done' });
    expect(restartsOf(cluster)).toHaveLength(2);
  });

  it('starts nothing more once it was told to stop', async () => {
    const cluster = aCluster((name) => moved(name));
    expect((await rolling(cluster, { signal: AbortSignal.abort() })).outcome).toEqual({
      kind: 'stopped',
      notRestarted: names.map((name) => `Deployment payments/${name}`),
    });
    expect(restartsOf(cluster)).toEqual([]);
  });

  it('names what it did not restart where it ends early, and not what rolls by itself', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false, waiting: { app: 'CrashLoopBackOff' } }));
    const items = moves.map((move, index) => (index === 2 ? ({ ...move, how: { kind: 'await' } } as const) : move));
    const { outcome } = await rolling(cluster, { items, maxInFlight: 1, timeoutMs: 5_000 });
    expect(outcome).toMatchObject({
      kind: 'stuck',
      reason: expect.stringMatching(/; 1 workload was not restarted yet: Deployment payments\/web$/),
      notRestarted: ['Deployment payments/web'],
    });
  });
});

describe('a rollout that keeps going', () => {
  const keepGoing = { keepGoing: true, maxInFlight: 1, timeoutMs: 5_000 };
  const crashing = { ready: false, waiting: { 'istio-proxy': 'CrashLoopBackOff' } };

  it.each([400, 403, 422, 500])('restarts all others where one restart is refused with %i', async (status) => {
    const cluster = aCluster((name) => moved(name));
    cluster.before = ({ verb, name }) => {
      if (verb === 'patch' && name === 'api') throw new ApiError('the policy says no', { status, reason: 'Denied' });
    };
    const { outcome, log } = await rolling(cluster, keepGoing);
    const reason = 'Deployment payments/api may not be restarted: the policy says no';
    expect(outcome).toEqual({ kind: 'stuck', reason, notRestarted: ['Deployment payments/api'] });
    expect(restartsOf(cluster)).toHaveLength(3);
    expect(log.lines).toContain(`warning: payments goes on without it: ${reason}`);
  });

  it.each([
    { why: 'its proxy crash-loops', over: crashing, kind: 'failed' },
    { why: 'its image cannot be pulled', over: { ready: false, waiting: { app: 'ImagePullBackOff' } }, kind: 'stuck' },
  ])('restarts all others, and follows them, where one does not come up: $why', async ({ over, kind }) => {
    const cluster = aCluster((name) => moved(name, name === 'api' ? over : {}));
    const done: string[] = [];
    const { outcome } = await rolling(cluster, { ...keepGoing, onWorkloadDone: ({ name }) => done.push(name) });
    expect(outcome).toMatchObject({ kind, reason: expect.stringContaining('api') });
    expect(done).toEqual(['web', 'worker']);
    expect(outcome).not.toHaveProperty('notRestarted');
  });

  it('is done after its time with what is there and unwell for its own reasons, if it may, and tells it', async () => {
    const unwell = { waiting: { app: 'CrashLoopBackOff' }, conditions: [{ type: 'Ready', status: 'False' }] };
    const cluster = aCluster((name) => moved(name, name === 'api' ? unwell : {}));
    const [told, done]: [string[], string[]] = [[], []];
    const onWorkloadDone: RollRequest['onWorkloadDone'] = ({ name }) => done.push(name);
    const { outcome } = await rolling(cluster, {
      ...keepGoing,
      onWorkloadDone,
      onOwnFault: (sentence) => told.push(sentence),
    });
    expect(outcome).toEqual({ kind: 'done', workloads: 3, pods: 3 });
    expect(done.toSorted()).toEqual(names);
    expect(told).toEqual([expect.stringMatching(/^Deployment payments\/api: .*app crash-loops \(after 10m1s\)$/u)]);
    expect(
      (
        await rolling(
          aCluster((name) => moved(name, unwell)),
          keepGoing,
        )
      ).outcome.kind,
    ).toBe('stuck');
  });

  it('names each in trouble, what failed first', async () => {
    const cluster = aCluster((name) =>
      moved(name, name === 'web' ? crashing : { ready: false, waiting: { app: 'CrashLoopBackOff' } }),
    );
    const { outcome } = await rolling(cluster, keepGoing);
    expect(outcome).toMatchObject({
      kind: 'failed',
      reasonCode: 'proxy-not-ready',
      reason: expect.stringMatching(/^the proxy of pod payments\/web-new.*; Deployment payments\/api.*; .*\/worker/),
    });
  });

  it('names the first few, and how many more there are', async () => {
    const cluster = aCluster((name) => moved(name));
    cluster.before = ({ verb, name }) => {
      if (verb === 'patch') throw new ApiError(`no to ${name}`, { status: 403, reason: 'Forbidden' });
    };
    const many = Array.from({ length: 8 }, (_, index) => `app-${String(index)}`);
    for (const name of many) cluster.put(deployment(name));
    const items = many.map((name) => ({ ref: { ...moveRef, name }, how: { kind: 'restart' } }) as const);
    const { outcome } = await rolling(cluster, { ...keepGoing, items });
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/no to app-4; and 3 more$/) });
  });

  it('restarts nothing more of a namespace where a pod came without its sidecar, and says so', async () => {
    const cluster = aCluster((name) => moved(name, name === 'api' ? { injected: null } : {}));
    const inVain: string[] = [];
    const onInVain: RollRequest['onInVain'] = async ({ reasonCode }) => void inVain.push(reasonCode);
    const { outcome } = await rolling(cluster, { ...keepGoing, onInVain });
    expect(outcome).toMatchObject({
      kind: 'failed',
      reasonCode: 'sidecar-missing',
      notRestarted: ['Deployment payments/web', 'Deployment payments/worker'],
    });
    expect(inVain).toEqual(['sidecar-missing']);
    expect(restartsOf(cluster)).toHaveLength(1);
  });

  it('stops at once when it is told to, with what is in trouble', async () => {
    const cluster = aCluster((name) => moved(name, { ready: false, waiting: { app: 'CrashLoopBackOff' } }));
    const stop = new AbortController();
    cluster.before = ({ verb, name }) => {
      if (verb !== 'patch') return;
      if (name === 'api') throw new ApiError('the policy says no', { status: 403, reason: 'Forbidden' });
      stop.abort();
    };
    const { outcome } = await rolling(cluster, { ...keepGoing, signal: stop.signal });
    expect(outcome).toMatchObject({
      kind: 'stopped',
      unfinished: [expect.stringContaining('the policy says no'), expect.stringContaining('payments/web')],
      notRestarted: ['Deployment payments/api', 'Deployment payments/worker'],
    });
  });
});
