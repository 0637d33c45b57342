import { describe, expect, it } from 'vitest';
import { type LeaseSettings, MeshLease } from '../../../src/adapters/kubernetes/lease.ts';
import { LEASE, type LeaseObject } from '../../../src/mesh/kinds.ts';
import type { LeaseAnswer } from '../../../src/ports/lease.ts';
import { ApiError, Interrupted, LostLease, UnrenewedLease } from '../../../src/shared/errors.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const NAME = 'istio-canary-upgrade';
const STOP = 'istio-canary-upgrade/stop-requested';

function stage() {
  const cluster = new FakeCluster();
  const clock = new ManualClock();
  const run = (holder: string, more: Partial<LeaseSettings> = {}, itsClock = clock): MeshLease =>
    new MeshLease(cluster, itsClock, { namespace: 'istio-system', holder, ...more });
  const stored = (): LeaseObject | undefined => cluster.peek(LEASE, NAME, 'istio-system');
  /** Lets time pass second by second until the work is done, at most ten minutes. */
  const within = async <T>(work: Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> => {
    const over = new AbortController();
    const mark = (): void => {
      over.abort();
    };
    work.then(mark, mark);
    let seconds = 0;
    for (await clock.advance(0); !over.signal.aborted && seconds < 600; seconds++) await clock.advance(1_000);
    return { value: await work, seconds };
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) await clock.advance(1_000);
  };
  const down = (verbs: readonly string[]): void => {
    cluster.before = ({ verb }) => {
      if (verbs.includes(verb)) throw new ApiError(`${verb}: no answer`, { status: 0, reason: 'ECONNREFUSED' });
    };
  };
  return { cluster, clock, run, stored, within, pass, down };
}
const now = { waitMs: 0, preempt: false };
const held = (fence: number): LeaseAnswer => ({ kind: 'held', fence });

describe('taking the lease', () => {
  it('creates it, as Kubernetes writes times', async () => {
    const { run, stored } = stage();
    expect(await run('a').acquire(now)).toEqual(held(1));
    expect(stored()?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 60,
      acquireTime: '2026-11-24T12:00:00.000000Z',
      renewTime: '2026-11-24T12:00:00.000000Z',
      leaseTransitions: 1,
    });
  });
  it('raises the fence with each holder', async () => {
    const { run } = stage();
    for (const [index, holder] of ['a', 'b', 'c'].entries()) {
      const lease = run(holder);
      expect(await lease.acquire(now)).toEqual(held(index + 1));
      await lease.release();
    }
  });
  it('begins above the fence of the journal when someone has deleted the Lease', async () => {
    const { run } = stage();
    expect(await run('a', { fenceFloor: async () => 7 }).acquire(now)).toEqual(held(8));
  });
  it('says who has it and since when', async () => {
    const { run, pass } = stage();
    await run('a').acquire(now);
    await pass(30);
    expect(await run('b').acquire(now)).toEqual({ kind: 'taken', holder: 'a', since: '2026-11-24T12:00:00.000000Z' });
  });
  it('is for one of many who ask at once', async () => {
    const { run } = stage();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(async (holder) => run(holder).acquire(now)));
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(1);
  });
  it('waits for a holder to release it', async () => {
    const { run, within, pass } = stage();
    const first = run('a');
    await first.acquire(now);
    const waiting = run('b').acquire({ waitMs: 120_000, preempt: false });
    await pass(20);
    await first.release();
    expect(await within(waiting)).toEqual({ value: held(2), seconds: 1 });
  });
  it('gives up after its time, while the holder lives', async () => {
    const { run, within } = stage();
    await run('a').acquire(now);
    const { value, seconds } = await within(run('b').acquire({ waitMs: 120_000, preempt: false }));
    expect(value).toMatchObject({ kind: 'taken', holder: 'a' });
    expect(seconds).toBe(120);
  });
  it('waits as long as it takes for a leg of its own run', async () => {
    const { run, within, pass } = stage();
    const first = run('https://ci/run/1/attempts/1 job a x');
    await first.acquire(now);
    const waiting = run('https://ci/run/1/attempts/1 job b y', { runPrefix: 'https://ci/run/1/attempts/1' }).acquire(
      now,
    );
    await pass(300);
    await first.release();
    expect((await within(waiting)).value).toEqual(held(2));
  });
  it('does not take attempt 10 for attempt 1', async () => {
    const { run } = stage();
    await run('https://ci/run/1/attempts/10 job a x').acquire(now);
    const other = run('https://ci/run/1/attempts/1 job a y', { runPrefix: 'https://ci/run/1/attempts/1' });
    expect(await other.acquire(now)).toMatchObject({ kind: 'taken' });
  });
  it('stops waiting when the run is stopped', async () => {
    const { run } = stage();
    await run('a').acquire(now);
    const stop = new AbortController();
    const waiting = run('b', { stop: stop.signal }).acquire({ waitMs: 120_000, preempt: false });
    stop.abort();
    await expect(waiting).rejects.toThrow(Interrupted);
  });
});

