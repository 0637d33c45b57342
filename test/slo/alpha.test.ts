// How is the risk of a false alarm divided? The arithmetic of slo/rules.ts.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../../src/config/config.ts';
import { ISTIOD_FAULTS } from '../../src/slo/istiod.ts';
import {
  ALPHA,
  allScrapedMs,
  alphaBeside,
  alphaOf,
  alphaOfUnit,
  type Rules,
  staleAfterMs,
} from '../../src/slo/rules.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { hasRoutes } from '../../src/slo/unit.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const objective = (hard: boolean, index: number): Objective => ({
  name: `o${String(index)}`,
  hard,
  measure: { kind: 'scalar', query: 'q', max: 1 },
});
const rulesOf = (many: number, signals: Rules['signals'], hard: readonly boolean[] = []): Rules => ({
  settings: settingsWith({ objectives: hard.map(objective) }),
  subjects: Array.from({ length: many }, (_, index) => `a-${String(index)}`),
  signals,
  unmoved: [],
  scrapeIntervalMs: 15_000,
  lagMs: 3_000,
});

describe('the risk of a false alarm', () => {
  it.each([
    ['a namespace, of three sides', rulesOf(1, BATCH_SIGNALS), 0.009 / 3, 0.001 / 4],
    ['ten of them', rulesOf(10, BATCH_SIGNALS), 0.009 / 30, 0.001 / 22],
    ['two gateways, of one side', rulesOf(2, ['gateway']), 0.009 / 2, 0.001 / 4],
    ['objectives, of which hard ones can fail', rulesOf(1, BATCH_SIGNALS, [true, false, true]), 0.009 / 5, 0.001 / 4],
  ])('is divided by what can raise one: %s', (_, rules, requests, beside) => {
    expect(alphaOf(rules)).toBeCloseTo(requests, 12);
    expect(alphaBeside(rules)).toBeCloseTo(beside, 12);
  });

  it('is all given away and no more, whatever is judged', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom<Rules['signals']>(BATCH_SIGNALS, ['gateway'], ['client', 'tcp']),
        fc.array(fc.boolean(), { maxLength: 5 }),
        (many, signals, hard) => {
          const rules = rulesOf(many, signals, hard);
          const units = rules.subjects.flatMap(() => signals.map((signal) => alphaOfUnit({ signal }, rules)));
          const routes = rules.subjects.flatMap(() => signals.filter(hasRoutes).map(() => alphaBeside(rules)));
          const objectives = hard.filter(Boolean).map(() => alphaOf(rules));
          const istiod = ISTIOD_FAULTS.map(() => alphaBeside(rules));
          const sum = [...units, ...routes, ...objectives, ...istiod].reduce((all, each) => all + each, 0);
          expect(sum).toBeCloseTo(ALPHA, 12);
        },
      ),
    ));

  it('is divided as at first where a subject is gone since', () => {
    const rules = rulesOf(3, BATCH_SIGNALS, [true]);
    const fewer = { ...rules, subjects: rules.subjects.slice(1), among: 3 };
    expect([alphaOf(fewer), alphaBeside(fewer)]).toEqual([alphaOf(rules), alphaBeside(rules)]);
  });
});

it.each([
  [15_000, 30_000, 'two scrapes'],
  [1_000, 5_000, 'but not less than machines jitter'],
])('scraped every %i ms, all have been scraped in %i ms: %s', (scrapeIntervalMs, ms) => {
  expect(allScrapedMs({ scrapeIntervalMs })).toBe(ms);
  expect(staleAfterMs({ scrapeIntervalMs, lagMs: 3_000 })).toBe(ms + 3_000);
});
