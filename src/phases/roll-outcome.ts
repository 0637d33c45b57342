// How did a rollout end, and what did it leave? Says it in sentences; restarts and follows nothing.
import type { Move } from '../plan/moves.ts';
import { names, workloadsWere } from '../slo/sentence.ts';
import { idOf } from './workload-view.ts';

export type RollOutcome =
  | { readonly kind: 'done'; readonly workloads: number; readonly pods: number }
  | {
      readonly kind: 'failed';
      readonly reasonCode: 'proxy-not-ready' | 'sidecar-missing' | 'wrong-revision';
      readonly reason: string;
      /** Workloads that were to be restarted and were not, or were denied; absent where there is none, here and below. */
      readonly notRestarted?: readonly string[];
    }
  /** Not ready in time, for a reason that is not the new proxy's; or a restart was denied. */
  | { readonly kind: 'stuck'; readonly reason: string; readonly notRestarted?: readonly string[] }
  | {
      readonly kind: 'stopped';
      readonly notRestarted?: readonly string[];
      /** What the workloads in flight were waiting for, as sentences; absent where none was. */
      readonly unfinished?: readonly string[];
    };

export type Failure = Extract<RollOutcome, { kind: 'failed' }>;
/** What is wrong with one workload, or with several. */
export type Trouble = Extract<RollOutcome, { kind: 'failed' | 'stuck' }>;

/** What is only followed was restarted before, or rolls by itself. */
const notRestarted = (waiting: readonly Move[]): readonly string[] =>
  waiting.filter(({ how }) => how.kind !== 'await').map(({ ref }) => idOf(ref));

const MOST_REASONS = 5;

/** One outcome of all: a failure where any is one, whose reason comes first, the others' (what was denied among them), and what is left to restart. */
export function inTrouble(
  troubles: readonly Trouble[],
  denied: readonly Move[],
  waiting: readonly Move[],
): RollOutcome {
  const left = notRestarted(waiting);
  const never = [...notRestarted(denied), ...left];
  const worst = troubles.find(({ kind }) => kind === 'failed') ?? troubles[0];
  if (worst === undefined) throw new Error('a rollout without trouble has not ended in it');
  const reasons = [worst, ...troubles.filter((trouble) => trouble !== worst)].map(({ reason }) => reason);
  const more = reasons.length - MOST_REASONS;
  const told = [
    ...reasons.slice(0, MOST_REASONS),
    ...(more > 0 ? [`and ${String(more)} more`] : []),
    ...(left.length > 0 ? [`${workloadsWere(left.length)} not restarted yet: ${names(left)}`] : []),
  ];
  return { ...worst, reason: told.join('; '), ...(never.length === 0 ? {} : { notRestarted: never }) };
}

export function stopped(unfinished: readonly string[], waiting: readonly Move[]): RollOutcome {
  const left = notRestarted(waiting);
  return {
    kind: 'stopped',
    ...(unfinished.length === 0 ? {} : { unfinished }),
    ...(left.length === 0 ? {} : { notRestarted: left }),
  };
}
