import { describe, expect, it } from 'vitest';
import { prepare } from '../../src/commands/prepare.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { hourEnd } from '../../src/slo/queries.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { type FakeOptions, FakePrometheus, type Flow } from '../fakes/prometheus.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const MINUTE = 60_000;
const BAD: readonly Flow[] = [
  { from: 'web', to: 'payments', perSecond: 5, failing: 0.03 },
  { from: 'web', to: 'books', perSecond: 5, failing: 0.03 },
];
const STARTED = aJournal({
  plan: aPlan([['payments'], ['books']]),
  install: 'done',
  pin: 'done',
  tag: 'done',
  gateways: 'done',
});
const withBatches = (first: Partial<Journal['batches'][number]>): Journal => ({
  ...STARTED,
  batches: [
    { number: 1, status: 'open', ...first },
    { number: 2, status: 'open' },
  ],
});

async function prepared(
  command: 'upgrade' | 'promote' | 'complete',
  journal: Journal,
  accept: readonly string[] = [],
  options: Partial<FakeOptions> = {},
) {
  const made = fakeRun(meshInMemory(), command, journal);
  const prometheus = new FakePrometheus({ flows: BAD, ...options });
  const run = { ...made.config.run, accept };
  const ready = await prepare(
    { ...made, config: { ...made.config, run }, world: { ...made.world, prometheus } },
    command,
  );
  const found = 'findings' in ready ? ready.findings : [];
  const over = found.filter(({ id }) => id === 'baseline-over-limit').map(({ subject }) => subject);
  return { ready, over, found, prometheus, clock: made.world.clock };
}

const only = (namespace: string): Partial<FakeOptions> => ({ flows: BAD.filter(({ to }) => to === namespace) });

describe('what is over its limit before it is moved', () => {
  it('refuses each command that goes forward, overridably', async () => {
    const { ready, over, found } = await prepared('upgrade', STARTED);
    expect(ready).toMatchObject({ kind: 'refused', reasonCode: 'baseline-over-limit' });
    expect(found.find(({ subject }) => subject === 'payments')).toMatchObject({ severity: 'overridable' });
    expect(over).toEqual(['payments', 'books']);
  });

  it('goes on where it is accepted, and knows of whom', async () => {
    const { ready } = await prepared('upgrade', STARTED, ['baseline-over-limit']);
    expect(ready).toMatchObject({ kind: 'ready', overBefore: ['payments', 'books'] });
  });

  it('concerns what has not passed yet, and for `promote` its own batch alone', async () => {
    const passed = withBatches({ status: 'passed' });
    expect((await prepared('upgrade', passed)).over).toEqual(['books']);
    expect((await prepared('promote', withBatches({}))).over).toEqual(['payments']);
  });

  it('stops a run that goes on where it is next, and is told of what comes later', async () => {
    const journal = withBatches({});
    expect((await prepared('upgrade', journal, [], only('payments'))).ready.kind).toBe('refused');
    expect((await prepared('upgrade', journal, [], only('books'))).ready).toMatchObject({
      kind: 'ready',
      overBefore: [],
    });
  });

  it('is asked of the hour before what is judged again was restarted, in one round', async () => {
    const restartedAt = '2026-10-01T12:00:00.000Z';
    const held = withBatches({ status: 'held', restartedAt });
    const { prometheus } = await prepared('promote', held);
    const hours = prometheus.asked.filter(({ query }) => query.startsWith('sum_over_time'));
    expect(hours).toHaveLength(4);
    expect(new Set(hours.map(({ atMs }) => atMs))).toEqual(new Set([hourEnd(Date.parse(restartedAt))]));
    const fresh = await prepared('promote', withBatches({}));
    const asked = fresh.prometheus.asked.find(({ query }) => query.startsWith('sum_over_time'));
    expect(fresh.clock.now() - (asked?.atMs ?? 0)).toBeLessThan(5 * MINUTE);
  });

  it('is a notice where it cannot be measured', async () => {
    const { ready } = await prepared('upgrade', STARTED, [], {
      trouble: (_, query) => (query.includes('sum_over_time') ? { kind: 'unreachable', reason: 'gone' } : undefined),
    });
    expect(ready.kind).toBe('ready');
  });
});
