// How strongly do a unit's samples speak against a limit, whenever the breach began? No thresholds on rates, no clock.
//
// Theorem (Ville 1939; Shafer & Vovk 2001, "game-theoretic probability"; Waudby-Smith & Ramdas 2024, "Estimating means of bounded
// random variables by betting"). A gambler starts with a capital of 1 and bets against "at most p of the requests fail". If no
// bet gains in expectation where that is true, given all that came before, the capital ever reaches 1/alpha with probability at
// most alpha: it may be looked at after every sample, and stopped at any of them. Two kinds of bets are fair in this sense:
//
// - By request: with odds q against p the stake is multiplied by (q/p)^k ((1−q)/(1−p))^(n−k). Fair where each request fails with
//   conditional probability ≤ p given everything before it: requests that fail one by one. Quick: two samples can be enough.
// - By sample: with x = k/n and a share c of the stake it is multiplied by 1 − c + c·x/p, whose expectation is at most 1 where the
//   conditional expectation of x is at most p. Fair for requests that fail together, whatever binds them inside of a sample.
//   Slower: a sample, however large, counts once.
//
// Not all is staked at the first sample: the n-th gets a share 1/(n+1) of what is held back, spread over the bets, so that a
// breach that begins late, or grows, is not measured against all the good samples before it. Stakes put in later are as fair as
// the first (the capital is a mixture over the moment the breach began), so the theorem holds as it stands.
//
// What is not a theorem: that a sample's expectation does not depend on the one before. A burst that lasts from one sample into the
// next makes it so; what that does to the false-alarm rate is simulated (npm run bench:verdict). Blocks of samples longer than any burst
// would be fair again, and too slow: a total outage takes two or three of whatever is bet on.
import { psi, type Trials } from './evidence.ts';

export interface Wager {
  /** With requests. */
  readonly samples: number;
  /** What is held back. */
  readonly reserve: number;
  /** By bet. */
  readonly stakes: readonly number[];
}
export type Bets = 'by-request' | 'by-sample';

/** Logarithms of odds ratios q/(1−q) : p/(1−p): small ones for large samples, large ones for small samples. */
const ODDS = [1.2, 1.4, 1.7, 2, 2.5, 3, 4, 6, 8, 12, 16, 24, 48, 128].map(Math.log);
/** Shares of the stake: small ones for a ratio that jumps about, large ones for a steady one. */
const SHARES = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 15 / 16];
/** More is no stronger evidence, and stays a number. */
const MOST = 1e100;
const LEAST_RATIO = 1e-9;

const open = (bets: number): Wager => ({ samples: 0, reserve: 1, stakes: Array.from({ length: bets }, () => 0) });
/** Before the first sample. */
export const OPEN: Readonly<Record<Bets, Wager>> = {
  'by-request': open(ODDS.length),
  'by-sample': open(SHARES.length),
};

/** The wager after one more sample, against "at most `limit` of the requests fail" (0–1). A sample without requests changes nothing. */
export function afterSample(wager: Wager, bets: Bets, sample: Trials, limit: number): Wager {
  if (sample.requests <= 0) return wager;
  const samples = wager.samples + 1;
  const added = wager.reserve / (samples + 1);
  const each = added / wager.stakes.length;
  const stakes = gains(bets, sample, limit).map((gain, bet) =>
    Math.min(((wager.stakes[bet] ?? 0) + each) * gain, MOST),
  );
  return { samples, reserve: wager.reserve - added, stakes };
}

/** The capital: at or above 1/alpha "at most the limit" is rejected, wrongly so with probability at most alpha over all looks. */
export function capital({ reserve, stakes }: Wager): number {
  return stakes.reduce((sum, stake) => sum + stake, reserve);
}

/** By what a sample with requests multiplies the stake of each bet. */
export function gains(bets: Bets, { errors, requests }: Trials, limit: number): readonly number[] {
  const p = Math.min(Math.max(limit, LEAST_RATIO), 1 - LEAST_RATIO);
  if (bets === 'by-sample') {
    const excess = errors / requests / p - 1;
    return SHARES.map((share) => 1 + share * excess);
  }
  // With psi(t) = ln(1 + e^t) and t = logit p the gain is exp(d·k − n(psi(t + d) − psi(t))).
  const costs = costsAt(p);
  return ODDS.map((d, bet) => Math.min(Math.exp(d * errors - requests * (costs[bet] ?? 0)), MOST));
}

const COSTS = new Map<number, readonly number[]>();
/** What each bet loses by a request that succeeds; the same for all samples under one limit. */
function costsAt(p: number): readonly number[] {
  const known = COSTS.get(p);
  if (known !== undefined) return known;
  const t = Math.log(p / (1 - p));
  const costs = ODDS.map((d) => psi(t + d) - psi(t));
  COSTS.set(p, costs);
  return costs;
}
