import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Trials } from '../../src/slo/evidence.ts';
import { afterSample, capital, OPEN } from '../../src/slo/wager.ts';
import { randomOf } from '../bench/verdict/random.ts';

const LIMIT = 0.01;
const ALPHA = 0.01;
const BETS = ['by-request', 'by-sample'] as const;
type Bets = (typeof BETS)[number];

const after = (samples: readonly Trials[], bets: Bets): number =>
  capital(samples.reduce((wager, sample) => afterSample(wager, bets, sample, LIMIT), OPEN[bets]));

const samples = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([requests, share]): Trials => ({ requests, errors: Math.round(requests * share ** 3) })),
  { minLength: 1, maxLength: 60 },
);

/** The share of 2,000 batches at the limit, 60 samples of 75 requests each, that ever look proven; failures come `together` at a time. */
function falseAlarms(bets: Bets, together: number): number {
  const random = randomOf(20_261_125, together);
  const batches = 2_000;
  let alarms = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    let wager = OPEN[bets];
    for (let look = 0; look < 60; look += 1) {
      const errors = Math.min(75, together * random.poisson((75 * LIMIT) / together));
      wager = afterSample(wager, bets, { errors, requests: 75 }, LIMIT);
      if (capital(wager) >= 1 / ALPHA) {
        alarms += 1;
        break;
      }
    }
  }
  return alarms / batches;
}

describe.each(BETS)('a wager %s', (bets) => {
  it('begins with one, and never gains by a sample that keeps the limit', () =>
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 10_000 }), fc.nat(100), (requests, share) => {
        const errors = Math.floor((requests * LIMIT * share) / 100);
        expect(after([], bets)).toBe(1);
        expect(after([{ requests, errors }], bets)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    ));

  it('grows with every further error', () =>
    fc.assert(
      fc.property(samples, fc.nat(59), (all, at) => {
        const worse = all.map((each, index) =>
          index === at ? { ...each, errors: Math.min(each.requests, each.errors + 1) } : each,
        );
        expect(after(worse, bets)).toBeGreaterThanOrEqual(after(all, bets) * (1 - 1e-9));
      }),
    ));

  it('stays a number, however much speaks for or against', () =>
    fc.assert(
      fc.property(samples, (all) => {
        const huge = all.map(({ requests, errors }) => ({ requests: requests * 1e5, errors: errors * 1e5 }));
        expect(after([...huge, ...huge, ...huge], bets)).toBeGreaterThanOrEqual(0);
      }),
    ));

  it('is not changed by a sample without requests', () => {
    const before = [{ requests: 75, errors: 7 }];
    expect(after([...before, { requests: 0, errors: 0 }], bets)).toBe(after(before, bets));
  });

  it('reaches 1/alpha at the limit itself in at most alpha of all batches, however often it is asked', () => {
    expect(falseAlarms(bets, 1)).toBeLessThanOrEqual(ALPHA);
  });

  it('does not weigh a breach that begins late against all the good samples before, which keep the mean below the limit', () => {
    const good = Array.from({ length: 100 }, () => ({ requests: 75, errors: 0 }));
    const bad = Array.from({ length: 8 }, () => ({ requests: 75, errors: 8 }));
    expect(after([...good, ...bad], bets)).toBeGreaterThan(1 / ALPHA);
  });
});

describe('failures that come ten at a time', () => {
  it('deceive bets by request, and never bets by sample', () => {
    expect(falseAlarms('by-request', 10)).toBeGreaterThan(0.1);
    expect(falseAlarms('by-sample', 10)).toBeLessThanOrEqual(ALPHA);
  });
});

const breach = (count: number): readonly Trials[] =>
  Array.from({ length: count }, () => ({ requests: 75, errors: 7.5 }));

describe('the two kinds of bets', () => {
  it('differ in speed: a ten-fold breach at 75 requests a sample takes two by request, four by sample', () => {
    const most = 3 / ALPHA;
    expect(after(breach(2), 'by-request')).toBeGreaterThan(most);
    expect(after(breach(3), 'by-sample')).toBeLessThan(most);
    expect(after(breach(4), 'by-sample')).toBeGreaterThan(most);
  });
});
