// What follows from a verdict? PASS goes on, so does a HOLD that was accepted beforehand; any other HOLD stops, and a FAIL does what
// `on-fail` says. Every decision is journalled before it is acted on.
import type { JournalEvent } from '../plan/journal-event.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { Journal, Judged } from '../plan/journal.ts';
import { canPin } from '../plan/labels.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { Verdict } from '../slo/verdict.ts';
import { names, workloadsWere } from '../slo/sentence.ts';
import type { StageVerdict } from './rollout-verdict.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';

/**
 * Who let a HOLD pass; nobody for a PASS; `stops` where it does neither. After a FAIL only a PASS goes on, and so it is where workloads
 * were never restarted: passed, they would stay on the source, and no later step restarts them.
 */
export function verdictPasses(
  { failed }: Pick<Journal, 'failed'>,
  judged: Judged,
  { verdict, notRestarted = [] }: StageVerdict,
  { acceptHold, actor }: RunSettings,
): 'stops' | { acceptedBy?: string } {
  if (verdict.kind === 'PASS') return {};
  const isWanted = verdict.kind === 'HOLD' && verdict.reasonCode === acceptHold;
  return isWanted && notRestarted.length === 0 && !failed.includes(judged) ? { acceptedBy: actor } : 'stops';
}

/** The verdict, which says why it is not accepted where it was to be, and is not for what was never restarted. */
export function withRefusal({ verdict, notRestarted = [] }: StageVerdict, { acceptHold }: RunSettings): Verdict {
  if (verdict.kind !== 'HOLD' || verdict.reasonCode !== acceptHold || notRestarted.length === 0) return verdict;
  const never = `${workloadsWere(notRestarted.length)} never restarted (${names(notRestarted)})`;
  return {
    ...verdict,
    reason: `${verdict.reason}; accept-hold does not pass it, since ${never}: run it again, which restarts them as far as max-restarting leaves room beside what is stuck`,
  };
}

/** The verdict and what follows from it stand in the journal, in one write. Undefined: a rollback was decided, and is the next step. */
export async function stopOrRollBack(
  session: Session,
  { actor }: RunSettings,
  verdict: Verdict,
  judged: Exclude<Judged, 'tag'>,
): Promise<Outcome | undefined> {
  const { plan } = session.journal();
  const failed = verdict.kind === 'FAIL';
  const what = wordsFor(judged);
  const batch = typeof judged === 'number' ? judged : undefined;
  const told: JournalEvent =
    typeof judged === 'number'
      ? { kind: 'batch', number: judged, status: failed ? 'failed' : 'held', verdict }
      : { kind: 'judged', what: judged, verdict };
  if (!failed || plan.onFail === 'hold') {
    await session.record(told, { kind: 'state', state: 'held' });
    return { kind: 'held', verdict, what, ...(batch === undefined ? {} : { batch }) };
  }
  // What relapsed is in another batch than the one at hand: no single batch going back would mend it.
  const scope =
    plan.onFail === 'rollback-batch' && verdict.reasonCode !== 'relapse' && batch !== undefined && canHoldBack(plan)
      ? ({ scope: 'batch', batch } as const)
      : ({ scope: 'all' } as const);
  session.world.log.error(`${what} FAILED: ${verdict.reason}; rolling back`);
  await session.record(told, {
    kind: 'decide',
    decision: { ...scope, reason: `${what} failed: ${verdict.reason}`, by: actor },
  });
  return undefined;
}

const wordsFor = (judged: Judged): string => (typeof judged === 'number' ? `batch ${String(judged)}` : `the ${judged}`);

/** Under `tag` a batch can stay behind only where a label can name the source. */
const canHoldBack = (plan: UpgradePlan): boolean => plan.strategy === 'relabel' || canPin(plan);
