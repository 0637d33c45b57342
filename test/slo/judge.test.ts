import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSettings } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { type Judgement, judge } from '../../src/slo/judge.ts';
import { observe, openLedger, type Rules, type Tick } from '../../src/slo/ledger.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const T0 = 1_000_000_000;
const STEP = 15_000;
const PAST: Past = { ...NO_PAST, complete: true };

const rules = (subjects: readonly string[], settings: Partial<GateSettings> = {}): Rules => ({
  settings: settingsWith(settings),
  subjects,
  signals: ['client', 'server', 'outbound'],
  unmoved: [],
  scrapeIntervalMs: STEP,
  lagMs: 0,
});
const counts = (requests: number, errors: number): Counts => ({ ...NO_COUNTS, requests, errors });

/** What callers counted, tick by tick, for each namespace; judged after every tick, until a verdict or the end. */
function play(
  ticks: readonly ReadonlyMap<string, Counts>[],
  subjects: readonly string[],
  settings: Partial<GateSettings> = {},
): Judgement {
  const law = rules(subjects, settings);
  const due = new Map(subjects.map((subject) => [subject, T0]));
  let ledger = openLedger(law);
  let judgement: Judgement = { kind: 'continue', needs: [], worst: undefined };
  for (const [index, client] of ticks.entries()) {
    const toMs = T0 + (index + 1) * STEP;
    const tick: Tick = {
      kind: 'counted',
      fromMs: toMs - STEP,
      toMs,
      newestMs: toMs,
      counts: new Map<Signal, ReadonlyMap<string, Counts>>([['client', client]]),
      unmoved: new Map(),
      readings: new Map(),
      unusable: 0,
    };
    ledger = observe(ledger, tick, due, law, PAST);
    judgement = judge(ledger, law, PAST, { nowMs: toMs, rolloutOver: true });
    if (judgement.kind === 'verdict') break;
  }
  return judgement;
}
const kindOf = (judgement: Judgement): string =>
  judgement.kind === 'verdict' ? judgement.verdict.kind : judgement.kind;
const repeated = (client: Counts, times: number, name = 'a') =>
  Array.from({ length: times }, () => new Map([[name, client]]));
/** Ticks of up to 200 requests, of which a share fails. */
const traffic = fc.array(
  fc
    .tuple(fc.nat(200), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([requests, share]) => counts(requests, Math.round(requests * share * share * share))),
  { minLength: 1, maxLength: 130 },
);

/** Clean, and seldom more than min-requests in a bake. */
const quiet = fc.array(
  fc.nat(25).map((requests) => counts(requests, 0)),
  { minLength: 20, maxLength: 30 },
);
const asTicks = (all: readonly Counts[]) => all.map((client) => new Map([['a', client]]));

describe('the judge', () => {
  it('waits for the bake, and says for how much more of it', () => {
    const judgement = play(repeated(counts(100, 0), 19), ['a']);
    expect(judgement).toMatchObject({ kind: 'continue', needs: expect.arrayContaining(['15s more of bake']) });
  });

  it('passes at the bake with requests enough', () => {
    expect(kindOf(play(repeated(counts(100, 0), 21), ['a']))).toBe('PASS');
  });

  it('never passes below min-requests', () =>
    fc.assert(
      fc.property(quiet, (each) => {
        const judgement = play(asTicks(each), ['a'], { maxBakeMs: 400_000 });
        const requests = each.reduce((sum, one) => sum + one.requests, 0);
        fc.pre(requests < 300);
        expect(kindOf(judgement)).not.toBe('PASS');
      }),
    ));

  it('never fails without errors', () =>
    fc.assert(
      fc.property(traffic, (each) => {
        const clean = each.map(({ requests }) => new Map([['a', counts(requests, 0)]]));
        expect(kindOf(play(clean, ['a']))).not.toBe('FAIL');
      }),
    ));

  it('never turns a FAIL into a PASS for more errors', () =>
    fc.assert(
      fc.property(traffic, fc.nat(129), fc.nat(50), (each, at, more) => {
        const worse = each.map((one, index) =>
          index === at ? counts(one.requests, Math.min(one.requests, one.errors + more)) : one,
        );
        fc.pre(kindOf(play(asTicks(each), ['a'])) === 'FAIL');
        expect(kindOf(play(asTicks(worse), ['a']))).not.toBe('PASS');
      }),
    ));

  it('judges namespaces alike, whatever their names and order', () =>
    fc.assert(
      fc.property(traffic, traffic, (one, two) => {
        const length = Math.min(one.length, two.length);
        const named = (first: string, second: string) =>
          Array.from({ length }, (_, index) => {
            return new Map([
              [first, one[index] ?? NO_COUNTS],
              [second, two[index] ?? NO_COUNTS],
            ]);
          });
        expect(kindOf(play(named('a', 'b'), ['a', 'b']))).toBe(kindOf(play(named('z', 'c'), ['c', 'z'])));
      }),
    ));

  it('does not fail on one sample of errors, however bad, unless everything fails', () => {
    const before = repeated(counts(100, 0), 5);
    expect(kindOf(play([...before, ...repeated(counts(100, 90), 1)], ['a']))).toBe('continue');
    expect(kindOf(play([...before, ...repeated(counts(100, 90), 3)], ['a']))).toBe('FAIL');
    expect(kindOf(play([...before, ...repeated(counts(100, 100), 1)], ['a']))).toBe('FAIL');
  });

  it('does not take silence for a confirmation', () => {
    const ticks = [...repeated(counts(100, 90), 1), ...repeated(counts(0, 0), 5)];
    expect(kindOf(play(ticks, ['a']))).toBe('continue');
  });

  it('lets a thin namespace fail, but not hold up the others, and lists it as unproved', () => {
    const both = (small: Counts) =>
      Array.from(
        { length: 22 },
        () =>
          new Map([
            ['a', counts(100, 0)],
            ['b', small],
          ]),
      );
    expect(play(both(counts(0, 0)), ['a', 'b'])).toMatchObject({ verdict: { kind: 'PASS', unproved: ['b'] } });
    expect(kindOf(play(both(counts(5, 5)), ['a', 'b']))).toBe('FAIL');
  });

  it('puts the worst unit first', () => {
    const ticks = Array.from(
      { length: 3 },
      () =>
        new Map([
          ['a', counts(100, 1)],
          ['b', counts(100, 60)],
        ]),
    );
    const judgement = play(ticks, ['a', 'b']);
    expect(judgement.kind === 'verdict' && judgement.verdict.units[0]).toMatchObject({ subject: 'b', state: 'fail' });
  });
});
