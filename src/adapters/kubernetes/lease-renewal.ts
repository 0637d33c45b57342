// How does a holder keep its lease, and learn that it has lost it or is asked to stop?
import type { LeaseObject } from '../../mesh/kinds.ts';
import type { ClockPort } from '../../ports/clock.ts';
import { Interrupted, isConflict, isNotFound, LostLease, UnrenewedLease } from '../../shared/errors.ts';
import { holderOf, microTime, stopRequestedBy } from './lease-record.ts';
import type { StoredLease } from './stored-lease.ts';

const RENEW_EVERY_MS = 10_000;
const RETRY_EVERY_MS = 2_000;
/** Before others may take it, and with time to stop. */
export const GIVE_UP_AFTER_MS = 50_000;

export interface Renewal {
  readonly object: StoredLease;
  readonly clock: ClockPort;
  /** The lease as it was taken. */
  readonly taken: LeaseObject;
  /** Aborted with `LostLease`, after which nothing is renewed any more, or with `Interrupted`, after which it still is. */
  readonly lost: AbortController;
  /** Told when each renewal was asked for that came through. */
  readonly renewed: (ms: number) => void;
}

/** Never rejects; ends when `until` aborts or the lease is lost. */
export async function renewUntil(
  until: AbortSignal,
  { object, clock, taken, lost, renewed: tell }: Renewal,
): Promise<void> {
  let current = taken;
  let renewedMs = clock.now();
  /** Why the latest attempt failed, where it said so. */
  let trouble: unknown;
  for (let pauseMs = RENEW_EVERY_MS; ;) {
    await clock.sleep(pauseMs, until);
    if (until.aborted) return;
    const triedMs = clock.now();
    const left = renewedMs + GIVE_UP_AFTER_MS - triedMs;
    const renewal = renewOnce(object, clock, current, holderOf(taken)).catch((error: unknown) => {
      trouble = error; // tried again; when it lasts, the run is told that the lease is lost, and why
    });
    const renewed = await inTime(clock, left, until, renewal);
    if (until.aborted) return;
    if (renewed instanceof LostLease) {
      lost.abort(renewed);
      return;
    }
    if (renewed !== undefined) {
      [current, renewedMs, pauseMs, trouble] = [renewed, triedMs, RENEW_EVERY_MS, undefined];
      tell(triedMs);
      const by = stopRequestedBy(current);
      if (by !== undefined) lost.abort(new Interrupted(`${by} asked this run to stop`, 'pre-empted'));
    } else if (clock.now() - renewedMs < GIVE_UP_AFTER_MS) pauseMs = RETRY_EVERY_MS;
    else {
      lost.abort(unrenewed(clock.now() - renewedMs, trouble, left > 0));
      return;
    }
  }
}

/** A machine that stood still had no time to ask: nothing is wrong with the API server, but another run may have come meanwhile. */
function unrenewed(ms: number, trouble: unknown, hadTime: boolean): LostLease {
  const then = 'this run writes nothing more';
  const since = `for ${String(Math.round(ms / 1000))} s`;
  if (trouble === undefined && !hadTime) return new LostLease(`the lease was not renewed ${since}; ${then}`);
  const words = trouble instanceof Error ? trouble.message : 'the API server did not answer';
  const message = `the lease could not be renewed ${since} (${words}); ${then}`;
  return new UnrenewedLease(message, trouble === undefined ? {} : { cause: trouble });
}

/** The lease as renewed; `LostLease` when it is another's; rejects when that could not be found out. */
async function renewOnce(
  object: StoredLease,
  clock: ClockPort,
  last: LeaseObject,
  holder: string | undefined,
): Promise<LeaseObject | LostLease> {
  for (let current: LeaseObject | undefined = last; ; current = await object.read()) {
    const now = holderOf(current);
    if (current === undefined || now !== holder) {
      const what = now === undefined ? 'taken away' : `taken over by ${now}`;
      return new LostLease(`the lease was ${what}; this run writes nothing more`);
    }
    try {
      return await object.swap(current, { renewTime: microTime(clock.now()) });
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error; // else it changed: by a request to stop, perhaps
    }
  }
}

async function inTime<T>(clock: ClockPort, ms: number, until: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([over.signal, until])).then(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
