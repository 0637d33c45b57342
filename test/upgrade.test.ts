import { describe, expect, it } from 'vitest';
import { POD, type KubeObject, MUTATING } from '../src/mesh/kinds.ts';
import { completeUpgrade } from '../src/phases/complete-upgrade.ts';
import type { Session } from '../src/phases/session.ts';
import { soak } from '../src/phases/soak.ts';
import type { Journal } from '../src/plan/journal.ts';
import type { InstallerPort } from '../src/ports/installer.ts';
import { Interrupted, UnrenewedLease } from '../src/shared/errors.ts';
import { hourEnd } from '../src/slo/queries.ts';
import { drive, type Drive } from '../src/upgrade.ts';
import { aJournal, aMovedJournal, aPlan, aVerdict, TAG_MOVED } from './builders/plan.ts';
import { rawCronJob, rawIstiod, rawNamespace, rawPod, rawWorkload } from './builders/raw.ts';
import { FakePrometheus } from './fakes/prometheus.ts';
import { meshInMemory, tagged } from './fakes/run.ts';
import { fakeSession } from './fakes/session.ts';

const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const HOLD = aVerdict({ kind: 'HOLD', reasonCode: 'no-traffic' });
const FAIL = aVerdict({ kind: 'FAIL', reasonCode: 'error-rate' });
/** As a gate without Prometheus ends. */
const BLIND = { acceptHold: 'misconfigured' };

async function driven(
  command: Drive['command'],
  journal: Journal,
  more: { acceptHold?: string } = {},
  namespaces: readonly KubeObject[] = [],
) {
  const { session, log } = fakeSession(meshInMemory(namespaces, journal.tag === 'done' ? tagged('1-32') : {}), journal);
  const ending = await drive({ session, command, settings: { ...settings, ...more } });
  return { ending, journal: session.journal(), warnings: log.lines.filter((line) => line.startsWith('warning: ')) };
}

describe('a Helm release that is pending when the installation is gone on with', () => {
  const release = { name: 'istiod-1-32', namespace: 'istio-system', revision: '1', status: 'pending-install' };
  const at = '2026-10-01T12:00:00.000Z';

  it.each([
    ['is left alone where only the look before it had begun', 'install begun', 'was not installed'],
    ['is ours to end where the journal says that we were about to install', 'install 1-32 with helm', 'ended'],
  ])('%s', async (_what, text, message) => {
    const plan = aPlan([['payments']], { install: { kind: 'helm', args: [] } });
    const begun = aJournal({ plan, install: 'begun', timeline: [{ at, text }] });
    const { session } = fakeSession(meshInMemory([]), begun);
    const installer: InstallerPort = {
      ...session.world.installer,
      tool: async () => ({ kind: 'found', version: '4.2.3' }),
      pending: async () => ({ ...release, since: at, finish: ['rollback', release.name, release.revision] }),
      finish: async () => Promise.reject(new Error('ended')),
    };
    const there: Session = { ...session, world: { ...session.world, installer } };
    await expect(drive({ session: there, command: 'upgrade', settings })).rejects.toThrow(message);
  });
});

describe('a soak', () => {
  it('that ends in HOLD holds the upgrade, is named, and stays in the journal', async () => {
    const { ending, journal } = await driven('upgrade', aMovedJournal({ removeSource: 'keep' }));
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured', verdict: { kind: 'HOLD' } });
    expect(ending.sentence).toMatch(/^the soak is held: HOLD \(misconfigured\)/u);
    expect(journal).toMatchObject({ state: 'held', soak: 'begun', soakVerdict: { kind: 'HOLD' } });
  });

  it('whose HOLD is accepted passes, with who accepted it', async () => {
    const { ending, journal } = await driven('upgrade', aMovedJournal({ removeSource: 'keep' }), BLIND);
    expect(ending.kind).toBe('completed');
    expect(journal.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^soak HOLD: .* \(accepted by octocat\)$/u),
    );
  });
});

const aNamespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', ...rawNamespace(name) });