describe('waiting for the lease', () => {
  const SINCE = '2026-11-24T12:00:00.000000Z';
  it('says at once who has it and how long it may take, and again before a minute is over', async () => {
    const { run, within } = stage();
    await run('https://ci/run/1').acquire(now);
    const said: string[] = [];
    const say = (line: string): number => said.push(line);
    await within(run('b', { say }).acquire({ waitMs: 70_000, preempt: false }));
    const alive = 'or until it shows no sign of life for 1m';
    expect(said).toEqual([
      `the lease is held by https://ci/run/1 since ${SINCE}: waiting for at most 1m10s more, ${alive}`,
      `the lease is held by https://ci/run/1 since ${SINCE}: waiting for at most 40s more, ${alive}`,
      `the lease is held by https://ci/run/1 since ${SINCE}: waiting for at most 10s more, ${alive}`,
    ]);
  });
  it('says that a holder is asked to stop, and that a leg of the same run is waited for without end', async () => {
    const { run, pass, within } = stage();
    const first = run('https://ci/run/1/attempts/1 job a x');
    await first.acquire(now);
    const said: string[] = [];
    const say = (line: string): number => said.push(line);
    await within(run('c', { say }).acquire({ waitMs: 4_000, preempt: true }));
    expect(said).toEqual([expect.stringContaining(': it is asked to stop; waiting for at most 4s more')]);
    said.length = 0;
    const leg = run('https://ci/run/1/attempts/1 job b y', { say, runPrefix: 'https://ci/run/1/attempts/1' });
    const waiting = leg.acquire(now);
    await pass(2);
    await first.release();
    await within(waiting);
    expect(said).toEqual([expect.stringContaining(': waiting until it is done, or until')]);
  });
  it('says nothing where nobody waits', async () => {
    const { run } = stage();
    const said: string[] = [];
    const say = (line: string): number => said.push(line);
    await run('a', { say }).acquire(now);
    await run('b', { say }).acquire(now);
    expect(said).toEqual([]);
  });
});

