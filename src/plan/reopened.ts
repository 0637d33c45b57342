// What does a journal still say when the batch that went back is tried again?
import type { BatchRecord, Journal, LeftOver, Spoilt } from './journal.ts';

/** The journal before that batch: what was written, judged and left elsewhere stays. `spoilt`: since when its hour before is no measure. */
export function reopened(
  {
    decision: _decision,
    recovery: _recovery,
    rollbackRestartedAt: _stamp,
    wentBack: _back,
    restartAgain: again = [],
    ...journal
  }: Journal,
  spoilt: Spoilt | undefined,
): Journal {
  const batches = journal.batches.map((batch): BatchRecord =>
    batch.status === 'rolled-back' ? { number: batch.number, status: 'open' } : batch,
  );
  const leftOver = (journal.leftOver ?? []).filter(({ by }) => by !== 'rollback');
  const stands = new Set<LeftOver['by']>([
    'gateways',
    ...batches.filter(({ status }) => status !== 'open').map(({ number }) => number),
  ]);
  const stillAgain = again.filter(({ by }) => stands.has(by));
  return {
    ...journal,
    state: 'in-progress',
    batches,
    leftOver,
    ...(stillAgain.length === 0 ? {} : { restartAgain: stillAgain }),
    ...(spoilt === undefined ? {} : { spoilt }),
  };
}