describe('what has moved', () => {
  const early = '2026-10-01T12:00:00.000Z';
  const journal = aMovedJournal({ strategy: 'relabel' }, { tag: 'pending', gatewaysRestartedAt: early });

  it.each([
    ['in the soak', async (session: Session) => soak(session)],
    ['after the tag has moved', async (session: Session) => completeUpgrade(session, settings)],
  ])('is compared with the hour before the first restart %s', async (_, judge) => {
    const { session } = fakeSession(meshInMemory([aNamespace('payments')]), journal);
    const prometheus = new FakePrometheus({ flows: [{ from: 'web', to: 'payments', perSecond: 5 }] });
    await judge({ ...session, world: { ...session.world, prometheus } });
    const hours = prometheus.asked.filter(({ query }) => query.startsWith('sum_over_time'));
    expect(hours.length).toBeGreaterThan(0);
    expect(new Set(hours.map(({ atMs }) => atMs))).toEqual(new Set([hourEnd(Date.parse(early))]));
  });
});

describe('after a FAIL, and a HOLD since', () => {
  it('the soak stays held, whatever HOLD is accepted', async () => {
    const held = aMovedJournal({ removeSource: 'keep' }, { soak: 'begun', soakVerdict: HOLD, failed: ['soak'] });
    expect((await driven('upgrade', held, BLIND)).ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
  });
});

describe('the end of a relabelled mesh', () => {
  const relabelled = aMovedJournal({ strategy: 'relabel', removeSource: 'keep' }, { tag: 'pending', soak: 'done' });

  it('is held where the gate cannot pass after the tag has moved', async () => {
    const { ending, journal } = await driven('complete', relabelled);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured', resumeCommand: 'complete' });
    expect(journal).toMatchObject({ state: 'held', tag: 'begun' });
  });

  it('goes on past a HOLD that is accepted, with the source kept as asked', async () => {
    const { ending, journal } = await driven('complete', relabelled, BLIND);
    expect(ending).toMatchObject({ kind: 'completed' });
    expect(ending.sentence).toContain('1-31 is kept, as asked');
    expect(journal).toMatchObject({ state: 'completed', tag: 'done', complete: 'done' });
    expect(journal.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^tag HOLD: .* \(accepted by octocat\)$/u),
    );
  });

  it('stays held past a FAIL, whatever HOLD is accepted', async () => {
    const { ending, journal } = await driven('complete', { ...relabelled, failed: ['tag'] }, BLIND);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
    expect(journal).toMatchObject({ state: 'held', tag: 'begun', tagVerdict: { kind: 'HOLD' }, failed: ['tag'] });
  });

  const failed = { ...relabelled, tag: 'begun', failed: ['tag'], tagVerdict: FAIL } as const;

  it('only moves the tag back, where a run was killed after its FAIL', async () => {
    const { session } = fakeSession(meshInMemory([], tagged('1-32')), failed);
    const ending = await drive({ session, command: 'complete', settings });
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'error-rate', verdict: { kind: 'FAIL' } });
    const { tag, state, timeline } = session.journal();
    expect({ tag, state }).toEqual({ tag: 'pending', state: 'held' });
    expect(timeline.filter(({ text }) => text.endsWith(' to 1-32'))).toEqual([]);
  });

  it('moves the tag back to no source that cannot inject, and says what FAILED', async () => {
    const deployments = [rawIstiod('1-31', '1.31.0', { available: 0 }), rawIstiod('1-32', '1.32.0')];
    const cluster = meshInMemory([], { ...tagged('1-32'), deployments });
    const { session } = fakeSession(cluster, failed);
    const ending = await drive({ session, command: 'complete', settings });
    expect(ending).toMatchObject({
      kind: 'broken',
      reasonCode: 'rollback-unfinished',
      resumeCommand: 'complete',
      verdict: { kind: 'FAIL' },
    });
    expect(ending.sentence).toContain(
      `tag default has to go back (${FAIL.reason}), but istiod 1-31 had no available replica for 1s (Deployment istiod-1-31, 1 wanted)`,
    );
    expect(ending.next).not.toMatch(/safe/u);
    expect(cluster.requests.filter(({ verb }) => verb === 'update')).toEqual([]);
  });

  it('asks nobody where there are only gateways', async () => {
    const { plan, ...rest } = relabelled;
    const gatewaysOnly = { ...rest, batches: [], plan: { ...plan, batches: [] } };
    expect((await driven('complete', gatewaysOnly)).ending.kind).toBe('completed');
  });
});

