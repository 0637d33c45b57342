import { describe, expect, it } from 'vitest';
import type { BatchRule } from '../../src/config/config.ts';
import { batchesOf, type Candidate } from '../../src/plan/batches.ts';
import { aPlannedNamespace } from '../builders/plan.ts';

const candidate = (name: string, pods = 1, labels: Record<string, string> = {}): Candidate => ({
  ...aPlannedNamespace(name, { pods }),
  labels,
});
const namesOf = (rules: readonly BatchRule[], candidates: readonly Candidate[], last?: string): string[][] => {
  const result = batchesOf(rules, candidates, last);
  if (result.kind === 'problems') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.value.map((batch) => batch.namespaces.map(({ name }) => name));
};
const problemsOf = (rules: readonly BatchRule[], candidates: readonly Candidate[]): string[] => {
  const result = batchesOf(rules, candidates);
  return result.kind === 'problems' ? result.problems.map(({ id, message }) => `${id}: ${message}`) : [];
};
const glob = (pattern: string) => ({ kind: 'glob', pattern }) as const;
const select = (...patterns: string[]): BatchRule => ({ kind: 'select', selectors: patterns.map(glob) });
const ten = Array.from({ length: 10 }, (_, index) => candidate(`ns-${String(index)}`));

describe('the lines of batches', () => {
  it('take one, then a tenth of all rounded up, then quarters of all, as the default says', () => {
    const rules: BatchRule[] = [
      { kind: 'count', count: 1 },
      { kind: 'share', share: 0.1 },
      { kind: 'rest-by-share', share: 0.25 },
    ];
    expect(namesOf(rules, ten).map((batch) => batch.length)).toEqual([1, 1, 3, 3, 2]);
  });

  it.each([
    { share: 0.07, of: 100, take: 7, why: '0.07 × 100 is a little more than 7' },
    { share: 0.07, of: 101, take: 8, why: 'rounded up' },
    { share: 0.1, of: 3, take: 1, why: 'rounded up from less than one' },
    { share: 0.001, of: 1000, take: 1, why: 'exactly one' },
    { share: 1, of: 3, take: 3, why: 'all' },
  ])('take $take of $of as a share of $share: $why', ({ share, of, take }) => {
    const all = Array.from({ length: of }, (_, index) => candidate(`ns-${String(index)}`));
    expect(namesOf([{ kind: 'share', share }, { kind: 'rest' }], all)[0]).toHaveLength(take);
    expect(namesOf([{ kind: 'rest-by-share', share }], all)[0]).toHaveLength(take);
  });

  it('put the fewest pods first, then the name, and the eyes of the gate last', () => {
    const candidates = [candidate('big', 9), candidate('monitoring', 0), candidate('b'), candidate('a')];
    expect(namesOf([{ kind: 'rest-by-count', count: 1 }], candidates, 'monitoring').flat()).toEqual([
      'a',
      'b',
      'big',
      'monitoring',
    ]);
  });

  it('take by name, glob and label', () => {
    const candidates = [
      candidate('shop-a'),
      candidate('shop-b'),
      candidate('pay', 1, { tier: 'gold' }),
      candidate('z'),
    ];
    const rules: BatchRule[] = [
      { kind: 'select', selectors: [{ kind: 'label', key: 'tier', value: 'gold' }] },
      select('shop-*'),
      { kind: 'rest' },
    ];
    expect(namesOf(rules, candidates)).toEqual([['pay'], ['shop-a', 'shop-b'], ['z']]);
  });

  it('make no batch of a line that finds nothing left', () => {
    expect(namesOf([{ kind: 'count', count: 5 }, { kind: 'rest' }], [candidate('only')])).toEqual([['only']]);
  });

  it('are refused when they leave a namespace out, and name it', () => {
    expect(problemsOf([{ kind: 'count', count: 9 }], ten)).toEqual([
      'batches-leave-out: no line of `batches` takes ns-9',
    ]);
  });

  it('are refused when they name a namespace twice or one that is not there, all at once', () => {
    expect(problemsOf([select('ns-0'), select('ns-0', 'nowhere'), { kind: 'rest' }], ten)).toEqual([
      'batches-twice: `batches` names ns-0 twice',
      'batches-unknown: `batches` names nowhere, and no namespace in scope is called so',
    ]);
  });
});
