import { describe, expect, it } from 'vitest';
import { judgeMoved } from '../../src/phases/judge-moved.ts';
import type { BatchRecord } from '../../src/plan/journal.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { MESH, minutes, since, START, withPayments } from '../builders/gate-run.ts';
import { rawNamespace } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type FakeOptions, FakePrometheus } from '../fakes/prometheus.ts';

const plan = aPlan([['payments'], ['books']], { gate: settingsWith() });
/** Batch 1 passed and was first watched that many minutes ago; batch 2 has not begun. */
const moved = (ago: number, status: BatchRecord['status'] = 'passed') =>
  aJournal({
    plan,
    batches: [
      {
        number: 1,
        status,
        restartedAt: new Date(START - minutes(ago + 1)).toISOString(),
        verdict: aVerdict({ windowStartMs: START - minutes(ago) }),
      },
      { number: 2, status: 'open' },
    ],
  });
const asked = async (options: FakeOptions, journal = moved(60), names = ['payments', 'books']) => {
  const prometheus = new FakePrometheus(options);
  const clock = new ManualClock(START);
  const cluster = new FakeCluster(
    names.map((name) => ({ ...rawNamespace(name), apiVersion: 'v1', kind: 'Namespace' })),
  );
  return { verdict: await judgeMoved({ cluster, prometheus, clock }, journal), prometheus };
};
const away = () => ({ kind: 'unreachable', reason: 'refused' }) as const;
const quieter = (atMs: number): number => (atMs > START - minutes(90) ? 5 : 50);
const lately = (atMs: number): number => (atMs > START - minutes(15) ? 0.1 : 0);

describe('status', () => {
  it('judges what has moved by its last quarter of an hour', async () => {
    const { verdict } = await asked({ flows: MESH });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok', errors: 0 });
    expect(verdict?.units.map(({ subject }) => subject)).not.toContain('books');
    expect(verdict?.requests).toBeGreaterThan(1_500);
  });

  it('fails what fails now', async () => {
    const { verdict } = await asked({ flows: withPayments({ failing: lately }) });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
  });

  it('judges no namespace that is deleted', async () => {
    const { verdict } = await asked({ flows: withPayments({ failing: lately }) }, moved(60), ['books']);
    expect(verdict).toMatchObject({ kind: 'PASS', reason: 'everything that was to be judged is deleted' });
  });

  it('fails what has failed ever since it moved, however long ago that was', async () => {
    const { verdict } = await asked({ flows: withPayments({ failing: since(0.1, START - minutes(40)) }) });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
  });

  it('does not take a quiet hour for lost traffic, however busy it was when it moved', async () => {
    const { verdict } = await asked({ flows: withPayments({ perSecond: quieter }) }, moved(180));
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
  });

  it('judges what a HOLD left there too', async () => {
    const { verdict } = await asked({ flows: withPayments({ failing: lately }) }, moved(60, 'held'));
    expect(verdict?.kind).toBe('FAIL');
  });

  it('asks for nothing later than now, nor for what was before the move', async () => {
    const { prometheus } = await asked({ flows: MESH }, moved(8));
    const counted = prometheus.asked.filter(({ query }) => query.startsWith('sum by'));
    expect(counted.length).toBeGreaterThan(0);
    for (const { atMs } of counted) {
      expect(atMs).toBeLessThanOrEqual(START);
      expect(atMs).toBeGreaterThan(START - minutes(8));
    }
  });

  it('says nothing where the last one moved only just now, or nothing has', async () => {
    expect((await asked({ flows: MESH }, moved(3))).verdict).toBeUndefined();
    expect((await asked({ flows: MESH }, aJournal({ plan }))).verdict).toBeUndefined();
    expect(await judgeMoved({ cluster: new FakeCluster(), clock: new ManualClock(START) }, moved(60))).toBeUndefined();
  });

  it('holds where Prometheus is away', async () => {
    expect((await asked({ flows: MESH, trouble: away })).verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
  });
});
