// Which verdict does a rollout alone give? FAIL and HOLD without asking Prometheus (gate.md, "FAIL at once").
import type { Verdict } from '../slo/verdict.ts';
import type { RollOutcome } from './roll.ts';
import { assertNever } from '../shared/assert-never.ts';

/** Undefined where the rollout is fine and the judgement is the gate's. */
export function rolloutVerdict(outcome: RollOutcome, nowMs: number): Verdict | undefined {
  const nothingMeasured = {
    units: [],
    requests: 0,
    errors: 0,
    unproved: [],
    warnings: [],
    windowStartMs: nowMs,
    windowEndMs: nowMs,
    queries: [],
  };
  switch (outcome.kind) {
    case 'done':
      return undefined;
    case 'failed':
      return { kind: 'FAIL', reasonCode: outcome.reasonCode, reason: outcome.reason, ...nothingMeasured };
    case 'stuck':
      return { kind: 'HOLD', reasonCode: 'rollout-stuck', reason: outcome.reason, ...nothingMeasured };
    case 'stopped':
      return {
        kind: 'HOLD',
        reasonCode: 'interrupted',
        reason: 'the rollout was stopped before it was over',
        ...nothingMeasured,
      };
    default:
      return assertNever(outcome);
  }
}
