// How did a command end? A value; what people see of it is made by report/.
import type { Finding } from '../mesh/finding.ts';
import type { Rehearsal } from '../slo/rehearsal.ts';
import type { ReasonCode, Verdict } from '../slo/verdict.ts';
import type { Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';

export const ENDINGS = [
  'planned',
  'status',
  'started',
  'promoted',
  'completed',
  'ready-to-remove',
  'nothing-to-do',
  'rolled-back',
  'held',
  'refused',
  'broken',
] as const;
export type EndingKind = (typeof ENDINGS)[number];

export interface Ending {
  readonly kind: EndingKind;
  /** For machines: a verdict's reason code, or a kebab-case word such as `idle`, `out-of-time`. */
  readonly reasonCode: ReasonCode | (string & {});
  /** What happened; one sentence. */
  readonly sentence: string;
  /** What to do next, and whether doing nothing is safe. */
  readonly next: string;
  /** The command line that goes on, as inputs; absent when nothing is left to do. */
  readonly resumeCommand?: string;
  readonly findings: readonly Finding[];
  readonly plan?: UpgradePlan;
  readonly journal?: Journal;
  readonly verdict?: Verdict;
  /** What the gate would have said of the past: `plan` alone. */
  readonly rehearsal?: Rehearsal;
  /** The batch this run worked on, and the one that is next. */
  readonly batch?: number;
  readonly nextBatch?: number;
  /** Where things are now; absent when the cluster could not be read. */
  readonly state?: EndingState;
}

/** What every ending says, whatever else it carries. */
export type Said = Pick<Ending, 'kind' | 'reasonCode' | 'sentence' | 'next' | 'resumeCommand'>;

/** Of a mesh that may stay between two revisions as long as it likes. */
export const SAFE = 'Doing nothing is safe: both control planes run.';

export interface EndingState {
  /** Namespaces wholly on the target, of all planned. */
  readonly moved: number;
  readonly total: number;
  readonly tagRevision?: string;
  /** Pods by injected revision. */
  readonly podsByRevision: Readonly<Record<string, number>>;
  readonly gatewaysOnTarget: number;
  readonly gatewaysTotal: number;
  readonly sourceAvailable: number;
  /** Objects that could not be moved or put back, as sentences. */
  readonly leftOver: readonly string[];
}

/** Green endings end the step with success; `rolled-back` is green only when a rollback was what was asked for. */
export function isGreen(kind: EndingKind, command: string): boolean {
  return !(
    kind === 'held' ||
    kind === 'refused' ||
    kind === 'broken' ||
    (kind === 'rolled-back' && command !== 'rollback')
  );
}
