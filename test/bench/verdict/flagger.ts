// How does Flagger judge? Its documented canary analysis, from fluxcd/flagger at 15bd6ad (July 2026):
// - pkg/apis/flagger/v1beta1/canary.go: the interval defaults to 60 s, the threshold to 1, a metric's window to 1m.
// - pkg/metrics/observers/istio.go: request-success-rate is sum(rate(… response_code!~"5.*")) / sum(rate(…)) × 100 over
//   `reporter="destination"` of the canary's pods.
// - pkg/metrics/providers/prometheus.go, RunQuery: no answer, an empty one and NaN are errors alike.
// - pkg/controller/scheduler_metrics.go, runBuiltinMetricChecks: an error, or a value below thresholdRange.min, fails the check.
// - pkg/controller/scheduler.go, advanceCanary: the first run only shifts traffic; every later one first rolls back if
//   failedChecks ≥ threshold, else checks, and adds one to failedChecks (which is never reset) or shifts on. So the rollback comes
//   one interval after the check that reached the threshold.
// - docs/gitbook/tutorials/istio-progressive-delivery.md: interval 1m, stepWeight 10 to maxWeight 50, success rate of at
//   least 99 %; promoted by the fifth good check. Its threshold is 5.
// Not simulated: request duration (met), webhooks (none), Flagger's share of traffic (here all of it goes to the new pods, so
// that it sees as much as the others).
import { LIMIT } from './cells.ts';
import { inOutage, type Judge, type Outcome } from './outcome.ts';
import { rate, sumOf } from './promql.ts';
import { type Batch, HORIZON_S } from './traffic.ts';

const INTERVAL_S = 60;
const WINDOW_S = 60;
const GOOD_CHECKS = 5;
const LEAST_SUCCESS_PERCENT = 100 * (1 - LIMIT);

/** `threshold`: failed checks until the rollback. */
export function flagger(name: string, threshold: number): Judge {
  return { name, judge: (batch) => judged(batch, threshold) };
}

function judged(batch: Batch, threshold: number): Outcome {
  let failedChecks = 0;
  let good = 0;
  for (let atS = INTERVAL_S; atS <= HORIZON_S; atS += INTERVAL_S) {
    if (failedChecks >= threshold) return { verdict: 'rollback', atS, looks: failedChecks + good };
    if (checkPasses(batch, atS)) good += 1;
    else failedChecks += 1;
    if (good >= GOOD_CHECKS) return { verdict: 'pass', atS, looks: failedChecks + good };
  }
  return { verdict: 'hold', atS: HORIZON_S, looks: failedChecks + good };
}

function checkPasses(batch: Batch, atS: number): boolean {
  if (inOutage(batch, atS)) return false;
  const percent = successRate(batch, atS);
  return percent !== undefined && !Number.isNaN(percent) && percent >= LEAST_SUCCESS_PERCENT;
}

/** In percent, by the pods that report; undefined for an empty answer, NaN for 0/0. */
export function successRate({ pods, scrapesS }: Batch, atS: number): number | undefined {
  const succeeded = pods.map((pod) => rate(pod.succeeded, scrapesS, atS, WINDOW_S));
  const failed = pods.map((pod) => rate(pod.failed, scrapesS, atS, WINDOW_S));
  const good = sumOf(succeeded);
  const all = sumOf([...succeeded, ...failed]);
  return good === undefined || all === undefined ? undefined : (good / all) * 100;
}