/** Told to stop in the soak. */
async function stoppedBy(reason: Error, hang = false) {
  const cluster = meshInMemory([aNamespace('payments')], tagged('1-32'));
  const { session, stop } = fakeSession(cluster, aMovedJournal({ removeSource: 'keep' }));
  const prometheus = new FakePrometheus({ flows: [] });
  if (hang)
    cluster.before = async ({ verb, kind }) =>
      verb === 'list' && kind !== MUTATING.kind ? new Promise<never>(() => undefined) : undefined;
  stop.abort(reason);
  const ending = await drive({
    session: { ...session, world: { ...session.world, prometheus } },
    command: 'upgrade',
    settings,
  });
  return { ending, journal: session.journal() };
}

describe('a run that is told to stop', () => {
  it('is held, and looks once more where things stand', async () => {
    const { ending, journal } = await stoppedBy(new Interrupted('SIGINT asked this run to stop'));
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'interrupted', state: { total: 1 } });
    expect(ending.sentence).toMatch(/^SIGINT asked this run to stop; the soak is held/u);
    expect(journal.state).toBe('held');
  });

  it('does without that look where the API server takes its time', async () => {
    const { ending, journal } = await stoppedBy(new Interrupted('SIGINT asked this run to stop'), true);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'interrupted', resumeCommand: 'upgrade' });
    expect(ending.state).toBeUndefined();
    expect(journal.state).toBe('held');
  });

  it('says so when it was the lease that could not be renewed', async () => {
    const lease = new UnrenewedLease('the lease could not be renewed for 50 s (no answer)');
    const { ending } = await stoppedBy(lease);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'api-server', resumeCommand: 'upgrade' });
    expect(ending.sentence).toMatch(/^the lease could not be renewed for 50 s \(no answer\); the soak is held/u);
  });
});

describe('a rollback that somebody asks for', () => {
  it.each([
    ['rollback', 'all'],
    ['promote', 'batch'],
  ] as const)('while one batch is on its way back: %s takes back %s', async (command, scope) => {
    const journal = aMovedJournal(
      {},
      {
        state: 'rolling-back',
        decision: { scope: 'batch', batch: 1, reason: 'it failed', by: 'the gate', at: '2026-11-20T12:00:00Z' },
      },
    );
    const { journal: after } = await driven(command, journal);
    expect(after).toMatchObject({ state: 'rolled-back', decision: { scope } });
  });
});

async function rolledBack(journal: Journal) {
  const { session, saves } = fakeSession(meshInMemory([aNamespace('payments')]), journal);
  const prometheus = new FakePrometheus({ flows: [{ from: 'web', to: 'payments', perSecond: 50 }] });
  const ending = await drive({
    session: { ...session, world: { ...session.world, prometheus } },
    command: 'rollback',
    settings,
  });
  return { ending, saves };
}

describe('a rollback that goes on where an earlier run was killed', () => {
  const back = aMovedJournal(
    {},
    {
      state: 'rolling-back',
      decision: { scope: 'all', reason: 'it failed', by: 'the gate', at: '2026-11-20T12:00:00Z' },
    },
  );
  it('judges what the earlier run had put back, and says so in the write that ends it', async () => {
    const { ending, saves } = await rolledBack({ ...back, wentBack: ['payments'] });
    expect(ending).toMatchObject({ kind: 'rolled-back', reasonCode: 'recovered' });
    expect(saves.filter(({ recovery }) => recovery !== undefined)).toEqual([
      expect.objectContaining({ state: 'rolled-back', batches: [{ number: 1, status: 'rolled-back' }] }),
    ]);
  });

  it('has nothing to judge where nothing went back', async () => {
    expect((await rolledBack(back)).ending.verdict).toBeUndefined();
  });
});

const names = ['api', 'web', 'worker'];
const podOf = (name: string, over: Parameters<typeof rawPod>[0] = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...rawPod({ owner: { kind: 'Deployment', name }, name: `${name}-old`, ...over }),
});