describe('a holder that died', () => {
  it('is replaced after a minute without a sign of life, as seen by the one who waits', async () => {
    const { cluster, run, within, stored } = stage();
    const renewTime = '2020-01-01T00:00:00.000000Z'; // old by our clock, which proves nothing
    const metadata = { name: NAME, namespace: 'istio-system' };
    cluster.put<LeaseObject>({
      ...LEASE_TYPE,
      metadata,
      spec: { holderIdentity: 'a', renewTime, leaseTransitions: 4 },
    });
    const { value, seconds } = await within(run('b').acquire({ waitMs: 120_000, preempt: false }));
    expect(value).toEqual(held(5));
    expect(seconds).toBe(60);
    expect(stored()?.spec?.holderIdentity).toBe('b');
  });
  it('is not replaced because the clock of the one who waits was set', async () => {
    const { run, within, clock } = stage();
    await run('a').acquire(now);
    const waiting = within(run('b').acquire({ waitMs: 600_000, preempt: false }));
    await clock.advance(300_000);
    expect((await waiting).seconds).toBeGreaterThanOrEqual(15);
  });
  it('is not replaced while it renews, however wrong its clock is', async () => {
    const { run, within, pass } = stage();
    const wrong = new ManualClock(Date.parse('2001-01-01T00:00:00Z'));
    await run('a', {}, wrong).acquire(now);
    const waiting = within(run('b').acquire({ waitMs: 120_000, preempt: false }));
    for (let second = 0; second < 120; second++) await wrong.advance(1_000);
    await pass(0);
    expect((await waiting).value).toMatchObject({ kind: 'taken', holder: 'a' });
  });
});
const LEASE_TYPE = { apiVersion: LEASE.apiVersion, kind: LEASE.kind };

describe('a holder', () => {
  it('renews every ten seconds', async () => {
    const { run, stored, pass } = stage();
    await run('a').acquire(now);
    await pass(35);
    expect(stored()?.spec?.renewTime).toBe('2026-11-24T12:00:30.000000Z');
  });
  it('learns that another one has taken over', async () => {
    const { cluster, run, stored, pass } = stage();
    const lease = run('a');
    await lease.acquire(now);
    const current = stored();
    if (current !== undefined) cluster.put({ ...current, spec: { ...current.spec, holderIdentity: 'b' } });
    await pass(10);
    expect(lease.signal.reason).toBeInstanceOf(LostLease);
    expect(String(lease.signal.reason)).toContain('taken over by b');
    expect(stored()?.spec?.holderIdentity).toBe('b');
  });
  it('learns that the Lease was deleted', async () => {
    const { cluster, run, pass } = stage();
    const lease = run('a');
    await lease.acquire(now);
    cluster.remove({ kind: LEASE, name: NAME, namespace: 'istio-system' });
    await pass(10);
    expect(lease.signal.reason).toBeInstanceOf(LostLease);
  });
  it('outlives an API server that is away for a while', async () => {
    const { cluster, run, stored, pass, down } = stage();
    const lease = run('a');
    await lease.acquire(now);
    down(['patch', 'get']);
    await pass(40);
    cluster.before = () => undefined;
    await pass(5);
    expect(lease.signal.aborted).toBe(false);
    expect(stored()?.spec?.renewTime).toMatch(/12:00:4\d/u);
  });
  it.each([
    ['refuses', (stuck: ReturnType<typeof stage>) => stuck.down(['patch', 'get'])],
    [
      'hangs',
      ({ cluster }: ReturnType<typeof stage>) => {
        cluster.before = async () => new Promise(() => undefined);
      },
    ],
  ])('stops before others may take it, when the API server %s for too long', async (_how, fail) => {
    const all = stage();
    const lease = all.run('a');
    await lease.acquire(now);
    fail(all);
    await all.pass(49);
    expect(lease.signal.aborted).toBe(false);
    await all.pass(3);
    expect(lease.signal.reason).toBeInstanceOf(UnrenewedLease);
    expect(String(lease.signal.reason)).toMatch(
      /could not be renewed for 5\d s \(.*(?:no|not) answer\); this run writes/u,
    );
  });
  it('learns why its lease could not be renewed', async () => {
    const { cluster, run, pass } = stage();
    const lease = run('a');
    await lease.acquire(now);
    const refused = new ApiError('patch Lease: 401 Unauthorized', { status: 401, reason: 'Unauthorized' });
    cluster.before = () => {
      throw refused;
    };
    await pass(52);
    expect(lease.signal.reason).toMatchObject({ cause: refused, message: expect.stringContaining('401 Unauthorized') });
  });
  it('blames no API server when it stood still itself', async () => {
    const { cluster, run, clock } = stage();
    const lease = run('a');
    await lease.acquire(now);
    cluster.before = async () => new Promise(() => undefined); // no answer is as fast as the first timer that is due
    await clock.advance(70_000);
    await clock.advance(0);
    expect(String(lease.signal.reason)).toBe(
      'LostLease: the lease was not renewed for 70 s; this run writes nothing more',
    );
  });
  it('renews no more after it has released', async () => {
    const { run, stored, pass } = stage();
    const lease = run('a');
    await lease.acquire(now);
    await lease.release();
    await pass(60);
    expect(stored()?.spec?.holderIdentity).toBeUndefined();
    expect(lease.signal.aborted).toBe(false);
  });
  it('releases only what is its own', async () => {
    const { cluster, run, stored } = stage();
    const lease = run('a');
    await lease.acquire(now);
    const current = stored();
    if (current !== undefined) cluster.put({ ...current, spec: { ...current.spec, holderIdentity: 'b' } });
    await lease.release();
    expect(stored()?.spec?.holderIdentity).toBe('b');
  });
  it('releases although a request to stop comes in between', async () => {
    const { cluster, run, stored } = stage();
    const lease = run('a');
    await lease.acquire(now);
    let once = true;
    cluster.before = ({ verb }) => {
      const current = stored();
      if (verb !== 'patch' || !once || current === undefined) return;
      once = false;
      cluster.put({ ...current, metadata: { ...current.metadata, annotations: { [STOP]: 'b' } } });
    };
    await lease.release();
    expect(stored()?.spec?.holderIdentity).toBeUndefined();
  });
});

