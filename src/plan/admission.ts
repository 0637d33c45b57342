// May this command go on with what the journal says? What people are told of it is in docs/recovering.md.
import type { Command } from '../config/config.ts';
import type { Journal } from './journal.ts';
import { nextBatch } from './next-step.ts';
import { afterTheEnd } from './way-back.ts';
import { isBatchBack, isTakenBack, leftOverOnTheWayBack, onFromBatch } from './taken-back.ts';

export type Admission =
  /** A new attempt: plan, journal it, go. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'go-on'; readonly batch?: number }
  /** Nothing to do where the mesh still is as that upgrade left it. */
  | { readonly kind: 'was-completed' }
  | { readonly kind: 'refuse'; readonly id: string; readonly message: string; readonly remedy: string }
  | { readonly kind: 'nothing-to-do'; readonly sentence: string };

export interface Attempt {
  readonly command: Exclude<Command, 'plan' | 'status'>;
  readonly batch: 'next' | number;
  readonly target?: string;
  readonly planHash?: string;
  /** The runner's attempt of this job; a second one may not promote what nobody approved. */
  readonly runAttempt: number;
}

const refuse = (id: string, message: string, remedy: string): Admission => ({ kind: 'refuse', id, message, remedy });
const idle = (sentence: string): Admission => ({ kind: 'nothing-to-do', sentence });

/** `rollback` is never refused but where there is nothing to go back to. */
export function admit(attempt: Attempt, journal: Journal | undefined): Admission {
  if (attempt.command === 'rollback') return admitRollback(journal);
  const fresh = attempt.command === 'upgrade' || attempt.command === 'start';
  if (journal === undefined) {
    return fresh
      ? { kind: 'begin' }
      : refuse('no-upgrade', `\`${attempt.command}\` found no upgrade in progress`, 'Run `start` or `upgrade` first.');
  }
  if (journal.state === 'rolling-back') return { kind: 'go-on' };
  if (journal.state === 'rolled-back') return admitAfterRollback(attempt, journal, fresh);
  if (journal.state === 'completed') {
    if (attempt.target === undefined || attempt.target === journal.plan.target) return { kind: 'was-completed' };
    return fresh
      ? { kind: 'begin' }
      : refuse(
          'no-upgrade',
          `the last upgrade was completed at ${journal.updatedAt}`,
          'Run `start` or `upgrade` first.',
        );
  }
  if (attempt.target !== undefined && attempt.target !== journal.plan.target) {
    return refuse(
      'other-target',
      `an upgrade to ${journal.plan.target} is in progress since ${journal.id}, and this run asks for ${attempt.target}`,
      `Finish it or run \`rollback\`, or set target-revision to ${journal.plan.target}.`,
    );
  }
  if (attempt.command === 'promote') return admitPromote(attempt, journal);
  if (attempt.command === 'complete') return admitComplete(journal);
  return { kind: 'go-on' };
}

function admitRollback(journal: Journal | undefined): Admission {
  if (journal === undefined) return idle('no upgrade is in progress');
  // Also where something was named instead of put back: what was done to the mesh since is not ours to take back.
  if (isTakenBack(journal)) {
    const but = leftOverOnTheWayBack(journal) ? ', but for what was named' : '';
    return idle(`everything${but} was rolled back at ${journal.updatedAt}`);
  }
  if (journal.state === 'completed' || journal.complete === 'done') {
    const { source, target, removeSource } = journal.plan;
    return refuse(
      'already-completed',
      `the upgrade to ${target} was completed at ${journal.updatedAt}, and ${source} is ${removeSource === 'keep' ? 'kept, as asked' : 'gone'}`,
      afterTheEnd(journal.plan),
    );
  }
  return { kind: 'go-on' };
}

/** Where one batch went back, the upgrade goes on under its own plan; any other hash is refused where the plan is looked at. */
function admitAfterRollback(attempt: Attempt, journal: Journal, fresh: boolean): Admission {
  const why = journal.decision === undefined ? '' : ` because ${journal.decision.reason}`;
  if (isBatchBack(journal)) {
    const promotes = attempt.command === 'promote';
    if ((fresh || promotes) && attempt.planHash !== undefined)
      return promotes ? admitPromote(attempt, journal) : { kind: 'go-on' };
    return refuse(
      fresh || promotes ? 'rolled-back-needs-plan' : 'rolled-back',
      `batch ${String(journal.decision?.batch ?? '')} of the upgrade to ${journal.plan.target} was rolled back at ${journal.updatedAt}${why}`,
      onFromBatch(journal),
    );
  }
  if (!fresh)
    return refuse(
      'rolled-back',
      `the upgrade to ${journal.plan.target} was rolled back at ${journal.updatedAt}${why}`,
      'Find and mend the cause, then run `plan` and begin a new attempt with its plan-hash.',
    );
  if (attempt.planHash === undefined) {
    return refuse(
      'rolled-back-needs-plan',
      `the upgrade to ${journal.plan.target} was rolled back at ${journal.updatedAt}${why}`,
      'Find and mend the cause, run `plan`, and give its hash as plan-hash to begin a new attempt.',
    );
  }
  return { kind: 'begin' };
}

/** The source is the way back: it stays until everything has passed. */
function admitComplete(journal: Journal): Admission {
  if (journal.gateways !== 'done') return NOT_STARTED;
  const next = nextBatch(journal);
  if (next !== undefined)
    return refuse(
      'batch-not-passed',
      `batch ${String(next)} has not passed yet, and ${journal.plan.source} is its way back`,
      `Run \`promote\` for batch ${String(next)} first, or \`rollback\`.`,
    );
  if (journal.soak === 'begun')
    return refuse(
      'soak-not-passed',
      `the soak has not passed yet, and ${journal.plan.source} is the way back`,
      'Run `upgrade` again, which watches once more and then completes, or `rollback`.',
    );
  return { kind: 'go-on' };
}

const NOT_STARTED = refuse('not-started', 'the gateways are not upgraded yet', 'Run `start` to its end first.');

function admitPromote(attempt: Attempt, journal: Journal): Admission {
  if (journal.gateways !== 'done') return NOT_STARTED;
  const next = nextBatch(journal);
  if (attempt.batch === 'next') {
    if (next === undefined) return idle('every batch has passed');
    const inFlight = journal.batches.find((batch) => batch.number === next)?.status !== 'open';
    if (attempt.runAttempt > 1 && !inFlight) {
      return refuse(
        'rerun-needs-number',
        `this is attempt ${String(attempt.runAttempt)} of the job and no batch is in flight, so \`next\` would promote batch ${String(next)}, which nobody approved here`,
        `Give the number: batch: ${String(next)}.`,
      );
    }
    return { kind: 'go-on', batch: next };
  }
  const asked = journal.batches.find((batch) => batch.number === attempt.batch);
  if (asked === undefined)
    return refuse(
      'batch-unknown',
      `there is no batch ${String(attempt.batch)}; the plan has ${String(journal.batches.length)}`,
      'Give a number of the plan.',
    );
  if (asked.status === 'passed') return idle(`batch ${String(asked.number)} has passed already`);
  if (asked.number !== next)
    return refuse(
      'batch-out-of-order',
      `batch ${String(next)} has not passed yet`,
      `Promote batch ${String(next)} first.`,
    );
  return { kind: 'go-on', batch: asked.number };
}
