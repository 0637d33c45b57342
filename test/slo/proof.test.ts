import { describe, expect, it } from 'vitest';
import type { Trials } from '../../src/slo/evidence.ts';
import { isConfirmed, isProven, openProof, type Proof, proofAfter } from '../../src/slo/proof.ts';
import { afterSample, OPEN } from '../../src/slo/wager.ts';

const LIMIT = 0.01;
const ALPHA = 0.01 / 3;
const proofOf = (...samples: readonly Trials[]): Proof =>
  samples.reduce((proof, sample) => proofAfter(proof, sample, LIMIT), openProof(LIMIT));
const TENFOLD = { requests: 75, errors: 8 };
const OUTAGE = { requests: 6, errors: 6 };
const CLEAN = { requests: 75, errors: 0 };
const pairs = (samples: number): readonly Trials[] =>
  Array.from({ length: samples }, () => ({ requests: 2, errors: 0 }));

describe('a breach', () => {
  it.each([
    ['one by one: requests are evidence', 1, true],
    ['hardly together: an hour cannot tell that from one by one', 1.5, true],
    ['together: only samples are evidence', 1.6, false],
    ['too seldom to tell: only samples are evidence', undefined, false],
  ])('of two samples is proven according to how requests failed before: %s', (_, bursts, proven) => {
    expect(isProven(proofOf(TENFOLD, TENFOLD), ALPHA, bursts)).toBe(proven);
    expect(isProven(proofOf(TENFOLD, TENFOLD, TENFOLD, TENFOLD), ALPHA, bursts)).toBe(true);
  });

  it('is bet on by request and by sample, each from its own beginning', () => {
    const { byRequest, bySample } = proofOf(TENFOLD);
    expect(byRequest).toEqual(afterSample(OPEN['by-request'], 'by-request', TENFOLD, LIMIT));
    expect(bySample).toEqual(afterSample(OPEN['by-sample'], 'by-sample', TENFOLD, LIMIT));
  });

  it('is not what keeps the limit exactly', () => {
    const atLimit = { requests: 100, errors: 1 };
    expect(isConfirmed(proofOf(atLimit, atLimit))).toBe(false);
  });

  it.each([
    [4, false],
    [5, true],
  ])('of all of %i requests is a total outage: %j', (requests, confirmed) => {
    expect(isConfirmed(proofOf({ requests, errors: requests }))).toBe(confirmed);
  });

  it('is not confirmed by one sample, however often good ones follow', () => {
    const once = proofOf({ requests: 75, errors: 60 }, CLEAN, CLEAN);
    expect(isProven(once, ALPHA, 1)).toBe(true);
    expect(isConfirmed(once)).toBe(false);
    const again = proofAfter(once, TENFOLD, LIMIT);
    expect(isConfirmed(again)).toBe(false);
    expect(isConfirmed(proofAfter(again, TENFOLD, LIMIT))).toBe(true);
  });

  it('stands on two successive samples, outside of a total outage', () => {
    const bad = { requests: 750, errors: 500 };
    const good = { requests: 750, errors: 7 };
    expect(isConfirmed(proofOf(bad, good, bad))).toBe(false);
    expect(isConfirmed(proofOf(bad, good, bad, bad))).toBe(true);
    expect(isConfirmed(proofOf(bad, good, { requests: 750, errors: 750 }))).toBe(true);
  });

  it('takes no samples for a break that bring fewer requests than promise one failure', () => {
    const one = { requests: 2, errors: 1 };
    expect(isConfirmed(proofOf(one, ...pairs(49), one))).toBe(true);
    expect(isConfirmed(proofOf(one, ...pairs(50), one))).toBe(false);
  });

  it('that is a total outage is proven like any other, and confirmed by its first sample', () => {
    expect(isProven(proofOf(CLEAN, OUTAGE), ALPHA, 1)).toBe(true);
    expect(isProven(proofOf(CLEAN, OUTAGE), ALPHA, undefined)).toBe(false);
    expect(isProven(proofOf(CLEAN, OUTAGE, OUTAGE), ALPHA, undefined)).toBe(true);
    expect(isConfirmed(proofOf(CLEAN, OUTAGE))).toBe(true);
    expect(isConfirmed(proofOf(CLEAN, { requests: 4, errors: 4 }))).toBe(false);
  });

  it('is proven anew against another threshold', () => {
    const proof = proofOf(TENFOLD, TENFOLD);
    expect(isProven(proofAfter(proof, TENFOLD, 0.1), ALPHA, 1)).toBe(false);
    expect(proofAfter(proof, TENFOLD, 0.1).failing).toBe(1);
  });
});