describe('a rollback that pre-empts', () => {
  it('asks the holder, who stops, still renewing until it releases', async () => {
    const { run, stored, within, pass } = stage();
    const first = run('a');
    await first.acquire(now);
    const rollback = run('b').acquire({ waitMs: 120_000, preempt: true });
    await pass(11);
    expect(first.signal.reason).toBeInstanceOf(Interrupted);
    expect(String(first.signal.reason)).toContain('b asked this run to stop');
    await pass(50); // the holder takes its time
    expect(stored()?.spec?.holderIdentity).toBe('a');
    await first.release();
    expect((await within(rollback)).value).toEqual(held(2));
    expect(stored()?.metadata.annotations).toBeUndefined();
  });
  it('comes before others who wait', async () => {
    const { run, within, pass } = stage();
    const first = run('a');
    await first.acquire(now);
    const other = run('c').acquire({ waitMs: 60_000, preempt: false });
    await pass(1);
    const rollback = run('b').acquire({ waitMs: 60_000, preempt: true });
    await pass(9);
    await first.release();
    expect((await within(rollback)).value).toMatchObject({ kind: 'held' });
    expect((await within(other)).value).toMatchObject({ kind: 'taken', holder: 'b' });
  });
  it('takes its request back when it gives up', async () => {
    const { run, stored, within } = stage();
    await run('a').acquire(now);
    expect((await within(run('b').acquire({ waitMs: 5_000, preempt: true }))).value).toMatchObject({ kind: 'taken' });
    expect(stored()?.metadata.annotations).toBeUndefined();
  });
  it('takes its request back when it is stopped itself, and its holder goes on', async () => {
    const { run, stored, within, pass } = stage();
    const first = run('a');
    await first.acquire(now);
    const stop = new AbortController();
    const rollback = run('b', { stop: stop.signal }).acquire({ waitMs: 120_000, preempt: true });
    await pass(3);
    expect(stored()?.metadata.annotations).toEqual({ [STOP]: 'b' });
    stop.abort();
    await expect(within(rollback)).rejects.toThrow(Interrupted);
    expect(stored()?.metadata.annotations).toBeUndefined();
    await pass(30);
    expect(first.signal.aborted).toBe(false);
  });
  it('stops all the same where its request cannot be taken back', async () => {
    const { cluster, run, within, pass } = stage();
    await run('a').acquire(now);
    const stop = new AbortController();
    const rollback = run('b', { stop: stop.signal }).acquire({ waitMs: 120_000, preempt: true });
    await pass(3);
    cluster.before = async () => new Promise(() => undefined);
    stop.abort();
    await expect(within(rollback)).rejects.toThrow(Interrupted);
  });
  it('is not waited for when it never came', async () => {
    const { cluster, run, within } = stage();
    const metadata = { name: NAME, namespace: 'istio-system', annotations: { [STOP]: 'gone' } };
    cluster.put<LeaseObject>({ ...LEASE_TYPE, metadata, spec: { leaseTransitions: 1 } });
    const { value, seconds } = await within(run('b').acquire({ waitMs: 120_000, preempt: false }));
    expect(value).toEqual(held(2));
    expect(seconds).toBe(10);
  });
});

