// Which verdict does a rollout alone give? FAIL and HOLD without asking Prometheus (docs/gate.md, "What a verdict means, and what to do").
import type { Verdict } from '../slo/verdict.ts';
import type { RollOutcome } from './roll-outcome.ts';
import { assertNever } from '../shared/assert-never.ts';

/** The verdict on a stage, and what its rollout never restarted: no HOLD is accepted over that. */
export interface StageVerdict {
  readonly verdict: Verdict;
  readonly notRestarted?: readonly string[];
}

export const stageVerdict = (verdict: Verdict, outcome: RollOutcome | undefined): StageVerdict =>
  outcome === undefined || outcome.kind === 'done' || outcome.notRestarted === undefined
    ? { verdict }
    : { verdict, notRestarted: outcome.notRestarted };

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

/** A rollout's verdict, with what the gate had counted meanwhile: two things may be wrong at once, and people want both. */
export const withMeasured = ({ kind, reasonCode, reason }: Verdict, seen: Verdict): Verdict => ({
  ...seen,
  kind,
  reasonCode,
  reason,
});

/** The gate's verdict, with what the rollout still lacked when it came. */
export function withRollout(verdict: Verdict, outcome: RollOutcome | undefined): Verdict {
  if (verdict.kind === 'PASS' || outcome === undefined) return verdict;
  const lacking =
    outcome.kind === 'failed' || outcome.kind === 'stuck'
      ? [outcome.reason]
      : outcome.kind === 'stopped'
        ? (outcome.unfinished ?? [])
        : [];
  return { ...verdict, warnings: [...verdict.warnings, ...lacking.map((what) => `when this was judged: ${what}`)] };
}
