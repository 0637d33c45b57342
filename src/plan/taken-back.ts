// What is back on the source: all that the upgrade had moved, or one batch of it? With one batch the upgrade is not over: what has
// passed stays on the target, and only the journal knows the way on and the way back.
import { type Recovery, recoveryOf } from '../slo/recovery.ts';
import type { Verdict } from '../slo/verdict.ts';
import type { Journal } from './journal.ts';
import { nextBatch } from './next-step.ts';

type Told = Pick<Journal, 'state' | 'decision'>;

export const isTakenBack = ({ state, decision }: Told): boolean =>
  state === 'rolled-back' && decision?.scope !== 'batch';

/** Nothing is left that only the journal knows how to finish or to undo. */
export const isOver = (journal: Told): boolean => journal.state === 'completed' || isTakenBack(journal);

export const isBatchBack = ({ state, decision }: Told): boolean =>
  state === 'rolled-back' && decision?.scope === 'batch';

/** What to do after a rollback of one batch, as a sentence or two. */
export const onFromBatch = (journal: Journal): string =>
  `Find and mend the cause, then run \`plan\`: with its plan-hash \`upgrade\` or \`promote\` goes on with batch ${String(nextBatch(journal) ?? '')}. Or run \`rollback\`, which takes everything back.`;

/** Something was named rather than put back, with what a person has to do. */
export const leftOverOnTheWayBack = ({ leftOver = [] }: Pick<Journal, 'leftOver'>): boolean =>
  leftOver.some(({ by }) => by === 'rollback');

/** The last FAIL of this upgrade: what a rollback is to cure. */
export const lastFailure = ({ gatewayVerdict, batches, soakVerdict, tagVerdict }: Journal): Verdict | undefined =>
  [gatewayVerdict, ...batches.map(({ verdict }) => verdict), soakVerdict, tagVerdict].findLast(
    (verdict) => verdict?.kind === 'FAIL',
  );

/** Whether the rollback helped, by what the gate said after it. What went back as one batch still has others around it on the target. */
export const recoverySaid = (journal: Journal, after = journal.recovery): Recovery =>
  recoveryOf(lastFailure(journal), after, journal.decision?.scope !== 'batch' && !leftOverOnTheWayBack(journal));
