import { describe, expect, it } from 'vitest';
import type { Objective } from '../../src/config/config.ts';
import { fillIn, objectiveSentence, objectiveState } from '../../src/slo/objectives.ts';

const blanks = {
  namespaces: ['a', 'b'],
  windowMs: 90_000,
  revision: '1-32-0',
  matchers: [{ name: 'cluster', op: '=', value: 'eu"1' }],
} as const;

describe('a query of the user', () => {
  it.each([
    ['m{ns=~"$namespaces"}', 'm{ns=~"a|b"}'],
    ['m[$window]', 'm[90000ms]'],
    ['m{rev="${revision}"}', 'm{rev="1-32-0"}'],
    ['m{x="y",$matchers}', String.raw`m{x="y",cluster="eu\"1"}`],
    ['label_replace(m, "a", "$1", "b", "(.*)")', 'label_replace(m, "a", "$1", "b", "(.*)")'],
    ['m{a="$namespace"}', 'm{a="$namespace"}'],
    ['m{a="$constructor"}', 'm{a="$constructor"}'],
  ])('%s becomes %s', (query, filled) => {
    expect(fillIn(query, blanks)).toBe(filled);
  });
});

describe('an objective', () => {
  const ratio: Objective = { name: 'r', hard: true, measure: { kind: 'ratio', errors: 'e', total: 't', limit: 0.01 } };
  const scalar: Objective = { name: 's', hard: true, measure: { kind: 'scalar', query: 'q', max: 500 } };
  it.each([
    ['a clean ratio', ratio, { kind: 'ratio', errors: 0, total: 100 }, 'met'],
    ['no numerator beside a denominator: no errors', ratio, { kind: 'ratio', errors: undefined, total: 100 }, 'met'],
    ['a proven breach', ratio, { kind: 'ratio', errors: 50, total: 100 }, 'breached'],
    ['a ratio over the limit by chance perhaps', ratio, { kind: 'ratio', errors: 2, total: 100 }, 'over-unproved'],
    ['no denominator', ratio, { kind: 'ratio', errors: 3, total: undefined }, 'no-data'],
    ['no requests', ratio, { kind: 'ratio', errors: 0, total: 0 }, 'no-data'],
    ['NaN errors', ratio, { kind: 'ratio', errors: NaN, total: 100 }, 'no-data'],
    ['a scalar within its bound', scalar, { kind: 'scalar', value: 500 }, 'met'],
    ['a scalar above it', scalar, { kind: 'scalar', value: 501 }, 'breached'],
    ['an infinite scalar', scalar, { kind: 'scalar', value: Infinity }, 'no-data'],
    ['NaN', scalar, { kind: 'scalar', value: NaN }, 'no-data'],
    ['nothing', scalar, { kind: 'scalar', value: undefined }, 'no-data'],
    ['no reading', scalar, undefined, 'no-data'],
    ['no reading of a ratio', ratio, undefined, 'no-data'],
    ["a scalar's reading of a ratio", ratio, { kind: 'scalar', value: 1 }, 'no-data'],
    ["a ratio's reading of a scalar", scalar, { kind: 'ratio', errors: 0, total: 100 }, 'no-data'],
    ['a ratio exactly at the limit', ratio, { kind: 'ratio', errors: 1, total: 100 }, 'met'],
    ['an infinite total', ratio, { kind: 'ratio', errors: 1, total: Infinity }, 'no-data'],
  ] as const)('%s', (_, objective, reading, state) => {
    expect(objectiveState(objective, reading, 0.01)).toBe(state);
  });

  it.each([
    [ratio, { kind: 'ratio', errors: 12, total: 400 }, 'objective r: 12 of 400 (3 %), limit 1 %'],
    [
      { ...ratio, measure: { kind: 'ratio', errors: 'e', total: 't', limit: 0.0125 } },
      { kind: 'ratio', errors: 508, total: 40_000 },
      'objective r: 508 of 40,000 (1.3 %), limit 1.25 %',
    ],
    [ratio, { kind: 'ratio', errors: undefined, total: 400 }, 'objective r: 0 of 400 (0 %), limit 1 %'],
    [ratio, { kind: 'ratio', errors: 12, total: undefined }, 'objective r: no data'],
    [ratio, { kind: 'ratio', errors: 0, total: 0 }, 'objective r: no data'],
    [ratio, { kind: 'scalar', value: 12 }, 'objective r: no data'],
    [ratio, undefined, 'objective r: no data'],
    [scalar, { kind: 'scalar', value: 812.3456 }, 'objective s: 812.3, at most 500'],
    [scalar, { kind: 'scalar', value: NaN }, 'objective s: no data'],
    [scalar, { kind: 'scalar', value: undefined }, 'objective s: no data'],
    [scalar, { kind: 'ratio', errors: 12, total: 400 }, 'objective s: no data'],
    [scalar, undefined, 'objective s: no data'],
  ] as const)('is said with its operands: %#', (objective, reading, sentence) => {
    expect(objectiveSentence(objective, reading)).toBe(sentence);
  });
});