describe('the right to write', () => {
  it('begins with the lease and ends with its release', async () => {
    const { run } = stage();
    const lease = run('a');
    const write = (): void => {
      lease.assertHeld();
    };
    expect(write).toThrow(LostLease);
    await lease.acquire(now);
    expect(write).not.toThrow();
    await lease.release();
    expect(write).toThrow(LostLease);
  });
  it('lasts as long as the lease is renewed', async () => {
    const { run, pass } = stage();
    const lease = run('a');
    await lease.acquire(now);
    await pass(300);
    expect(() => {
      lease.assertHeld();
    }).not.toThrow();
  });
  it('is lost by a process that stood still, before any of its timers has run', async () => {
    const { cluster, clock } = stage();
    let frozenMs = 0;
    const itsClock = { now: () => clock.now() + frozenMs, sleep: async () => new Promise<void>(() => undefined) };
    const lease = new MeshLease(cluster, itsClock, { namespace: 'istio-system', holder: 'a' });
    await lease.acquire(now);
    frozenMs = 49_000;
    lease.assertHeld();
    frozenMs = 61_000;
    expect(() => {
      lease.assertHeld();
    }).toThrow('was not renewed for 61 s; this run writes nothing more');
  });
});

describe('who holds the lease', () => {
  it('is nobody before the first, and after a release', async () => {
    const { run } = stage();
    const lease = run('a');
    expect(await lease.holder()).toBeUndefined();
    await lease.acquire(now);
    await lease.release();
    expect(await lease.holder()).toBeUndefined();
  });
  it('is told at once while it looks alive', async () => {
    const { run } = stage();
    await run('a').acquire(now);
    expect(await run('b').holder()).toEqual({ holder: 'a', since: '2026-11-24T12:00:00.000000Z' });
  });
  it.each(['2026-11-24T11:00:00.000000Z', '2026-11-24T13:00:00.000000Z'])(
    'is nobody when a renewTime of %s, far from our clock, stands still',
    async (renewTime) => {
      const { cluster, run, within } = stage();
      const metadata = { name: NAME, namespace: 'istio-system' };
      cluster.put<LeaseObject>({ ...LEASE_TYPE, metadata, spec: { holderIdentity: 'a', renewTime } });
      const { value, seconds } = await within(run('b').holder());
      expect(value).toBeUndefined();
      expect(seconds).toBeGreaterThan(10);
    },
  );
  it('is somebody whose clock is an hour behind, once it has renewed', async () => {
    const { cluster, run, within, pass } = stage();
    const metadata = { name: NAME, namespace: 'istio-system' };
    const spec = { holderIdentity: 'a', acquireTime: 'then', renewTime: '2026-11-24T11:00:00.000000Z' };
    cluster.put<LeaseObject>({ ...LEASE_TYPE, metadata, spec });
    const asking = run('b').holder();
    await pass(5);
    cluster.put<LeaseObject>({ ...LEASE_TYPE, metadata, spec: { ...spec, renewTime: '2026-11-24T11:00:05.000000Z' } });
    expect((await within(asking)).value).toEqual({ holder: 'a', since: 'then' });
  });
});
