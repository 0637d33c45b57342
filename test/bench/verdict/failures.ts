// How do failures come over time? For each shape the share of requests that fail between two moments. Draws no requests.
import type { Shape } from './cells.ts';
import type { Random } from './random.ts';

/** The mean share of requests (0–1) that fail in [fromS, toS); asked with rising times only. */
export type FailureShare = (fromS: number, toS: number) => number;

/** In a burst half of the requests fail. */
const IN_BURST = 0.5;
interface Burst {
  readonly meanS: number;
  readonly lengthS: (random: Random) => number;
}
/** A backend that fails over, a pod that is stuck. */
const SHORT: Burst = { meanS: 3, lengthS: (random) => random.exponential(3) };
/** A node that is lost, a database that elects a leader: two to four samples. */
const LONG: Burst = { meanS: 45, lengthS: (random) => 30 + 30 * random.uniform() };
/** A ramp reaches its height when the default bake ends. */
const RAMP_S = 300;

/** Failures of this shape whose long-run share is `ratio` (a ramp: its height) from `startS` on. */
export function failures(shape: Shape, ratio: number, startS: number, random: Random): FailureShare {
  if (ratio <= 0) return () => 0;
  if (shape === 'bursty') return bursts(SHORT, ratio, startS, random);
  if (shape === 'long bursts') return bursts(LONG, ratio, startS, random);
  if (shape === 'ramping') return (fromS, toS) => (ratio * (risen(toS) - risen(fromS))) / Math.max(toS - fromS, 1e-9);
  return () => ratio;
}

/** The integral of the ramp from 0 to 1. */
function risen(untilS: number): number {
  if (untilS <= 0) return 0;
  return untilS < RAMP_S ? untilS ** 2 / (2 * RAMP_S) : untilS - RAMP_S / 2;
}

/** Bursts and pauses, which are exponentially long, take turns; it may begin inside a burst. */
function bursts({ meanS, lengthS }: Burst, ratio: number, startS: number, random: Random): FailureShare {
  const busy = ratio / IN_BURST;
  const pauseS = (meanS * (1 - busy)) / busy;
  const pause = (): number => random.exponential(pauseS);
  let beginS = startS + (random.uniform() < busy ? 0 : pause());
  let endS = beginS + lengthS(random);
  return (fromS, toS) => {
    let failingS = 0;
    for (;;) {
      failingS += Math.max(0, Math.min(endS, toS) - Math.max(beginS, fromS));
      if (endS >= toS) return (IN_BURST * failingS) / Math.max(toS - fromS, 1e-9);
      beginS = endS + pause();
      endS = beginS + lengthS(random);
    }
  };
}
