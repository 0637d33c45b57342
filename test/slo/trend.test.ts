import { describe, expect, it } from 'vitest';
import { inOrder, type Looks, trendOf } from '../../src/slo/trend.ts';

const look = (requests: number, errors: number) => ({ requests, errors });

describe('a trend', () => {
  it('shows shares, not numbers: many failures of very many requests are a low block', () => {
    expect(trendOf([look(10, 10), look(1_000, 20)])).toBe('█▂');
  });

  it('adds up neighbours where there are many, so that none is left out', () => {
    const clean = Array.from({ length: 47 }, () => look(10, 0));
    expect(trendOf([...clean, look(10, 1)])).toBe(`${'▁'.repeat(23)}█`);
    expect(trendOf([look(10, 1), ...clean])).toBe(`█${'▁'.repeat(23)}`);
    expect(trendOf([...clean, look(0, 0), look(10, 1)])).toBe(`${'▁'.repeat(16)}█`);
  });
});

it('looks are kept newest first, and told oldest first', () => {
  const first: Looks = { ...look(1, 0), earlier: undefined };
  const second: Looks = { ...look(2, 1), earlier: first };
  expect(inOrder({ ...look(3, 0), earlier: second }).map(({ requests }) => requests)).toEqual([1, 2, 3]);
  expect(inOrder(undefined)).toEqual([]);
});
