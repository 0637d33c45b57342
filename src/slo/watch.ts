// Has a namespace that passed gone bad since? A detector that forgets: what was clean long ago never hides what is bad now.
//
// Theorem (Shin, Ramdas & Rinaldo 2023, "E-detectors: a nonparametric framework for sequential change detection"). Let each bet of
// slo/wager.ts run on, and begin anew with a stake of 1 whenever it has fallen below (CUSUM). It stays below the
// Shiryaev–Roberts sum, whose expectation grows by at most 1 a look while the error ratio keeps within the limit; so does the mean of
// all bets. By optional stopping the chance that it reaches c within T looks is at most T/c, whatever T is: with
// c = looks of a day / rate, false alarms come at no more than `rate` a day.
//
// What is not a theorem is what is none in slo/wager.ts: that one look does not depend on the one before.
import type { Trials } from './evidence.ts';
import { failOneByOne } from './proof.ts';
import { type Bets, gains } from './wager.ts';

/** False alarms a day that are accepted for everything under watch together. */
export const FALSE_ALARMS_PER_DAY = 0.01;
const DAY_MS = 86_400_000;
/** More is no stronger evidence, and stays a number. */
const MOST = 1e100;

/** What came since the last look, and when that was. */
interface Look extends Trials {
  readonly fromMs?: number | undefined;
}
interface Run extends Look {
  /** What the bet has become since the run began, at least 1. */
  readonly stake: number;
}
/** One run for each bet; empty before the first look. */
type Runs = readonly Run[];
export interface Detector {
  readonly byRequest: Runs;
  readonly bySample: Runs;
}
const FRESH: Run = { stake: 1, errors: 0, requests: 0 };
export const NEW_DETECTOR: Detector = { byRequest: [], bySample: [] };

/** The detector after one more look, which changes nothing when it brought no requests. */
export function watched(detector: Detector, look: Look, limit: number): Detector {
  if (look.requests <= 0) return detector;
  const { byRequest, bySample } = detector;
  return {
    byRequest: after(byRequest, 'by-request', look, limit),
    bySample: after(bySample, 'by-sample', look, limit),
  };
}

function after(runs: Runs, bets: Bets, look: Look, limit: number): Runs {
  return gains(bets, look, limit).map((gain, bet) => {
    const run = runs[bet] ?? FRESH;
    const stake = Math.min(run.stake * gain, MOST);
    if (stake <= 1) return FRESH;
    const fromMs = run === FRESH ? look.fromMs : run.fromMs;
    return { stake, errors: run.errors + look.errors, requests: run.requests + look.requests, fromMs };
  });
}

/** As in slo/proof.ts: requests are evidence where they failed one by one in the hour before, else samples. */
const runsOf = ({ byRequest, bySample }: Detector, bursts: number | undefined): Runs =>
  failOneByOne(bursts) ? byRequest : bySample;

/** The mean of all bets: at or above `alarmLevel` it is an alarm. */
export function levelOf(detector: Detector, bursts: number | undefined): number {
  const runs = runsOf(detector, bursts);
  return runs.length === 0 ? 1 : runs.reduce((sum, { stake }) => sum + stake, 0) / runs.length;
}

/** The level at which `units` detectors, each looking once in `everyMs`, together give at most `FALSE_ALARMS_PER_DAY`. */
export const alarmLevel = (units: number, everyMs: number): number =>
  (Math.max(units, 1) * DAY_MS) / Math.max(everyMs, 1) / FALSE_ALARMS_PER_DAY;

/** What the strongest run has counted since it began: the breach as it is now, without the clean time before it. */
export function strongestRun(detector: Detector, bursts: number | undefined): Look {
  const best = runsOf(detector, bursts).reduce((a, b) => (b.stake > a.stake ? b : a), FRESH);
  return { errors: best.errors, requests: best.requests, fromMs: best.fromMs };
}
