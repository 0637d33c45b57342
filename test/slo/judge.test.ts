import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSettings } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { ALPHA } from '../../src/slo/rules.ts';
import { counts, kindOf, play, type Seen, STEP_MS } from '../builders/gate-play.ts';
import { dice } from '../cluster/traffic/random.ts';

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
    .tuple(fc.nat(200), fc.nat(100))
    .map(([requests, percent]) => counts(requests, Math.round(requests * (percent / 100) ** 3))),
  { minLength: 1, maxLength: 130 },
);

/** Clean, and seldom more than min-requests in a bake. */
const quiet = fc.array(
  fc.nat(25).map((requests) => counts(requests, 0)),
  { minLength: 20, maxLength: 30 },
);
const asTicks = (all: readonly Counts[]) => all.map((client) => new Map([['a', client]]));

/** An hour before that says nothing but how its requests failed together. */
const knownBursts = (effect: number | undefined): Past => ({
  ...NO_PAST,
  complete: true,
  bursts: new Map([['client', new Map(effect === undefined ? [] : [['a', effect]])]]),
});

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
    const past = knownBursts(1);
    expect(kindOf(play({ ticks: [...before, ...repeated(counts(100, 90), 1)], subjects: ['a'], past }))).toBe(
      'continue',
    );
    expect(kindOf(play({ ticks: [...before, ...repeated(counts(100, 100), 1)], subjects: ['a'], past }))).toBe('FAIL');
  });

  describe('at the limit', () => {
    const LIMIT = 0.01;
    const random = dice(20_261_201);
    const oneByOne = (requests: number): Counts => {
      let errors = 0;
      for (let each = 0; each < requests; each += 1) if (random() < LIMIT) errors += 1;
      return counts(requests, errors);
    };
    const together = (requests: number): Counts => counts(requests, random() < LIMIT ? requests : 0);

    it.each([
      ['each request on its own, as before', oneByOne, 1],
      ['each request on its own, and nothing known of before', oneByOne, undefined],
      ['whole samples, as before', together, 5],
      ['whole samples, and nothing known of before', together, undefined],
    ])('is failed in at most alpha of all batches, however often it is asked: %s', (_, sample, bursts) => {
      const batches = 400;
      const settings = { bakeMs: 40 * STEP_MS, maxBakeMs: 41 * STEP_MS };
      let failed = 0;
      for (let batch = 0; batch < batches; batch += 1) {
        const ticks = asTicks(Array.from({ length: 42 }, () => sample(20)));
        const judgement = play({ ticks, subjects: ['a'], settings, past: knownBursts(bursts) });
        if (kindOf(judgement) === 'FAIL') failed += 1;
      }
      expect(failed / batches).toBeLessThanOrEqual(ALPHA);
    });
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
