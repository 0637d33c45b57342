// How strongly do k errors of n requests speak against a limit, however often we look? No thresholds on rates, no clock.
//
// Theorem (Ville 1939; Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic
// confidence sequences"). Let each request fail with conditional probability ≤ p given everything before it. For q > p the
// likelihood ratio Π (q/p)^x ((1−q)/(1−p))^(1−x) is a non-negative supermartingale that starts at 1: given the past, its next
// factor has expectation P·q/p + (1−P)(1−q)/(1−p), which is 1 at P = p and falls with P. So is any mixture of such ratios with fixed
// weights; by Ville's inequality it ever reaches 1/alpha with probability at most alpha. Hence the error ratio may be looked at
// after every scrape, and stopped at any of them, without a false alarm becoming likelier than alpha.
//
// The alternatives lie at fixed distances in log-odds from p. With psi(t) = ln(1 + e^t) and t = logit p the mixture is
// e(p) = Σ w exp(d·k − n(psi(t + d) − psi(t))), which falls steadily in p: inverting the test for a bound is a bisection.
//
// What is not a theorem: requests that fail together. A burst makes k and n count as fewer independent requests than they are;
// `designEffect` (variance over the binomial's, at least 1) divides both. It corrects the variance, approximately; what it does to
// the false-alarm rate is simulated, not proven. Hence a unit is failed by slo/proof.ts; this is for bounds, objectives and forecasts.

/** Errors of requests; fractions are welcome (divided counts). */
export interface Trials {
  readonly errors: number;
  readonly requests: number;
}

/** Odds ratios of the alternatives: small ones for large samples, large ones for small samples. */
const ODDS = [1.2, 1.4, 1.7, 2, 2.5, 3, 4, 6, 8, 12, 16, 24, 48, 128, 1024, 16_384];
const STEPS: readonly number[] = ODDS.map(Math.log);
const LOG_WEIGHT = -Math.log(STEPS.length);
const EPSILON = 1e-9;
/** Of a bound, in log-odds. */
const PRECISION = 1e-9;

const logit = (p: number): number => Math.log(p / (1 - p));
/** ln(1 + e^t) without overflow. */
export const psi = (t: number): number => (t > 0 ? t + Math.log1p(Math.exp(-t)) : Math.log1p(Math.exp(t)));
const inside = (p: number): number => Math.min(Math.max(p, EPSILON), 1 - EPSILON);

/** ln e of the mixture whose alternatives lie in `direction` (1: more errors than `p`, −1: fewer). */
function logMixture({ errors, requests }: Trials, p: number, direction: 1 | -1): number {
  return logMixtureAt({ errors, requests }, logit(inside(p)), direction);
}

/** The same at p = 1 / (1 + e^−t). */
function logMixtureAt({ errors, requests }: Trials, t: number, direction: 1 | -1): number {
  const psiAt = psi(t);
  let largest = -Infinity;
  const terms = STEPS.map((step) => {
    const d = direction * step;
    const term = LOG_WEIGHT + d * errors - requests * (psi(t + d) - psiAt);
    largest = Math.max(largest, term);
    return term;
  });
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

function divided({ errors, requests }: Trials, designEffect: number): Trials {
  const by = Math.max(designEffect, 1);
  return { errors: errors / by, requests: requests / by };
}

/**
 * Natural logarithm of the evidence that the error ratio exceeds `limit`: at or above ln(1/alpha) the claim "never above the limit" is
 * rejected, and wrongly so with probability at most alpha over all looks together.
 */
export function logEvidenceAbove(trials: Trials, limit: number, designEffect = 1): number {
  return logMixture(divided(trials, designEffect), limit, 1);
}

/** Whether the trials prove, at confidence 1 − alpha and however often asked, that the ratio is above `limit`. */
export function provenAbove(trials: Trials, limit: number, alpha: number, designEffect = 1): boolean {
  return logEvidenceAbove(trials, limit, designEffect) >= Math.log(1 / alpha);
}

/** The error ratio is at least this (0–1), at confidence 1 − alpha over all looks; above a limit exactly where `provenAbove` holds. */
export function atLeast(trials: Trials, alpha: number, designEffect = 1): number {
  const data = divided(trials, designEffect);
  return ratioWhere((t) => logMixtureAt(data, t, 1) - Math.log(1 / alpha));
}

/** The error ratio is at most this (0–1), at confidence 1 − alpha over all looks. */
export function atMost(trials: Trials, alpha: number, designEffect = 1): number {
  const data = divided(trials, designEffect);
  return ratioWhere((t) => Math.log(1 / alpha) - logMixtureAt(data, t, -1));
}

/** The ratio at which `excess`, a falling function of the log-odds, reaches zero; 0 where it never is above, 1 where it always is. */
function ratioWhere(excess: (logOdds: number) => number): number {
  let low = logit(EPSILON);
  let high = logit(1 - EPSILON);
  if (excess(low) < 0) return 0;
  if (excess(high) >= 0) return 1;
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    if (excess(middle) >= 0) low = middle;
    else high = middle;
  }
  return 1 / (1 + Math.exp(-low));
}

/** The smallest error ratio above `limit` that `requests` requests would be expected to prove; undefined where not even total failure would. */
export function smallestBreach(requests: number, limit: number, alpha: number): number | undefined {
  const proves = (q: number): boolean => provenAbove({ errors: q * requests, requests }, limit, alpha);
  if (!proves(1)) return undefined;
  let low = limit;
  let high = 1;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (proves(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** P(X ≤ `seen`) for a Poisson variable of mean `expected`: how surprising so little traffic is. */
export function poissonAtMost(seen: number, expected: number): number {
  let term = Math.exp(-expected);
  if (term === 0) {
    // Far out, a Chernoff bound is enough: it is never too small a probability.
    if (seen >= expected) return 1;
    return Math.exp(seen - expected + (seen > 0 ? seen * Math.log(expected / seen) : 0));
  }
  let sum = term;
  for (let k = 1; k <= Math.floor(seen); k += 1) {
    term *= expected / k;
    sum += term;
  }
  return Math.min(sum, 1);
}
