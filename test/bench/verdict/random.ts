// Where does chance come from? One seeded stream a batch, so that every run of the bench draws the same traffic.

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Exponential with this mean. */
  exponential(mean: number): number;
  /** Poisson with this mean; exact for every mean. */
  poisson(mean: number): number;
}

/** Independent streams for different keys; the same stream for the same keys. */
export function randomOf(...keys: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const key of keys) state = mixed(state ^ Math.imul(key + 0x7f4a7c15, 0x85ebca6b));
  const uniform = sfc32(state, mixed(state + 1), mixed(state + 2));
  return {
    uniform,
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    poisson: (mean) => (mean < 10 ? byInversion(mean, uniform) : byRejection(mean, uniform)),
  };
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Small fast counting generator (Doty-Humphrey, PractRand). */
function sfc32(seedA: number, seedB: number, seedC: number): () => number {
  let [a, b, c, counter] = [seedA | 0, seedB | 0, seedC | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 12; warm += 1) next();
  return next;
}

function byInversion(mean: number, uniform: () => number): number {
  if (mean <= 0) return 0;
  const limit = Math.exp(-mean);
  let drawn = 0;
  for (let product = uniform(); product > limit; product *= uniform()) drawn += 1;
  return drawn;
}

/** Hörmann 1993, "The transformed rejection method for generating Poisson random variables" (PTRS). */
function byRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logFactorial(k)) return k;
  }
}

const LOG_FACTORIALS = [0, 0];
for (let k = 2; k < 10; k += 1) LOG_FACTORIALS.push((LOG_FACTORIALS[k - 1] ?? 0) + Math.log(k));

/** Stirling's series beyond the table; its error there is below 1e-8. */
function logFactorial(k: number): number {
  const known = LOG_FACTORIALS[k];
  if (known !== undefined) return known;
  const n = k + 1;
  return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
