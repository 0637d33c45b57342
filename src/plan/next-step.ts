// What is to be done next? Reads it off the journal; the same answer whichever process asks.
import type { Command } from '../config/config.ts';
import type { Journal } from './journal.ts';
import { pinsWaiting } from './labels.ts';

export type Step =
  | { readonly kind: 'install' }
  | { readonly kind: 'pin-waiting' }
  | { readonly kind: 'move-tag' }
  | { readonly kind: 'gateways' }
  | { readonly kind: 'batch'; readonly number: number }
  | { readonly kind: 'soak' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'rollback' }
  /** Nothing is left for this command. */
  | { readonly kind: 'done' };

/** Commands that carry an upgrade forward, each up to its own end. */
type Forward = Extract<Command, 'upgrade' | 'start' | 'promote' | 'complete'>;

/** `batch`: the one that `promote` may move; it moves no other. */
export function nextStep(journal: Journal, command: Forward, batch?: number): Step {
  if (journal.state === 'rolling-back') return { kind: 'rollback' };
  const { plan } = journal;
  if (command !== 'promote' && command !== 'complete') {
    if (journal.install !== 'done') return { kind: 'install' };
    if (pinsWaiting(plan) && journal.pin !== 'done') return { kind: 'pin-waiting' };
    if (plan.strategy === 'tag' && journal.tag !== 'done') return { kind: 'move-tag' };
    if (journal.gateways !== 'done') return { kind: 'gateways' };
  }
  if (command === 'start') return { kind: 'done' };
  const open = nextBatch(journal);
  if (command === 'promote')
    return open !== undefined && open === batch ? { kind: 'batch', number: open } : { kind: 'done' };
  if (command === 'upgrade') {
    if (open !== undefined) return { kind: 'batch', number: open };
    if (journal.soak !== 'done') return { kind: 'soak' };
  }
  return journal.complete === 'done' ? { kind: 'done' } : { kind: 'complete' };
}

/** The first batch that has not passed; undefined when all have. */
export function nextBatch(journal: Journal): number | undefined {
  return journal.batches.find((batch) => batch.status !== 'passed')?.number;
}
