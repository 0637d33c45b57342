import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atLeast,
  atMost,
  logEvidenceAbove,
  poissonAtMost,
  provenAbove,
  psi,
  smallestBreach,
} from '../../src/slo/evidence.ts';
import { dice } from '../cluster/traffic/random.ts';

const ALPHA = 0.01;
const trials = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([requests, share]) => ({ requests, errors: Math.round(requests * share) }));
const limits = fc.double({ min: 0.0001, max: 0.5, noNaN: true });

describe('evidence', () => {
  it('raises a false alarm at the limit itself in at most alpha of all batches, however often it is asked', () => {
    const random = dice(20_261_124);
    const [batches, looks, perLook, limit] = [2_000, 60, 40, 0.01];
    let alarms = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      let errors = 0;
      for (let look = 1; look <= looks; look += 1) {
        for (let request = 0; request < perLook; request += 1) if (random() < limit) errors += 1;
        if (provenAbove({ errors, requests: look * perLook }, limit, ALPHA)) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / batches).toBeLessThanOrEqual(ALPHA);
  });

  it('is the expectation of a fair bet: at the limit its mean is 1', () => {
    const [requests, limit] = [50, 0.2];
    let mean = 0;
    let chance = (1 - limit) ** requests;
    for (let errors = 0; errors <= requests; errors += 1) {
      mean += chance * Math.exp(logEvidenceAbove({ errors, requests }, limit));
      chance *= (((requests - errors) / (errors + 1)) * limit) / (1 - limit);
    }
    expect(mean).toBeCloseTo(1, 6);
  });

  it('never shrinks with one error more', () =>
    fc.assert(
      fc.property(trials, limits, ({ errors, requests }, limit) => {
        fc.pre(errors < requests);
        const [less, more] = [errors, errors + 1].map((k) => logEvidenceAbove({ errors: k, requests }, limit));
        expect(more ?? 0).toBeGreaterThan(less ?? 0);
      }),
    ));

  it('never grows with a laxer limit', () =>
    fc.assert(
      fc.property(trials, limits, limits, (data, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(logEvidenceAbove(data, high)).toBeLessThanOrEqual(logEvidenceAbove(data, low) + 1e-6);
      }),
    ));

  it('is not there with a design effect where it is not there without one', () =>
    fc.assert(
      fc.property(trials, limits, fc.double({ min: 1, max: 50, noNaN: true }), (data, limit, effect) => {
        fc.pre(!provenAbove(data, limit, ALPHA));
        expect(provenAbove(data, limit, ALPHA, effect)).toBe(false);
      }),
    ));

  it('is a number for any limit there is, and none for what never can be exceeded', () => {
    const ten = { errors: 10, requests: 10 };
    expect(logEvidenceAbove(ten, 1)).toBeCloseTo(0, 6);
    expect(logEvidenceAbove(ten, 0)).toBeGreaterThan(50);
  });

  it('is never there without an error', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), limits, (requests, limit) => {
        expect(provenAbove({ errors: 0, requests }, limit, ALPHA)).toBe(false);
      }),
    ));

  it.each([
    ['a ten-fold breach', 0.1, 80],
    ['a total outage', 1, 4],
  ])('of %s in a batch of ten namespaces stands within few requests', (_, ratio, most) => {
    expect(provenAbove({ errors: ratio * most, requests: most }, 0.01, ALPHA / 30)).toBe(true);
  });
});

it('ln(1 + e^t) does not overflow', () => {
  expect([psi(800), psi(-800), psi(0)]).toEqual([800, 0, Math.LN2]);
  expect(psi(2)).toBeCloseTo(Math.log(1 + Math.exp(2)), 12);
});

describe('the bounds', () => {
  it('hold the observed ratio between them', () =>
    fc.assert(
      fc.property(trials, ({ errors, requests }) => {
        const ratio = errors / requests;
        expect(atLeast({ errors, requests }, ALPHA)).toBeLessThanOrEqual(ratio + 1e-9);
        expect(atMost({ errors, requests }, ALPHA)).toBeGreaterThanOrEqual(ratio - 1e-9);
      }),
    ));

  it('agree with the test: at least more than the limit exactly where a breach is proven', () =>
    fc.assert(
      fc.property(trials, limits, (data, limit) => {
        const bound = atLeast(data, ALPHA);
        fc.pre(Math.abs(bound - limit) > 1e-9);
        expect(bound > limit).toBe(provenAbove(data, limit, ALPHA));
      }),
    ));

  it('are 0 and 1 themselves where nothing speaks against it', () => {
    expect(atLeast({ errors: 0, requests: 1_000 }, ALPHA)).toBe(0);
    expect(atMost({ errors: 1_000, requests: 1_000 }, ALPHA)).toBe(1);
  });

  it('know nothing without requests', () => {
    expect([atLeast({ errors: 0, requests: 0 }, ALPHA), atMost({ errors: 0, requests: 0 }, ALPHA)]).toEqual([0, 1]);
  });

  it.each([
    [300, 0.0177],
    [533, 0.01],
    [890, 0.006],
  ])('of no error in %i requests prove at most %f', (requests, bound) => {
    expect(atMost({ errors: 0, requests }, ALPHA)).toBeCloseTo(bound, 3);
  });
});

describe('the smallest breach that traffic can reveal', () => {
  it('shrinks with more traffic, and is above the limit', () => {
    const [few, many] = [200, 20_000].map((requests) => smallestBreach(requests, 0.01, ALPHA) ?? 1);
    expect(few).toBeGreaterThan(many ?? 1);
    expect(many).toBeGreaterThan(0.01);
  });

  it('does not exist where not even total failure would prove anything', () => {
    expect(smallestBreach(1, 0.01, ALPHA / 100)).toBeUndefined();
  });
});

describe('P(Poisson ≤ seen)', () => {
  it.each([
    [0, 3, Math.exp(-3)],
    [2, 3, Math.exp(-3) * (1 + 3 + 4.5)],
    [5, 0, 1],
  ])('seen %i, expected %f', (seen, expected, probability) => {
    expect(poissonAtMost(seen, expected)).toBeCloseTo(probability, 12);
  });

  it('stays a probability, and small, far out', () => {
    expect(poissonAtMost(100, 5_000)).toBeLessThan(1e-9);
    expect(poissonAtMost(0, 5_000)).toBe(0);
    expect(poissonAtMost(5_100, 5_000)).toBe(1);
  });

  it('is never said to be smaller than it is, nor much larger, where it has to be bounded', () => {
    // Exactly 0.0786, by the sum in logarithms.
    expect(poissonAtMost(4_900, 5_000)).toBeGreaterThan(0.0786);
    expect(poissonAtMost(4_900, 5_000)).toBeLessThan(0.4);
  });
});
