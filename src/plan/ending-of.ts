// How does a command that carried an upgrade say how it ended? One sentence, what to do next, and whether doing
// nothing is safe: what is said of each outcome stands in the file of its ending.
import type { Interrupted, LostLease } from '../shared/errors.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Verdict } from '../slo/verdict.ts';
import { doneEnding } from './done-ending.ts';
import type { Ending, EndingState } from './ending.ts';
import { heldEnding, notBegunEnding } from './held-ending.ts';
import type { Journal } from './journal.ts';
import { inUseEnding, readyToRemoveEnding } from './not-removed-ending.ts';
import type { Outcome } from './outcome.ts';
import { lastFailure } from './taken-back.ts';
import { rolledBackEnding, unfinishedRollbackEnding } from './rolled-back-ending.ts';

export interface EndingBasis {
  readonly outcome: Outcome;
  readonly command: string;
  readonly journal: Journal;
  /** Absent where the mesh could not be read, or there was no time to. */
  readonly state?: EndingState;
  readonly batch?: number;
  readonly nextBatch?: number;
  /** What the run was told to stop by, where it was. */
  readonly stoppedBy?: Interrupted | LostLease;
}

export function endingOf({ outcome, command, journal, state, batch, nextBatch, stoppedBy }: EndingBasis): Ending {
  const { plan } = journal;
  const base = {
    findings: [],
    plan,
    journal,
    ...(state === undefined ? {} : { state }),
    ...(batch === undefined ? {} : { batch }),
    ...(nextBatch === undefined ? {} : { nextBatch }),
  };
  switch (outcome.kind) {
    case 'done':
      return { ...base, ...doneEnding(command, journal, state, nextBatch), ...lastVerdict(journal, batch) };
    case 'held':
      return { ...base, ...heldEnding(command, outcome, stoppedBy) };
    case 'not-begun':
      return { ...base, ...notBegunEnding(command, journal, outcome) };
    case 'in-use':
      return { ...base, ...inUseEnding(command, plan, outcome.uses), ...lastVerdict(journal, batch) };
    case 'ready-to-remove':
      return { ...base, ...readyToRemoveEnding(plan.source, outcome.objects) };
    case 'rolled-back':
      return { ...base, ...rolledBackEnding(journal, outcome.recovery) };
    case 'rollback-unfinished':
      return { ...base, ...unfinishedRollbackEnding(command, journal, outcome, stoppedBy), ...failureOf(journal) };
    default:
      return assertNever(outcome);
  }
}

/** What a rollback is to cure; one that was asked for has none. */
function failureOf(journal: Journal): Pick<Ending, 'verdict'> {
  const verdict = lastFailure(journal);
  return verdict === undefined ? {} : { verdict };
}

/** Of this batch; without one, of what was judged last. */
function lastVerdict(journal: Journal, batch: number | undefined): Pick<Ending, 'verdict'> {
  const judged = journal.batches.filter(
    (record) => record.verdict !== undefined && (batch === undefined || record.number === batch),
  );
  const last: Verdict | undefined = judged.at(-1)?.verdict ?? journal.gatewayVerdict;
  const verdict = batch === undefined ? (journal.tagVerdict ?? journal.soakVerdict ?? last) : last;
  return verdict === undefined ? {} : { verdict };
}
