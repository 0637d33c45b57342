import { describe, expect, it } from 'vitest';
import { type Detector, levelOf, NEW_DETECTOR, strongestRun, watched } from '../../src/slo/watch.ts';
import { type Bets, gains } from '../../src/slo/wager.ts';

const LIMIT = 0.01;
/** One look a second. */
const after = (...looks: readonly (readonly [requests: number, errors: number])[]): Detector =>
  looks.reduce<Detector>(
    (detector, [requests, errors], index) => watched(detector, { requests, errors, fromMs: index * 1_000 }, LIMIT),
    NEW_DETECTOR,
  );

describe('the level of a detector', () => {
  it('is 1 before its first look', () => {
    expect(levelOf(NEW_DETECTOR, 1)).toBe(1);
    expect(levelOf(after([0, 0]), undefined)).toBe(1);
  });

  it.each([
    ['by-request', 1],
    ['by-request', 1.5],
    ['by-sample', 1.6],
    ['by-sample', undefined],
  ] as const)(
    'is the mean of what its bets gain, none falling below 1: %s, where the design effect is %s',
    (bets: Bets, bursts) => {
      const look = { requests: 75, errors: 2 };
      const gained = gains(bets, look, LIMIT).map((gain) => Math.max(gain, 1));
      const mean = gained.reduce((sum, gain) => sum + gain, 0) / gained.length;
      expect(levelOf(after([look.requests, look.errors]), bursts)).toBeCloseTo(mean, 9);
    },
  );
});

describe('the strongest run', () => {
  it('holds all looks since it began, and says when that was', () => {
    expect(strongestRun(after([100, 0], [100, 30], [100, 40]), 1)).toEqual({
      requests: 200,
      errors: 70,
      fromMs: 1_000,
    });
  });

  it('is that of the bet that gained most, not of the boldest', () => {
    expect(strongestRun(after([1_000, 20]), 1)).toEqual({ requests: 1_000, errors: 20, fromMs: 0 });
  });

  it('does not begin with what keeps the limit exactly', () => {
    expect(strongestRun(after([100, 1], [100, 50]), undefined)).toEqual({ requests: 100, errors: 50, fromMs: 1_000 });
  });

  it('is empty where nothing failed', () => {
    expect(strongestRun(after([100, 0]), 1)).toEqual({ requests: 0, errors: 0, fromMs: undefined });
  });
});
