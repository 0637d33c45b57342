import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSettings } from '../../src/config/config.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { counts, kindOf, play, type Seen } from '../builders/gate-play.ts';

/** Judged after every tick, until a verdict or the end. */
const judged = (ticks: readonly Seen[], subjects: readonly string[], settings: Partial<GateSettings> = {}) =>
  play({ ticks, subjects, settings });
/** A busy namespace `a`, clean, and beside it `b`. */
const besideBusy = (b: Counts): readonly Seen[] =>
  Array.from({ length: 22 }, () => new Map([['a', counts(100, 0)] as const, ['b', b] as const]));
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
    const judgement = judged(repeated(counts(100, 0), 19), ['a']);
    expect(judgement).toMatchObject({ kind: 'continue', needs: expect.arrayContaining(['15s more of bake']) });
  });

  it('passes at the bake with requests enough', () => {
    expect(kindOf(judged(repeated(counts(100, 0), 21), ['a']))).toBe('PASS');
  });

  it('never passes below min-requests', () =>
    fc.assert(
      fc.property(quiet, (each) => {
        const judgement = judged(asTicks(each), ['a'], { maxBakeMs: 400_000 });
        const requests = each.reduce((sum, one) => sum + one.requests, 0);
        fc.pre(requests < 300);
        expect(kindOf(judgement)).not.toBe('PASS');
      }),
    ));

  it('never fails without errors', () =>
    fc.assert(
      fc.property(traffic, (each) => {
        const clean = each.map(({ requests }) => new Map([['a', counts(requests, 0)]]));
        expect(kindOf(judged(clean, ['a']))).not.toBe('FAIL');
      }),
    ));

  it('never turns a FAIL into a PASS for more errors', () =>
    fc.assert(
      fc.property(traffic, fc.nat(129), fc.nat(50), (each, at, more) => {
        const worse = each.map((one, index) =>
          index === at ? counts(one.requests, Math.min(one.requests, one.errors + more)) : one,
        );
        fc.pre(kindOf(judged(asTicks(each), ['a'])) === 'FAIL');
        expect(kindOf(judged(asTicks(worse), ['a']))).not.toBe('PASS');
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
        expect(kindOf(judged(named('a', 'b'), ['a', 'b']))).toBe(kindOf(judged(named('z', 'c'), ['c', 'z'])));
      }),
    ));

  it('does not fail on one sample of errors, however bad, unless everything fails', () => {
    const before = repeated(counts(100, 0), 5);
    expect(kindOf(judged([...before, ...repeated(counts(100, 90), 1)], ['a']))).toBe('continue');
    expect(kindOf(judged([...before, ...repeated(counts(100, 90), 3)], ['a']))).toBe('FAIL');
    expect(kindOf(judged([...before, ...repeated(counts(100, 100), 1)], ['a']))).toBe('FAIL');
  });

  it('does not take silence for a confirmation', () => {
    const ticks = [...repeated(counts(100, 90), 1), ...repeated(counts(0, 0), 5)];
    expect(kindOf(judged(ticks, ['a']))).toBe('continue');
  });

  it('lets a thin namespace fail, but not hold up the others, and lists it as unproved', () => {
    expect(judged(besideBusy(counts(0, 0)), ['a', 'b'])).toMatchObject({ verdict: { kind: 'PASS', unproved: ['b'] } });
    expect(kindOf(judged(besideBusy(counts(5, 5)), ['a', 'b']))).toBe('FAIL');
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
    const judgement = judged(ticks, ['a', 'b']);
    expect(judgement.kind === 'verdict' && judgement.verdict.units[0]).toMatchObject({ subject: 'b', state: 'fail' });
  });
});
