// Is a unit's breach proven? Holds what its samples say against its threshold, sample by sample. Blames nobody.
import type { Trials } from './evidence.ts';
import { afterSample, capital, OPEN, type Wager } from './wager.ts';

export interface Proof {
  /** The error ratio (0–1) that must be proven to be exceeded. */
  readonly against: number;
  /** Successive samples in which more requests failed than that. */
  readonly failing: number;
  /** Requests of the samples since the newest of them. */
  readonly kept: number;
  readonly last: Trials;
  readonly byRequest: Wager;
  readonly bySample: Wager;
}

/** All of at least this many requests of a sample failed: a total outage. */
const OUTAGE_REQUESTS = 5;
/**
 * Below this an hour's minutes cannot tell their design effect from 1, which is that of requests that fail one by one: 60 minutes
 * of those stay below it 99 times in 100.
 */
const ONE_BY_ONE = 1.5;

/** Whether requests are evidence, each by itself; not where it is not known how they failed (`bursts` of the hour before). */
export const failOneByOne = (bursts = Infinity): boolean => bursts <= ONE_BY_ONE;

export const openProof = (against: number): Proof => ({
  against,
  failing: 0,
  kept: 0,
  last: { errors: 0, requests: 0 },
  byRequest: OPEN['by-request'],
  bySample: OPEN['by-sample'],
});

/** With one more sample. Against another ratio than before the proof begins anew. */
export function proofAfter(before: Proof, last: Trials, against: number): Proof {
  const proof = before.against === against ? before : openProof(against);
  return {
    against,
    last,
    ...succession(proof, last),
    byRequest: afterSample(proof.byRequest, 'by-request', last, against),
    bySample: afterSample(proof.bySample, 'by-sample', last, against),
  };
}

/** Samples without a failure end the succession once even the ratio held against would have promised one of so many requests. */
function succession({ against, failing, kept }: Proof, last: Trials): Pick<Proof, 'failing' | 'kept'> {
  if (last.errors > against * last.requests) return { failing: failing + 1, kept: 0 };
  const since = kept + last.requests;
  return since * against < 1 ? { failing, kept: since } : { failing: 0, kept: 0 };
}

/**
 * The ratio is above the one the proof is held against, at confidence 1 − alpha over all samples together. `bursts`, the design effect
 * of the hour before, decides what is evidence: requests where they failed one by one; where they failed together, or too few failed to
 * tell, only samples, a total outage's too: what fails together may well fail a whole sample.
 */
export function isProven(proof: Proof, alpha: number, bursts: number | undefined): boolean {
  return capital(failOneByOne(bursts) ? proof.byRequest : proof.bySample) >= 1 / alpha;
}

/** The breach stands on two successive samples, unless everything fails: one sample alone may be a scrape's mistake. */
export function isConfirmed(proof: Proof): boolean {
  return proof.failing >= 2 || isOutage(proof);
}

function isOutage({ last: { errors, requests } }: Proof): boolean {
  return requests >= OUTAGE_REQUESTS && errors >= requests;
}
