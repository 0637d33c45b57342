// A batch that moves while the gate already looks: what stops it, and what does not?
import { expect, it } from 'vitest';
import { DEPLOYMENT, MUTATING, NAMESPACE, POD } from '../../src/mesh/kinds.ts';
import { upgradeBatch } from '../../src/phases/upgrade-namespaces.ts';
import type { BatchRecord } from '../../src/plan/journal.ts';
import { aJournal, aPlan, aPlannedBatch, TAG_MOVED } from '../builders/plan.ts';
import { minutes, since, START } from '../builders/gate-run.ts';
import { rawTag, rawWorkload } from '../builders/raw.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type FakeOptions, FakePrometheus, type Flow } from '../fakes/prometheus.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { MOVING, movingMesh, podOf } from '../fakes/moving-mesh.ts';
import { fakeSession } from '../fakes/session.ts';

/** `eachSecond` is asked before every second that passes. */
async function upgraded(
  flows: readonly Flow[],
  eachSecond: (nowMs: number, cluster: FakeCluster) => void = () => {},
  passed: readonly BatchRecord[] = [],
  {
    trouble,
    restartedAt,
    ...accepted
  }: Pick<FakeOptions, 'trouble'> & { readonly acceptHold?: string; readonly restartedAt?: string } = {},
) {
  const clock = new ManualClock(START);
  const cluster = movingMesh(clock);
  const plan = aPlan([...passed.map(() => ['cart']), MOVING], { gate: settingsWith() });
  const number = plan.batches.length;
  const batches: readonly BatchRecord[] = [
    ...passed,
    { number, status: 'open', ...(restartedAt === undefined ? {} : { restartedAt }) },
  ];
  const { session } = fakeSession(cluster, aJournal({ plan, tag: 'done', batches, written: TAG_MOVED }));
  const world = {
    ...session.world,
    clock,
    prometheus: new FakePrometheus({ flows, ...(trouble === undefined ? {} : { trouble }) }),
  };
  const settings = { rolloutTimeoutMs: minutes(60), maxRestarting: 1, actor: 'octocat', ...accepted };
  const over = new AbortController();
  const batch = upgradeBatch({ ...session, world }, aPlannedBatch(number, MOVING), settings).finally(() =>
    over.abort(),
  );
  while (!over.signal.aborted) {
    eachSecond(clock.now(), cluster);
    await clock.advance(1_000);
  }
  const restarted = cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment');
  return {
    ...(await batch),
    restarted: restarted.map(({ namespace, name }) => `${namespace ?? ''}/${name}`),
  };
}
const toSlow: Flow = { from: 'web', to: 'slow', perSecond: 20 };

it('a FAIL stops further restarts', async () => {
  const { verdict, notRestarted, restarted } = await upgraded([
    { from: 'web', to: 'fast', perSecond: 20, failing: since(0.5) },
    toSlow,
  ]);
  expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
  expect(verdict.warnings.join()).toContain('when this was judged: Deployment slow/one');
  expect(restarted).toEqual(['fast/api', 'slow/one']);
  expect(notRestarted).toEqual(['Deployment slow/two']);
});

it('a tag that somebody takes back keeps a batch from passing: its pods would not stay', async () => {
  const { apiVersion, kind } = MUTATING;
  const taken = { ...rawTag('default', '1-31'), apiVersion, kind };
  const { verdict } = await upgraded([{ from: 'web', to: 'fast', perSecond: 20 }, toSlow], (nowMs, cluster) => {
    if (nowMs === START + minutes(3)) cluster.put(taken);
  });
  expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'contested' });
  expect(verdict.reason).toMatch(
    /^tag default points to 1-31, .* istio-ci changed it\. .*istioctl tag set default --revision 1-32/u,
  );
});

const unreachable: FakeOptions['trouble'] = () => ({ kind: 'unreachable', reason: 'connection refused' });

it.each([
  ['is accepted, restarts what is left', 'blind', 3],
  ['is not, stops further restarts', 'no-traffic', 2],
])('a HOLD on the way that %s', async (_what, acceptHold, restarts) => {
  const { verdict, restarted } = await upgraded([], undefined, [], { trouble: unreachable, acceptHold });
  expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
  expect(restarted).toHaveLength(restarts);
});

