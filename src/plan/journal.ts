// What was begun and done? The journal's schema: one JSON document in one ConfigMap, a compare-and-swap at a time.
import type { Verdict } from '../slo/verdict.ts';
import type { UpgradePlan } from './plan.ts';

/** A field we wrote: enough to put it back, and to see whether someone wrote it after us. `null` is an absent label. */
export type Written =
  | {
      readonly kind: 'labels';
      readonly object: {
        readonly kind: 'Namespace' | 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Gateway';
        readonly namespace?: string;
        readonly name: string;
      };
      /** `template`: the pod template's labels, whose change rolls the workload. */
      readonly where: 'metadata' | 'template';
      readonly labels: Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;
    }
  | { readonly kind: 'tag'; readonly tag: string; readonly from: string; readonly to: string };

/** What a gate judges; a number is a batch. `tag` is the last move under `relabel`. */
export type Judged = 'gateways' | 'soak' | 'tag' | number;

export type StageStatus = 'pending' | 'begun' | 'done';
/** `open` is not begun; `rolling` may have begun restarts; `baking` runs on the target and is being judged. */
export type BatchStatus = 'open' | 'rolling' | 'baking' | 'passed' | 'failed' | 'held' | 'rolled-back';

export interface BatchRecord {
  readonly number: number;
  readonly status: BatchStatus;
  /** The value our first restarts write into pod templates: marks what this batch has already restarted. */
  readonly restartedAt?: string;
  /** Who or what let it pass a HOLD (`accept-hold`), or undefined. */
  readonly acceptedBy?: string;
  readonly verdict?: Verdict;
}

/** What was not moved, or not put back, and why, as a sentence. */
export interface LeftOver {
  /** The batch that left it, or another stage. */
  readonly by: number | 'gateways' | 'rollback';
  readonly text: string;
}

export interface TimelineEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly text: string;
}

/** From `from` until `to` (ISO 8601, UTC) requests may have failed because of an attempt that was taken back. */
export interface Spoilt {
  readonly from: string;
  readonly to: string;
}

export interface Journal {
  readonly schema: 1;
  /** Distinguishes attempts; made of the start's time. */
  readonly id: string;
  readonly plan: UpgradePlan;
  readonly state: 'in-progress' | 'held' | 'rolling-back' | 'rolled-back' | 'completed';
  /** The lease's transition number of the last writer: an older one has lost. */
  readonly fence: number;
  readonly startedBy: string;
  /** By an earlier attempt, or an earlier try of a batch: no hour to compare with (plan/baseline.ts). */
  readonly spoilt?: Spoilt;
  readonly updatedAt: string;
  readonly install: StageStatus;
  /** istiod's version as it was verified in phase 2; absent where its image tells none. */
  readonly targetVersion?: string;
  readonly pin: StageStatus;
  readonly tag: StageStatus;
  readonly gateways: StageStatus;
  /** The value our first gateway restarts write into pod templates. */
  readonly gatewaysRestartedAt?: string;
  readonly gatewayVerdict?: Verdict;
  readonly batches: readonly BatchRecord[];
  readonly soak: StageStatus;
  readonly soakVerdict?: Verdict;
  /** On the tag's last move under `relabel`; absent from when it is moved until it is judged. */
  readonly tagVerdict?: Verdict;
  /** `begun` from the first deletion of the source on. */
  readonly complete: StageStatus;
  /** What was found to FAIL and has not passed since: no HOLD of it may be accepted. */
  readonly failed: readonly Judged[];
  /** In the order written; rollback takes them from the end. */
  readonly written: readonly Written[];
  /** Taken once and never forgotten: what is to be undone and why. */
  readonly decision?: {
    readonly scope: 'all' | 'batch';
    readonly batch?: number;
    readonly reason: string;
    readonly by: string;
    readonly at: string;
  };
  /** The value a rollback's first restarts write into pod templates. */
  readonly rollbackRestartedAt?: string;
  /** Restarts that were in vain, oldest first: `at` is what those that follow write into pod templates (plan/stamps.ts). */
  readonly restartAgain?: readonly { readonly by: LeftOver['by']; readonly at: string }[];
  /** Namespaces whose workloads the rollback under way restarts, so that a run that goes on with it judges them all. */
  readonly wentBack?: readonly string[];
  readonly recovery?: Verdict;
  /** Of batches that stand, and of the last rollback; absent where nothing was. */
  readonly leftOver?: readonly LeftOver[];
  readonly timeline: readonly TimelineEntry[];
}
