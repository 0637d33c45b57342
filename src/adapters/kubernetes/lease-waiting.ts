// What does somebody read who waits for another run's lease? Who has it, and how long it may still take. It only speaks.
import type { LeaseObject } from '../../mesh/kinds.ts';
import { span } from '../../slo/sentence.ts';
import { holderOf, sinceOf, STALE_AFTER_MS, stopRequestedBy } from './lease-record.ts';

/** People must see a sign of life at least every minute. */
const SAY_EVERY_MS = 30_000;

export interface Wait {
  readonly lease: LeaseObject | undefined;
  readonly nowMs: number;
  /** Absent: for as long as the holder lives, since it is of our own run. */
  readonly leftMs?: number;
  readonly preempt: boolean;
}

/** To be called at each look: says it at once, again when the holder is another one, and every half minute. */
export function waitingAloud(say: (line: string) => void): (wait: Wait) => void {
  let saidOf: string | undefined;
  let saidMs = 0;
  return ({ lease, nowMs, leftMs, preempt }) => {
    const holder = holderOf(lease);
    const whose =
      holder === undefined
        ? `the lease is left to ${stopRequestedBy(lease) ?? 'whoever comes first'}`
        : `the lease is held by ${holder} since ${sinceOf(lease)}`;
    if (whose === saidOf && nowMs - saidMs < SAY_EVERY_MS) return;
    [saidOf, saidMs] = [whose, nowMs];
    const asked = preempt && holder !== undefined ? 'it is asked to stop; ' : '';
    const dead = `or until it shows no sign of life for ${span(STALE_AFTER_MS)}`;
    const left = leftMs === undefined ? `until it is done, ${dead}` : `for at most ${span(leftMs)} more, ${dead}`;
    say(`${whose}: ${asked}waiting ${left}`);
  };
}
