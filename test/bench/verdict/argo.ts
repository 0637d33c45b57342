// How does Argo Rollouts judge? The analysis of its documentation, from argoproj/argo-rollouts at 9f8d111 (August 2026):
// - docs/features/analysis.md and docs/analysis/prometheus.md: irate(…[5m]) of `reporter="source"`, result[0] ≥ a threshold,
//   either every 5 minutes with failureLimit 3 in the background of three pauses of 10 minutes ("Background Analysis"), or
//   five times, 60 s apart, as a step ("Inline Analysis"). The documents ask for 95 %; here it is the limit all are given.
// - analysis/analysis.go, generateMetricTasks: the first measurement is taken at once, the next an interval after the last;
//   after an error 10 s (DefaultErrorRetryInterval), and an error does not count as a measurement.
// - analysis/analysis.go, assessMetricFailureInconclusiveOrError: failed when failed > failureLimit (default 0), error when
//   consecutiveErrors > 4 (utils/defaults/defaults.go); both abort the rollout, which goes back.
// - utils/evaluate/evaluate.go, EvaluateResult: without a failure condition whatever is not a success has failed, so NaN (0/0, no
//   request between two scrapes) has failed; an empty vector has no result[0], which is an error.
import { LIMIT } from './cells.ts';
import { inOutage, type Judge, type Outcome } from './outcome.ts';
import { irate, sumOf } from './promql.ts';
import type { Batch } from './traffic.ts';

const RANGE_S = 300;
const ERROR_RETRY_S = 10;
const CONSECUTIVE_ERROR_LIMIT = 4;

interface Analysis {
  readonly intervalS: number;
  readonly failureLimit: number;
  /** Measurements until it has succeeded, or how long the rollout's steps last where it runs beside them. */
  readonly until: { readonly count: number } | { readonly stepsS: number };
}

export const BACKGROUND: Analysis = { intervalS: 300, failureLimit: 3, until: { stepsS: 1_800 } };
export const INLINE: Analysis = { intervalS: 60, failureLimit: 0, until: { count: 5 } };

export function argoRollouts(name: string, analysis: Analysis): Judge {
  return { name, judge: (batch) => judged(batch, analysis) };
}

function judged(batch: Batch, { intervalS, failureLimit, until }: Analysis): Outcome {
  let [count, failed, consecutiveErrors] = [0, 0, 0];
  const endS = 'stepsS' in until ? until.stepsS : Infinity;
  for (let atS = 0; atS <= endS;) {
    const measured = measure(batch, atS);
    if (measured === 'error') {
      consecutiveErrors += 1;
      if (consecutiveErrors > CONSECUTIVE_ERROR_LIMIT) return { verdict: 'rollback', atS, looks: count };
      atS += ERROR_RETRY_S;
      continue;
    }
    consecutiveErrors = 0;
    count += 1;
    if (measured === 'failed') failed += 1;
    if (failed > failureLimit) return { verdict: 'rollback', atS, looks: count };
    if ('count' in until && count >= until.count) return { verdict: 'pass', atS, looks: count };
    atS += intervalS;
  }
  return { verdict: 'pass', atS: endS, looks: count };
}

export function measure(batch: Batch, atS: number): 'successful' | 'failed' | 'error' {
  if (inOutage(batch, atS)) return 'error';
  const { callers, scrapesS } = batch;
  const succeeded = callers.map((caller) => irate(caller.succeeded, scrapesS, atS, RANGE_S));
  const failed = callers.map((caller) => irate(caller.failed, scrapesS, atS, RANGE_S));
  const good = sumOf(succeeded);
  const all = sumOf([...succeeded, ...failed]);
  if (good === undefined || all === undefined) return 'error';
  return good / all >= 1 - LIMIT ? 'successful' : 'failed';
}
