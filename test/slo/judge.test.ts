import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSettings } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { judge, stopped } from '../../src/slo/judge.ts';
import { ALPHA } from '../../src/slo/rules.ts';
import { NEW_DETECTOR } from '../../src/slo/watch.ts';
import { counts, kindOf, play, type Seen, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { BLIND, CLOSED, GOOD, ledgerWith, MINUTE, NOW, provenBy, RULES, rulesWith, unit } from '../builders/ledger.ts';
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

const KNOWN: Past = { ...NO_PAST, complete: true };
const GUILTY = unit('b', 200, 100, { proven: true, proof: provenBy(2) });
const LAX = { limit: 0.01, exceptions: [{ pattern: 'other', limit: 0.9 }] };
const verdictOn = (...args: Parameters<typeof judge>) => {
  const judgement = judge(...args);
  return judgement.kind === 'verdict' ? judgement.verdict : undefined;
};

const waiting = (...args: Parameters<typeof judge>) => {
  const judgement = judge(...args);
  if (judgement.kind === 'verdict') throw new Error(judgement.verdict.reason);
  return { needs: judgement.needs, worst: judgement.worst?.subject };
};

describe('a judgement of what is charged', () => {
  it('says in the words of the worst unit what failed', () => {
    const verdict = verdictOn(ledgerWith({ units: [unit('a', 1_000), GUILTY] }), RULES, KNOWN, NOW);
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate', reason: verdict?.units[0]?.sentence });
    expect(verdict?.reason).toMatch(/^b: 100 of 200 requests failed /u);
  });

  it('puts first what relapsed, and has it once, where it is one of the batch too', () => {
    const detector = { ...NEW_DETECTOR, byRequest: [], bySample: [] };
    const lately = { requests: 200, errors: 40, fromMs: T0 };
    const watch = [{ subject: 'b', signal: 'client' as const, limit: 0.01, detector, lately, alarmed: 2 }];
    const units = [unit('a', 1_000), unit('b', 1_000), { ...unit('b', 500), signal: 'server' as const }];
    const verdict = verdictOn(ledgerWith({ units, watch }), RULES, KNOWN, NOW);
    expect(verdict?.reasonCode).toBe('relapse');
    expect(verdict?.units.map(({ subject, signal, errors }) => [subject, signal, errors])).toEqual([
      ['b', 'client', 40],
      ['a', 'client', 0],
      ['b', 'server', 0],
    ]);
    expect(verdict?.queries).toHaveLength(2);
  });

  describe('beside what else fails', () => {
    const outside = new Map([['other', counts(1_000, 500)]]);
    const newestUnmoved = Array.from({ length: 4 }, () => outside);
    const ledger = ledgerWith({ units: [unit('a', 1_000), GUILTY], unmoved: outside, newestUnmoved });
    const past: Past = { ...KNOWN, links: [], unmoved: new Map([['other', counts(10_000, 0)]]) };

    it('holds where what was not moved has nothing to do with it, and blames no unit', () => {
      const verdict = verdictOn(ledger, rulesWith({}, { unmoved: ['other'], watched: ['old'] }), past, NOW);
      expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'mesh-wide-incident' });
      expect(verdict?.units.map(({ state }) => state)).toEqual(['over-limit-unproved', 'pass']);
    });

    it.each([
      ['of the batch', { subjects: ['a', 'b', 'other'] }],
      ['of what passed before', { watched: ['other'] }],
      ['where a gateway stands', { watched: ['other/ingress'] }],
      ['that calls the batch', {}, [{ from: 'other', to: 'a' }]],
      ['that may fail as often', { settings: settingsWith({ maxErrorRate: LAX }) }],
    ] as const)('takes no namespace for a witness %s', (_, more, links: Past['links'] = []) => {
      const rules = rulesWith({}, { unmoved: ['other'], ...more });
      expect(verdictOn(ledger, rules, { ...past, links }, NOW)?.kind).toBe('FAIL');
    });
  });
});

describe('a gate that looks on', () => {
  it('says all that it waits for, evidence first', () => {
    const proven = unit('b', 100, 50, { proven: true, proof: provenBy(1) });
    const ledger = ledgerWith({ units: [unit('a', 50), proven], toMs: T0 + 4 * MINUTE });
    expect(waiting(ledger, RULES, NO_PAST, NOW)).toEqual({
      needs: [
        'a second sample to confirm the evidence',
        'the hour before',
        '1m more of bake',
        'b: more requests fail than the limit allows',
        'a: 50 of the 100 requests that can be judged (client side)',
        '150 of the 300 requests that a PASS needs',
      ],
      worst: 'b',
    });
  });

  it('does not speak of traffic before its windows are open', () => {
    const windows = new Map([['a', CLOSED]]);
    const units = [unit('a', 0), unit('b', 0)];
    expect(waiting(ledgerWith({ windows, units }), RULES, KNOWN, NOW)).toEqual({
      needs: ['the window of a, b to open'],
      worst: undefined,
    });
  });

  it('shows the worst unit of those that have requests', () => {
    const past = { ...KNOWN, hour: new Map([['client' as const, new Map([['b', counts(50, 0)]])]]) };
    const ledger = ledgerWith({ units: [unit('a', 40), unit('b', 0)] });
    expect(waiting(ledger, RULES, past, NOW).worst).toBe('a');
  });
});

describe('a gate that is stopped', () => {
  it('holds with all that it had counted, and says why it was stopped', () => {
    const verdict = stopped(ledgerWith({ units: [unit('a', 1_000), GUILTY] }), RULES, KNOWN, NOW, 'interrupted', 'so');
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'interrupted', reason: 'so', requests: 1_200 });
    expect(verdict.units.map(({ state }) => state)).toEqual(['over-limit-unproved', 'pass']);
  });
});

describe('what ends a gate, in this order', () => {
  const trouble = { ...BLIND, sinceMs: T0 - MINUTE, looks: 9 };
  const late = { nowMs: T0 + 31 * MINUTE, rolloutOver: true };
  it.each([
    ['evidence', [unit('a', 1_000), GUILTY], trouble, 'error-rate'],
    ['no sight', GOOD, trouble, 'blind'],
  ])('%s', (_, units, known, code) => {
    expect(verdictOn(ledgerWith({ units, trouble: known }), RULES, KNOWN, NOW)?.reasonCode).toBe(code);
  });
  it('a PASS, even at max-bake', () => {
    expect(verdictOn(ledgerWith({ toMs: late.nowMs, newestMs: late.nowMs }), RULES, KNOWN, late)?.kind).toBe('PASS');
  });
  it('max-bake', () => {
    expect(verdictOn(ledgerWith(), RULES, KNOWN, late)?.reason).toBe('after 31m: no fresh sample');
  });
});