it('a namespace that is deleted on the way fails nothing, and the others pass', async () => {
  const goneMs = START + minutes(3);
  const stops = (atMs: number): number => (atMs > goneMs ? 0 : 20);
  const { verdict, notRestarted, restarted } = await upgraded(
    [{ from: 'web', to: 'fast', perSecond: stops }, toSlow],
    (nowMs, cluster) => {
      if (nowMs < goneMs) return;
      cluster.remove({ kind: DEPLOYMENT, namespace: 'fast', name: 'api' });
      cluster.remove({ kind: POD, namespace: 'fast', name: 'api-new' });
      cluster.remove({ kind: NAMESPACE, name: 'fast' });
    },
  );
  expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
  expect(restarted).toEqual(['fast/api', 'slow/one', 'slow/two']);
  expect(notRestarted).toBeUndefined();
});

it('what came without its sidecar is restarted once more by the next run, and named by none', async () => {
  const clock = new ManualClock(START);
  const cluster = movingMesh(clock);
  const play = cluster.onWrite;
  cluster.onWrite = (written) => {
    if (written.object.kind !== 'Deployment') return;
    cluster.remove({ kind: POD, namespace: 'fast', name: 'api-old' });
    cluster.put(podOf('fast', 'api', { name: 'api-new', injected: null }));
  };
  const plan = aPlan([['fast']], { gate: settingsWith() });
  const { session } = fakeSession(cluster, aJournal({ plan, tag: 'done', written: TAG_MOVED }));
  const flows = [{ from: 'web', to: 'fast', perSecond: 20 }];
  const world = { ...session.world, clock, prometheus: new FakePrometheus({ flows }) };
  const settings = { rolloutTimeoutMs: minutes(60), maxRestarting: 20, actor: 'octocat' };
  const verdictOfRun = async () => {
    const over = new AbortController();
    const run = upgradeBatch({ ...session, world }, aPlannedBatch(1, ['fast']), settings).finally(() => over.abort());
    while (!over.signal.aborted) await clock.advance(1_000);
    return (await run).verdict;
  };
  const verdict = await verdictOfRun();
  expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'sidecar-missing' });
  await session.world.clock.sleep(minutes(1));
  await session.record({ kind: 'batch', number: 1, status: 'held', verdict });
  cluster.onWrite = play;
  expect(await verdictOfRun()).toMatchObject({ kind: 'PASS' });
  expect(cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment')).toHaveLength(2);
  expect(session.journal().leftOver).toEqual([]);
});

it('a namespace that went bad between two batches fails the next one, although the hour before that shows it', async () => {
  const restartedAt = new Date(START - minutes(75)).toISOString();
  const cart: Flow = { from: 'web', to: 'cart', perSecond: 20, failing: since(0.1, START - minutes(55)) };
  const { verdict } = await upgraded([cart, { from: 'web', to: 'fast', perSecond: 20 }, toSlow], () => {}, [
    { number: 1, status: 'passed', restartedAt },
  ]);
  expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'relapse' });
  expect(verdict.units[0]).toMatchObject({ subject: 'cart', limit: 0.01, before: { errors: 0 } });
});

it('what came on another revision while nobody looked is restarted once more, and not waited for', async () => {
  const stamp = new Date(START - minutes(10)).toISOString();
  const annotations = { 'kubectl.kubernetes.io/restartedAt': stamp };
  const { verdict, restarted } = await upgraded(
    [{ from: 'web', to: 'fast', perSecond: 20 }, toSlow],
    (nowMs, cluster) => {
      if (nowMs !== START) return;
      cluster.put(podOf('fast', 'api', { annotations }));
      cluster.put({
        ...rawWorkload({ namespace: 'fast', name: 'api', replicas: 1, templateAnnotations: annotations }),
        apiVersion: 'apps/v1',
        kind: 'Deployment',
      });
    },
    [],
    { restartedAt: stamp },
  );
  expect(verdict).toMatchObject({ kind: 'PASS' });
  expect(restarted).toEqual(['fast/api', 'slow/one', 'slow/two']);
});