/** `payments` with three workloads, the first of which does not come up; `gateway` where they are gateways. */
async function stuck(
  maxRestarting: number,
  acceptHold: string | undefined,
  { gateway = false }: { readonly gateway?: boolean } = {},
) {
  const cluster = meshInMemory(
    [
      { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('payments', { 'istio-injection': 'enabled' }) },
      ...names.flatMap((name): readonly KubeObject[] => [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          ...rawWorkload({
            name,
            replicas: 1,
            ...(gateway
              ? {
                  templateLabels: { 'istio.io/rev': 'default', 'sidecar.istio.io/inject': 'true' },
                  containers: [{ name: 'istio-proxy', image: 'auto' }],
                }
              : {}),
          }),
        },
        podOf(name),
      ]),
    ],
    tagged('1-32'),
  );
  cluster.onWrite = ({ verb, object }) => {
    if (verb !== 'patch' || object.kind !== 'Deployment') return;
    const { name, generation = 0 } = object.metadata;
    const ready = name !== 'api';
    const status = {
      observedGeneration: generation,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: Number(ready),
    };
    cluster.put({ ...object, status });
    cluster.remove({ kind: POD, namespace: 'payments', name: `${name}-old` });
    const waiting = ready ? {} : { app: 'CrashLoopBackOff' };
    cluster.put(podOf(name, { name: `${name}-new`, injected: '1-32', ready, waiting }));
  };
  const gateways = names.map((name) => ({
    kind: 'restart' as const,
    workload: { kind: 'Deployment' as const, namespace: 'payments', name },
  }));
  const journal = aJournal({
    plan: gateway ? aPlan([], { gateways, removeSource: 'keep' }) : aPlan([['payments']], { removeSource: 'keep' }),
    install: 'done',
    pin: 'done',
    tag: 'done',
    gateways: gateway ? 'pending' : 'done',
    batches: gateway ? [] : [{ number: 1, status: 'open' }],
    written: TAG_MOVED,
  });
  const { session } = fakeSession(cluster, journal);
  const limits = { rolloutTimeoutMs: 5_000, maxRestarting, actor: 'octocat' };
  const prometheus = new FakePrometheus({ flows: [{ from: 'web', to: 'payments', perSecond: 50 }] });
  const ending = await drive({
    session: { ...session, world: { ...session.world, prometheus } },
    command: 'upgrade',
    settings: { ...limits, ...(acceptHold === undefined ? {} : { acceptHold }) },
  });
  return { ending, journal: session.journal(), leftOver: session.journal().leftOver?.map(({ text }) => text) };
}

describe('a stuck rollout that was accepted beforehand', () => {
  const ACCEPTED = 'rollout-stuck';
  it.each([false, true])(
    'stays held where workloads were never restarted, and names them; of gateways: %s',
    async (gateway) => {
      const { ending, journal } = await stuck(1, ACCEPTED, { gateway });
      expect(ending).toMatchObject({ kind: 'held', reasonCode: 'rollout-stuck' });
      expect(ending.sentence).toMatch(
        /accept-hold does not pass it, since 2 workloads were never restarted \(Deployment payments\/web, Deployment payments\/worker\): run it again/,
      );
      expect(journal.state).toBe('held');
      expect(gateway ? journal.gateways : journal.batches[0]?.status).toBe(gateway ? 'begun' : 'held');
    },
  );

  it.each([false, true])(
    'passes where all were, and lists what is not on the target; of gateways: %s',
    async (gateway) => {
      const { journal, leftOver } = await stuck(3, ACCEPTED, { gateway });
      expect(gateway ? journal.gateways : journal.batches[0]?.status).toBe(gateway ? 'done' : 'passed');
      expect(leftOver).toEqual([
        expect.stringMatching(/^Deployment payments\/api: 0 of 1 pods were ready on 1-32 when its HOLD was accepted/),
      ]);
    },
  );

  it('says nothing of acceptance where nothing was to be accepted', async () => {
    const { ending, leftOver } = await stuck(1, undefined);
    expect(ending.sentence).toMatch(/; 2 workloads were not restarted yet: Deployment payments\/web/);
    expect(ending.sentence).not.toContain('accept-hold');
    expect(leftOver).toEqual([]);
  });
});

