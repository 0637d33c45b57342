import { describe, expect, it } from 'vitest';
import { parseObjectives } from '../../src/config/objectives.ts';
import { problemsOf, valueOf } from './text.ts';

describe('objectives', () => {
  it('are ratios of two counts, or scalars with a limit', () => {
    const text = `
- name: checkout
  hard: true
  errors: sum(increase(failed_total{ns=~"$namespaces"}[$window]))
  total: >-
    sum(increase(all_total[$window]))
  limit: 0.5%
- name: latency
  query: histogram_quantile(0.99, x)
  max: 2.5e-1`;
    expect(valueOf(parseObjectives(text))).toEqual([
      {
        name: 'checkout',
        hard: true,
        measure: {
          kind: 'ratio',
          errors: 'sum(increase(failed_total{ns=~"$namespaces"}[$window]))',
          total: 'sum(increase(all_total[$window]))',
          limit: 0.005,
        },
      },
      {
        name: 'latency',
        hard: false,
        measure: { kind: 'scalar', query: 'histogram_quantile(0.99, x)', max: 0.25 },
      },
    ]);
  });

  it.each([
    ['- name: a\n  query: x\n  max: 1\n  limt: 2', 'line 4, column 3', 'an unknown key'],
    ['- name: a\n  query: x', 'line 1, column 3: an objective has either', 'no limit'],
    ['- name: a\n  query: x\n  max: 1\n  errors: y', 'either errors, total and limit, or query and max', 'both'],
    ['- name: a\n  errors: x\n  total: y\n  limit: 0.5', 'line 4, column 10: "0.5" has no %', 'no unit'],
    ['- name: a\n  query: x\n  max: lots', 'line 3, column 8: "lots" is not a number', 'no number'],
    ['- name: a\n  query: x\n  max: .inf', 'is not a number', 'no limit at all'],
    ['- query: x\n  max: 1', 'has no name', 'nameless'],
    ['- name: a\n  query: x\n  max: 1\n  hard: yes', 'hard is true or false', 'YAML 1.2 has no yes'],
    ['- {name: a, query: x, max: 1}\n- {name: a, query: x, max: 1}', 'two objectives are called "a"', 'twice'],
    ['name: a', 'objectives are a list', 'no list'],
    ['- just text', 'an objective needs keys', 'no mapping'],
    ['- name: a\n bad', 'line 2', 'no YAML'],
    ['- name: [', 'line 1, column', 'no YAML either'],
    ['- name: a\n  query:\n  max: 1', 'line 2, column 3: query needs a value', 'null'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseObjectives(text))).toContain(problem);
  });
});
