// Are users affected now? One sentence from what was measured last; what was not measured is said to be unknown.
import type { Ending } from '../plan/ending.ts';
import type { Journal } from '../plan/journal.ts';
import { recoverySaid } from '../plan/taken-back.ts';
import { assertNever } from '../shared/assert-never.ts';
import { count, percent } from '../slo/sentence.ts';
import type { Verdict } from '../slo/verdict.ts';
import { utcTime } from './utc.ts';

/** Never claims more than the last verdict saw, and says until when it saw it. */
export function impactOf({ kind, verdict, journal }: Ending): string {
  if (kind === 'rolled-back' || (kind === 'status' && journal?.state === 'rolled-back')) return afterRollback(journal);
  if (kind === 'refused' || kind === 'planned' || kind === 'nothing-to-do')
    return 'Users: nothing changed for them in this run.';
  if (verdict === undefined) return 'Users: whether requests fail was not measured in this run.';
  const seen = measured(verdict);
  switch (verdict.kind) {
    case 'PASS':
      return `Users: not affected as far as measured; ${seen}.`;
    case 'FAIL':
      if (verdict.errors === 0) return `Users: may be affected (${verdict.reasonCode}); ${seen}.`;
      return `Users ${kind === 'held' ? 'are affected' : 'were affected when last measured'}: ${seen}.`;
    case 'HOLD':
      return `Users: not known, the evidence does not decide (${verdict.reasonCode}); ${seen}.`;
    default:
      return assertNever(verdict.kind);
  }
}

/** No more and no less than the ending says of the recovery. */
function afterRollback(journal: Journal | undefined): string {
  const recovery = journal?.recovery;
  const said = journal === undefined ? 'recovery not measured' : recoverySaid(journal);
  if (recovery === undefined || said === 'recovery not measured')
    return 'Users: whether they are still affected was not measured after the rollback.';
  if (said === 'recovered') return `Users: no longer affected; after the rollback ${measured(recovery)}.`;
  const who = said === 'not caused by the upgrade' ? ', and not by the upgrade' : '';
  return `Users are still affected${who} (${recovery.reasonCode}); after the rollback ${measured(recovery)}.`;
}

/** `12 of 3,400 requests failed (0.35 %) until 12:05:00Z`. */
function measured({ requests, errors, windowEndMs }: Verdict): string {
  const until = Number.isFinite(windowEndMs) && windowEndMs > 0 ? ` until ${utcTime(windowEndMs)}` : '';
  if (!(requests > 0)) return `no requests were seen${until}`;
  return `${count(errors)} of ${count(requests)} requests failed (${percent(errors / requests)})${until}`;
}