describe('a source that is still in use', () => {
  const soaked = aMovedJournal({ removeSource: 'auto' }, { soak: 'done' });
  const pinned = Array.from({ length: 7 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    ...rawNamespace(`legacy-${String(index)}`, { 'istio.io/rev': '1-31' }),
  }));

  it('ends an upgrade green, with a warning for each user, five at most, and notices for all', async () => {
    const { ending, warnings } = await driven('upgrade', soaked, {}, pinned);
    expect(ending).toMatchObject({ kind: 'promoted', reasonCode: 'source-in-use' });
    expect(ending.findings.length).toBeGreaterThan(7);
    expect(new Set(ending.findings.map(({ severity }) => severity))).toEqual(new Set(['notice']));
    expect(warnings.slice(0, 5)).toEqual(
      ending.findings.slice(0, 5).map(({ message }) => `warning: 1-31 stays, it is still in use: ${message}`),
    );
    expect(warnings.slice(5)).toEqual([
      `warning: 1-31 stays, it is still in use by ${String(ending.findings.length - 5)} more: all are in the report`,
    ]);
  });

  it('refuses a `complete` for a CronJob that names it and has no pods between its runs', async () => {
    const job = { apiVersion: 'batch/v1', kind: 'CronJob', ...rawCronJob({ 'istio.io/rev': '1-31' }, 'plain') };
    const { ending } = await driven('complete', soaked, {}, [aNamespace('plain'), job]);
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'source-in-use' });
    expect(ending.findings.map(({ message }) => message)).toContain(
      'CronJob plain/nightly has the pod label istio.io/rev=1-31: revision 1-31; no batch moves that: change it in its jobTemplate',
    );
  });

  it('refuses a `complete`, whose findings block and are no warnings', async () => {
    const { ending, warnings } = await driven('complete', soaked, {}, pinned);
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'source-in-use' });
    expect(new Set(ending.findings.map(({ severity }) => severity))).toEqual(new Set(['blocks']));
    expect(ending.next).toContain('or run it with `remove-source: keep`');
    expect(warnings).toEqual([]);
  });

  const afterUse = async (more: Parameters<typeof meshInMemory>[1], { complete } = soaked) => {
    const { session } = fakeSession(meshInMemory(pinned, more), { ...soaked, complete });
    await drive({ session, command: 'complete', settings });
    return session.journal().complete;
  };
  it('waits for the next `complete`, and can still be gone back to', async () => {
    expect(await afterUse(tagged('1-32'))).toBe('pending');
    expect(await afterUse(tagged('1-32'), { ...soaked, complete: 'begun' })).toBe('pending');
  });

  it('is past going back to where its istiod is gone: the removal had begun', async () => {
    const deployments = [rawIstiod('1-32', '1.32.0')];
    expect(await afterUse({ ...tagged('1-32'), deployments }, { ...soaked, complete: 'begun' })).toBe('begun');
  });
});

describe('a batch for which there is no time', () => {
  const open = aMovedJournal({}, { gateways: 'done', batches: [{ number: 1, status: 'open' }] });

  it.each([
    ['credentials-expiring', { credentialsMs: 60_000 }],
    ['out-of-time', { limitMs: 60_000 }],
    ['credentials-expiring', { credentialsMs: 60_000, limitMs: 60_000 }],
  ])('is held as %s before anything of it is written: %j', async (reasonCode, { credentialsMs, limitMs }: Left) => {
    const cluster = meshInMemory([aNamespace('payments')], tagged('1-32'));
    const { session } = fakeSession(cluster, open);
    const now = session.world.clock.now();
    if (credentialsMs !== undefined) cluster.credentials = { endMs: now + credentialsMs };
    const deadline = limitMs === undefined ? {} : { deadlineMs: now + limitMs };
    const ending = await drive({ session, command: 'promote', batch: 1, settings, ...deadline });
    expect(ending).toMatchObject({ kind: 'held', reasonCode, batch: 1, resumeCommand: 'promote' });
    expect(session.journal()).toMatchObject({ state: 'held', batches: [{ number: 1, status: 'open' }] });
    expect(cluster.requests.filter(({ verb }) => !['get', 'list'].includes(verb))).toEqual([]);
  });
});

interface Left {
  readonly credentialsMs?: number;
  readonly limitMs?: number;
}
