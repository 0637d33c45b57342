// What does the Lease object say, and how is it written? Facts of one reading; whether a holder is alive takes two.
import type { LeaseObject } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';

/** A holder that sees this on its lease stops at its next safe point; the value says who asks. */
export const STOP_REQUESTED = `${OURSELVES}/stop-requested`;
/** A `renewTime` that has not changed for this long, as observed by one clock, belongs to nobody alive. */
export const STALE_AFTER_MS = 60_000;

/** Undefined when the lease is free. */
export const holderOf = (lease: LeaseObject | undefined): string | undefined =>
  lease?.spec?.holderIdentity || undefined;

export const sinceOf = (lease: LeaseObject | undefined): string => lease?.spec?.acquireTime ?? 'an unknown time';

export const stopRequestedBy = (lease: LeaseObject | undefined): string | undefined =>
  lease?.metadata.annotations?.[STOP_REQUESTED];

/** The same as long as no holder gives a sign of life; a request to stop is none. */
export const signOfLife = (lease: LeaseObject | undefined): string => {
  const { holderIdentity = '', renewTime = '', leaseTransitions = 0 } = lease?.spec ?? {};
  return [holderIdentity, renewTime, String(leaseTransitions)].join('|');
};

/** Renewed within the time limit if both clocks are right. */
export const looksFresh = (lease: LeaseObject | undefined, nowMs: number): boolean =>
  Math.abs(nowMs - Date.parse(lease?.spec?.renewTime ?? '')) < STALE_AFTER_MS;

/** Kubernetes' MicroTime: RFC 3339 with six digits. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** What a new holder writes. */
export function specOf(holder: string, fence: number, nowMs: number): Required<NonNullable<LeaseObject['spec']>> {
  const now = microTime(nowMs);
  return {
    holderIdentity: holder,
    leaseDurationSeconds: STALE_AFTER_MS / 1000,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: fence,
  };
}
