import { describe, expect, it } from 'vitest';
import { alphaBeside, alphaOf, type Rules } from '../../src/slo/rules.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { NO_PAST } from '../../src/slo/comparison.ts';
import { type Ledger, observe, openLedger } from '../../src/slo/ledger.ts';
import type { Counted, Tick } from '../../src/slo/tick.ts';
import { aTick, counts, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const of = (subjects: readonly string[], among?: number) => ({
  settings: settingsWith(),
  signals: BATCH_SIGNALS,
  subjects,
  ...(among === undefined ? {} : { among }),
});

describe('alpha', () => {
  it('is for the batch and divided by its units, and no share grows when one of its namespaces is gone', () => {
    const two = of(['web', 'payments']);
    const left = of(['web'], 2);
    expect([alphaOf(left), alphaBeside(left)]).toEqual([alphaOf(two), alphaBeside(two)]);
    expect(alphaOf(of(['web']))).toBe(2 * alphaOf(two));
  });
});

const RULES: Rules = { ...of(['web', 'payments']), unmoved: [], scrapeIntervalMs: STEP_MS, lagMs: 0 };
const clicks = (requests: number) => new Map([['books', counts(requests, 0)]]);
/** The n-th tick, from 0. */
const tickAt = (n: number, over: Partial<Counted> = {}): Counted => {
  const toMs = T0 + (n + 1) * STEP_MS;
  return aTick({ fromMs: T0 + n * STEP_MS, toMs, newestMs: toMs, unmoved: clicks(n + 1), unusable: 1, ...over });
};
const dueFor = (...subjects: readonly string[]) => new Map(subjects.map((subject) => [subject, T0]));
const after = (ticks: readonly Tick[], due: ReadonlyMap<string, number>, rules = RULES): Ledger =>
  ticks.reduce((ledger, tick) => observe(ledger, tick, due, rules, NO_PAST), openLedger(rules));
const ticks = (many: number): readonly Counted[] => Array.from({ length: many }, (_, n) => tickAt(n));

describe('the ledger', () => {
  it('keeps what is of late, since when it looks, and how much could not be used', () => {
    const { newestUnmoved, sinceMs, toMs, unusable, istiodStanding } = after(ticks(6), dueFor('web', 'payments'));
    expect(newestUnmoved.map((each) => each.get('books')?.requests)).toEqual([3, 4, 5, 6]);
    expect({ sinceMs, toMs, unusable }).toEqual({ sinceMs: T0, toMs: T0 + 6 * STEP_MS, unusable: 6 });
    expect(istiodStanding).toEqual({ rejects: 0, failures: 0 });
    expect(openLedger(RULES).istiodStanding).toEqual({ rejects: 0, failures: 0 });
  });

  it('counts those who have not moved from the first subject that opens, and not before', () => {
    const requests = [[], ['web'], ['web', 'payments']].map(
      (open) => after(ticks(2), dueFor(...open)).unmoved.get('books')?.requests,
    );
    expect(requests).toEqual([undefined, 3, 3]);
  });

  it('reads objectives only once the whole batch has opened', () => {
    const objective = { name: 'checkout', hard: true, measure: { kind: 'scalar', query: 'x', max: 1 } } as const;
    const rules: Rules = { ...RULES, settings: settingsWith({ objectives: [objective] }) };
    const readings = new Map([['checkout', { kind: 'scalar', value: 2 } as const]]);
    const breached = [0, 1].map((n) => tickAt(n, { readings }));
    expect([...after(breached, dueFor('web'), rules).objectives]).toEqual([]);
    expect(after(breached, dueFor('web', 'payments'), rules).objectives.get('checkout')?.standing).toBe(2);
  });

  it.each([
    ['client', BATCH_SIGNALS],
    ['gateway', ['gateway']],
  ] as const)('counts apart what came while a subject restarted, by %s', (signal, signals) => {
    const seen = new Map([['web', counts(5, 1)]]);
    const restarting = [tickAt(0, { counts: new Map([[signal, seen]]) })];
    expect(after(restarting, dueFor('payments'), { ...RULES, signals }).restart).toMatchObject({
      requests: 5,
      errors: 1,
    });
    expect(after(restarting, dueFor('web', 'payments'), { ...RULES, signals }).restart.requests).toBe(0);
  });

  it('moves its windows on over a time that nobody counted, and says how long it was', () => {
    const gap: Tick = {
      kind: 'nothing-before',
      atMs: T0 + 3 * STEP_MS,
      toMs: T0 + 3 * STEP_MS,
      newestMs: T0 + 3 * STEP_MS,
      reason: 'it began anew',
    };
    const { uncountedMs, windows, trouble } = after([...ticks(1), gap], dueFor('web'));
    expect(uncountedMs).toBe(2 * STEP_MS);
    expect(windows.get('web')?.startMs).toBe(T0 + 2 * STEP_MS);
    expect(trouble).toMatchObject({ kind: 'blind', reason: 'it began anew' });
  });
});
