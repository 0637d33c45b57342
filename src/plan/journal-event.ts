// What may happen to an upgrade that its journal has to know?
import type { ReasonCode, Verdict } from '../slo/verdict.ts';
import type { BatchStatus, Journal, Judged, LeftOver, StageStatus, Written } from './journal.ts';
import type { PlannedNamespace } from './plan.ts';

type StageName = 'install' | 'pin' | 'tag' | 'gateways' | 'soak' | 'complete';
type Decision = Omit<NonNullable<Journal['decision']>, 'at'>;

export type JournalEvent =
  | { readonly kind: 'stage'; readonly stage: StageName; readonly status: StageStatus }
  | { readonly kind: 'installed'; readonly version?: string }
  /** Intent: about to write these. */
  | { readonly kind: 'write'; readonly written: readonly Written[] }
  /** Intent in words, for writes that leave nothing to put back. */
  | { readonly kind: 'intend'; readonly what: string }
  /** Restarts of this stage begin; a resumed run keeps the first stamp. */
  | { readonly kind: 'restarting'; readonly stage: 'gateways' | 'rollback' | { readonly batch: number } }
  | {
      readonly kind: 'batch';
      readonly number: number;
      readonly status: BatchStatus;
      readonly verdict?: Verdict;
      readonly acceptedBy?: string;
    }
  | {
      readonly kind: 'judged';
      readonly what: Exclude<Judged, number>;
      readonly verdict: Verdict;
      readonly acceptedBy?: string;
    }
  | { readonly kind: 'decide'; readonly decision: Decision }
  /** Intent: a rollback restarts workloads of these; those of an earlier try stay with them. */
  | { readonly kind: 'going-back'; readonly namespaces: readonly string[] }
  /** Its restarts made pods that are wrong. */
  | { readonly kind: 'rollback-failed'; readonly reasonCode: ReasonCode; readonly reason: string }
  /** The restarts of a run before made pods that are wrong, of which no verdict tells. */
  | { readonly kind: 'in-vain'; readonly by: LeftOver['by']; readonly reason: string }
  | { readonly kind: 'recovery'; readonly verdict: Verdict }
  | { readonly kind: 'state'; readonly state: Journal['state'] }
  | { readonly kind: 'joined'; readonly batch: number; readonly namespaces: readonly PlannedNamespace[] }
  /** Before its restarts; again when it is run again. */
  | { readonly kind: 'left-over'; readonly by: LeftOver['by']; readonly sentences: readonly string[] }
  /** After a rollback of one batch: that batch is tried again, under the same plan. */
  | { readonly kind: 'reopen' };
