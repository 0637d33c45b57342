import { describe, expect, it } from 'vitest';
import { badBefore, elsewhere, untouched, worseThan } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';

const counts = (requests: number, errors: number): Counts => ({ ...NO_COUNTS, requests, errors });

describe('worse than before', () => {
  it.each([
    [0, 0.001],
    [0.0005, 0.0015],
    [0.02, 0.04],
    [0.6, 0.8],
    [1, 1],
  ])(
    'is at least a factor of 2 and 0.1 percentage points, where that leaves successes: %f means more than %f',
    (before, least) => {
      expect(worseThan(before)).toBeCloseTo(least, 10);
    },
  );
});

describe('bad before', () => {
  it.each([
    ['nothing measured', undefined, false],
    ['within the limit', counts(1_000, 9), false],
    ['over the limit', counts(1_000, 20), true],
    ['a single error in a quiet hour', counts(10, 1), false],
    ['two errors in a quiet hour', counts(10, 2), false],
    ['three errors in a quiet hour', counts(10, 3), true],
    ['exactly at the limit', counts(1_000, 10), false],
  ])('%s', (_, before, bad) => {
    expect(badBefore(before, 0.01)).toBe(bad);
  });
});

describe('namespaces to compare with', () => {
  const links = [
    { from: 'edge', to: 'web' },
    { from: 'web', to: 'payments' },
    { from: 'payments', to: 'bank' },
    { from: 'bank', to: 'vault' },
    { from: 'edge', to: 'books' },
  ];
  const all = ['edge', 'web', 'bank', 'vault', 'books', 'idle'];

  it('neither call the batch nor are called by it, at any distance', () => {
    expect(untouched(all, ['payments'], links)).toEqual(['books', 'idle']);
  });

  it('are none while nobody knows who calls whom', () => {
    expect(untouched(all, ['payments'], undefined)).toEqual([]);
  });
});

const always = (limit: number) => (): number => limit;
const laxForLegacy = (name: string): number => (name === 'legacy' ? 0.05 : 0.01);
const pool = (now: Counts, before: Counts) =>
  elsewhere(['books'], new Map([['books', now]]), [], new Map([['books', before]]), always(0.01)).kind;

const named = (each: Counts) => new Map([['books', each]]);

describe('elsewhere', () => {
  it.each([
    ['too little traffic says nothing', counts(50, 0), counts(1_000, 0), 'unknown'],
    ['little traffic that all fails says enough', counts(50, 50), counts(1_000, 0), 'breached'],
    ['few errors are well', counts(1_000, 5), counts(1_000, 5), 'well'],
    ['many more than before are a breach', counts(1_000, 100), counts(1_000, 5), 'breached'],
    ['as many as ever are no incident', counts(1_000, 100), counts(1_000, 100), 'well'],
    ['a breach without a past is one', counts(1_000, 100), NO_COUNTS, 'breached'],
    ['a hundred clean requests are well', counts(100, 0), NO_COUNTS, 'well'],
    ['one fewer says nothing', counts(99, 0), NO_COUNTS, 'unknown'],
    ['twice as many as before are a breach', counts(100_000, 4_000), counts(100_000, 2_000), 'breached'],
    ['a little fewer than that are as ever', counts(100_000, 3_990), counts(100_000, 2_000), 'well'],
  ])('%s', (_, now, before, kind) => {
    expect(pool(now, before)).toBe(kind);
  });

  it.each([
    ['in the newest tick', [counts(100, 0), counts(100, 30)]],
    ['in the newest ticks together', [counts(30, 3), counts(30, 3), counts(30, 3)]],
  ])('is breached by an incident that has just begun, %s', (_, newest) => {
    const long = named(counts(20_000, 40));
    const kind = (all: readonly Counts[]) =>
      elsewhere(['books'], long, all.map(named), named(counts(10_000, 10)), always(0.01)).kind;
    expect(kind(newest)).toBe('breached');
    expect(kind([])).toBe('well');
  });

  it('is held to the limit alone where the hour before had no errors', () => {
    const [now, before] = [named(counts(1_000_000, 500)), named(counts(1_000_000, 0))];
    expect(elsewhere(['books'], now, [], before, always(0.0001)).kind).toBe('breached');
  });

  it('holds each namespace to its own limit', () => {
    const seen = new Map([
      ['books', counts(1_000, 0)],
      ['legacy', counts(1_000, 40)],
    ]);
    const kind = (limitOf: (name: string) => number) =>
      elsewhere(['books', 'legacy'], seen, [], new Map(), limitOf).kind;
    expect(kind(laxForLegacy)).toBe('well');
    expect(kind(always(0.01))).toBe('breached');
  });
});
