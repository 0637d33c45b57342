import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import type { Rules } from '../../src/slo/rules.ts';
import {
  nextWatch,
  openWatch,
  relapsed,
  relapsedUnit,
  relapseSentence,
  type WatchedUnit,
} from '../../src/slo/watch-list.ts';
import { counts, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const RULES: Rules = {
  settings: settingsWith({ maxErrorRate: { limit: 0.01, exceptions: [{ pattern: 'bank', limit: 0.05 }] } }),
  subjects: ['payments'],
  signals: ['client', 'server'],
  unmoved: [],
  watched: ['cart', 'bank'],
  scrapeIntervalMs: STEP_MS,
  lagMs: 0,
};
const together = (effect: number): Past => ({
  ...NO_PAST,
  bursts: new Map([['client', new Map([['cart', effect]])]]),
});
/** Requests failed one by one: each is evidence. */
const ONE_BY_ONE = together(1);
const hour = (name: string, requests: number, errors: number): Past => ({
  ...ONE_BY_ONE,
  hour: new Map([['client', new Map([[name, counts(requests, errors)]])]]),
});
type Look = readonly [requests: number, errors: number] | undefined;
/** Looks at `cart` as its callers see it. */
const after = (looks: readonly Look[], past = ONE_BY_ONE, rules = RULES): readonly WatchedUnit[] =>
  looks.reduce<readonly WatchedUnit[]>((units, look, index) => {
    const seen = new Map(look === undefined ? [] : [['cart', counts(...look)]]);
    return nextWatch(units, { fromMs: T0 + index * STEP_MS, counts: new Map([['client', seen]]) }, rules, past);
  }, openWatch(rules));
const cart = (units: readonly WatchedUnit[]): WatchedUnit => {
  const unit = units.find(({ subject, signal }) => subject === 'cart' && signal === 'client');
  if (unit === undefined) throw new Error('cart is not watched');
  return unit;
};
const never = (): boolean => false;
const always = (): boolean => true;
const BAD: Look = [200, 100];
const CLEAN: Look = [200, 0];
const relapsedAfter = (looks: readonly Look[], past = ONE_BY_ONE, comparable = never): readonly string[] =>
  relapsed(after(looks, past), past, comparable).map(({ subject, signal }) => `${subject} ${signal}`);

describe('what passed', () => {
  it('is watched from every side, under its own limit', () => {
    expect(openWatch(RULES).map(({ subject, signal, limit }) => [subject, signal, limit])).toEqual([
      ['cart', 'client', 0.01],
      ['cart', 'server', 0.01],
      ['bank', 'client', 0.05],
      ['bank', 'server', 0.05],
    ]);
    const { watched: _, ...nobody } = RULES;
    expect(openWatch(nobody)).toEqual([]);
  });

  it.each([
    ['clean', [CLEAN, CLEAN, CLEAN], []],
    ['bad at one look', [CLEAN, BAD], []],
    ['bad at one look, and nobody asked since', [BAD, [0, 0], undefined], []],
    ['bad at two successive looks', [CLEAN, BAD, BAD], ['cart client']],
    ['bad at two, and nobody asked between', [BAD, undefined, [0, 0], BAD], ['cart client']],
    ['clean for so long that evidence is gone', [BAD, [200_000, 0], BAD], []],
  ] as const)('has relapsed only once that is proven at two looks: %s', (_, looks, names) => {
    expect(relapsedAfter(looks)).toEqual(names);
  });

  it('has not relapsed where the hour before was as bad, and is only blamed for worse where others are to compare with', () => {
    const halfBad = hour('cart', 1_000, 500);
    const allFail: readonly Look[] = Array.from({ length: 3 }, () => [200, 200]);
    expect(relapsedAfter([BAD, BAD, BAD], halfBad, always)).toEqual([]);
    expect(relapsedAfter(allFail, halfBad, never)).toEqual([]);
    expect(relapsedAfter(allFail, halfBad, always)).toEqual(['cart client']);
  });

  it('is proven bad by requests where those failed one by one before, else by samples: a relapse takes longer', () => {
    const looks: readonly Look[] = [
      [200, 20],
      [200, 20],
    ];
    expect(relapsedAfter(looks, ONE_BY_ONE)).toEqual(['cart client']);
    expect(relapsedAfter(looks, together(10))).toEqual([]);
    expect(relapsedAfter(looks, NO_PAST)).toEqual([]);
  });

  it('alarms the later the more is watched', () => {
    const rules = {
      ...RULES,
      watched: ['cart', ...Array.from({ length: 5_000 }, (_, index) => `ns-${String(index)}`)],
    };
    const look: Look = [200, 15];
    expect(cart(after([look])).alarmed).toBe(1);
    expect(cart(after([look], ONE_BY_ONE, rules)).alarmed).toBe(0);
  });

  it('that relapsed is told by its strongest evidence, and when that began', () => {
    const unit = cart(after([CLEAN, CLEAN, BAD, BAD]));
    expect(unit.lately).toEqual({ requests: 400, errors: 200, fromMs: T0 + 2 * STEP_MS });
    const sentence = 'cart, which had passed: 200 of 400 requests failed of late (50 %), limit 1 %, client side';
    expect(relapseSentence(unit)).toBe(sentence);
    expect(relapseSentence(cart(openWatch(RULES)))).toContain('0 of 0 requests failed of late (0 %)');
    expect(relapseSentence({ ...unit, limit: 0.0125 })).toContain('(50 %), limit 1.25 %');
    const verdict = {
      subject: 'cart',
      signal: 'client',
      requests: 400,
      errors: 200,
      limit: 0.01,
      atLeast: 0.01,
      atMost: 1,
      state: 'fail',
      sentence,
    };
    expect(relapsedUnit(unit, RULES, NO_PAST)).toStrictEqual(verdict);
    expect(relapsedUnit(unit, RULES, hour('cart', 1_000, 100))).toStrictEqual({
      ...verdict,
      atLeast: 0.2,
      before: { requests: 1_000, errors: 100 },
    });
  });
});
