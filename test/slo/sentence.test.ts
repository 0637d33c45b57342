import { describe, expect, it } from 'vitest';
import { limitText, names, percent, span, topCauses, unitSentence, workloadsWere } from '../../src/slo/sentence.ts';

describe('percent', () => {
  it.each([
    [0, '0 %'],
    [0.031, '3.1 %'],
    [0.0307, '3.1 %'],
    [0.5, '50 %'],
    [0.00042, '0.042 %'],
    [0.999, '100 %'],
    [1.234, '123 %'],
    [1e-9, '< 0.0001 %'],
  ])('%f is %s', (ratio, text) => {
    expect(percent(ratio)).toBe(text);
  });

  it.each([
    [0.0127, 0.0125, '1.3 %', 'it is above, and reads so'],
    [0.0127, 0.013, '1.27 %', 'rounded, it would be the limit'],
    [0.01004, 0.01, '1.004 %', 'the same, only just above'],
    [0.0126, 0.0127, '1.26 %', 'rounded, it would be above'],
    [0.0125, 0.0125, '1.25 %', 'it is the limit'],
    [0.9985, 0.999, '99.85 %', 'rounded, it would be all'],
    [0.07, 0.07, '7 %', 'floating point adds nothing'],
  ])('%f beside a limit of %f is %s: %s', (ratio, limit, text) => {
    expect(percent(ratio, limit)).toBe(text);
  });
});

describe('a limit', () => {
  it.each([
    [0, '0 %'],
    [0.0125, '1.25 %'],
    [0.07, '7 %'],
    [0.99999, '99.999 %'],
    [1e-11, '0.000000001 %'],
  ])('of %f is %s, as it was asked for', (limit, text) => {
    expect(limitText(limit)).toBe(text);
  });
});

describe('span', () => {
  it.each([
    [0, '0s'],
    [1, '1s'],
    [95_000, '1m35s'],
    [3_600_000, '1h'],
  ])('%i ms is %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });
});

it('long lists of names are cut', () => {
  expect(names(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  expect(names(['a', 'b'], 2)).toBe('a, b');
});

it('of many causes the commonest are named, by name where they are as common', () => {
  expect(topCauses({ '500': 2, '503 UH': 31, '504': 1, '502': 2 })).toBe('503 UH × 31, 500 × 2, 502 × 2');
});

it.each([
  [1, '1 workload was'],
  [0, '0 workloads were'],
  [1_200, '1,200 workloads were'],
])('%i of them: %s', (many, words) => {
  expect(workloadsWere(many)).toBe(words);
});

describe("a unit's sentence", () => {
  const unit = { subject: 'payments', signal: 'client', limit: 0.01 } as const;
  it.each([
    [
      'a breach with the least it must be',
      { requests: 1204, errors: 37, atLeast: 0.021, atMost: 0.05, causes: { '503 UH': 31, '500': 6 } },
      'payments: 37 of 1,204 requests failed (3.1 %, at least 2.1 % at 99 %), limit 1 %, client side: 503 UH × 31, 500 × 6',
    ],
    [
      'a breach that began late, though all together keep the limit',
      { requests: 8_100, errors: 64, atLeast: 0.01, atMost: 0.012 },
      'payments: 64 of 8,100 requests failed (0.79 %, of late above the limit, at 99 %), limit 1 %, client side',
    ],
    [
      'what is not disproved with the most it may be',
      { requests: 300, errors: 0, atLeast: 0, atMost: 0.026 },
      'payments: 0 of 300 requests failed (0 %, not disproved; at most 2.6 % at 99 %), limit 1 %, client side',
    ],
    [
      'what is proved as proved',
      { requests: 1000, errors: 1, atLeast: 0, atMost: 0.009 },
      'payments: 1 of 1,000 requests failed (0.1 %, proved: at most 0.9 % at 99 %), limit 1 %, client side',
    ],
    ['silence', { requests: 0, errors: 0, atLeast: 0, atMost: 1 }, 'payments: no requests, client side'],
  ])('says %s', (_, counts, sentence) => {
    expect(unitSentence({ ...unit, ...counts })).toBe(sentence);
  });

  it('tells the limit as it was approved, and on which side of it what was measured is', () => {
    const above = { ...unit, limit: 0.0125, requests: 1_000_000, errors: 12_510, atLeast: 0.012503, atMost: 0.02 };
    expect(unitSentence(above)).toContain('(1.3 %, at least 1.3 % at 99 %), limit 1.25 %,');
    expect(unitSentence({ ...above, limit: 0.01, errors: 10_040, atLeast: 0.01001 })).toContain(
      '(1.004 %, at least 1.001 % at 99 %), limit 1 %,',
    );
  });

  it('speaks of a breach only above the limit', () => {
    const at = { ...unit, requests: 100, errors: 1, atLeast: 0.001, atMost: 0.05 };
    expect(unitSentence(at)).toContain('(1 %, not disproved; at most 5 % at 99 %)');
  });

  it('prints a bound as proved only where it keeps the limit', () => {
    const clean = { ...unit, requests: 800, errors: 0, atLeast: 0 };
    expect(unitSentence({ ...clean, atMost: 0.01 })).toContain('proved: at most 1 %');
    expect(unitSentence({ ...clean, atMost: 0.0101 })).toContain('not disproved; at most 1.01 %');
  });
});
