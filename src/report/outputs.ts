// Which outputs does a step set? All of them on every ending: what is not known is empty text.
import type { UpgradePlan } from '../plan/plan.ts';
import { planOf, type ReportBasis } from './basis.ts';

/** In the order of the documentation; action.yml lists the same. `report` is filled in by the edge that writes the file. */
export const OUTPUT_NAMES = [
  'ending',
  'verdict',
  'reason-code',
  'reason',
  'batch',
  'next-batch',
  'batches',
  'moved',
  'total',
  'plan-hash',
  'source-revision',
  'target-revision',
  'error-rate',
  'requests',
  'unproved',
  'resume-command',
  'report',
] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];

/** What a GitHub matrix can take. */
const MOST_BATCHES = 256;
const SAMPLE = 3;

/** Every output by name; numbers as plain decimals, lists as JSON. */
export function outputsOf({ ending }: ReportBasis): Record<OutputName, string> {
  const plan = planOf(ending);
  const { verdict, state } = ending;
  return {
    ending: ending.kind,
    verdict: verdict?.kind ?? '',
    'reason-code': ending.reasonCode,
    reason: ending.sentence,
    batch: whole(ending.batch),
    'next-batch': whole(ending.nextBatch),
    batches: plan === undefined ? '' : batchesJson(plan),
    moved: whole(state?.moved),
    total: whole(state?.total),
    'plan-hash': plan?.hash ?? '',
    'source-revision': plan?.source ?? '',
    'target-revision': plan?.target ?? '',
    'error-rate': verdict === undefined || !(verdict.requests > 0) ? '' : decimal(verdict.errors / verdict.requests),
    requests: whole(verdict?.requests),
    unproved: verdict === undefined ? '' : JSON.stringify(verdict.unproved),
    'resume-command': ending.resumeCommand ?? '',
    report: '',
  };
}

const whole = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '' : String(Math.round(value));
/** `0.0123`: never in exponents, so that a shell can compare it. */
const decimal = (ratio: number): string => ratio.toFixed(6).replace(/\.?0+$/, '');

function batchesJson({ batches }: UpgradePlan): string {
  return JSON.stringify(
    batches.slice(0, MOST_BATCHES).map(({ number, namespaces }) => ({
      number,
      count: namespaces.length,
      sample: namespaces.slice(0, SAMPLE).map(({ name }) => name),
    })),
  );
}
