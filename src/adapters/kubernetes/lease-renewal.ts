// How does a holder keep its lease, and learn that it has lost it or is asked to stop?
import type { LeaseObject } from '../../mesh/kinds.ts';
import type { ClockPort } from '../../ports/clock.ts';
import { Interrupted, isConflict, isNotFound, LostLease } from '../../shared/errors.ts';
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
  for (let pauseMs = RENEW_EVERY_MS; ;) {
    await clock.sleep(pauseMs, until);
    if (until.aborted) return;
    const triedMs = clock.now();
    const left = renewedMs + GIVE_UP_AFTER_MS - triedMs;
    const renewed = await inTime(clock, left, until, renewOnce(object, clock, current, holderOf(taken)));
    if (until.aborted) return;
    if (renewed instanceof LostLease) {
      lost.abort(renewed);
      return;
    }
    if (renewed !== undefined) {
      [current, renewedMs, pauseMs] = [renewed, triedMs, RENEW_EVERY_MS];
      tell(triedMs);
      const by = stopRequestedBy(current);
      if (by !== undefined) lost.abort(new Interrupted(`${by} asked this run to stop`, 'pre-empted'));
    } else if (clock.now() - renewedMs < GIVE_UP_AFTER_MS) pauseMs = RETRY_EVERY_MS;
    else {
      const seconds = String(GIVE_UP_AFTER_MS / 1000);
      lost.abort(new LostLease(`the lease could not be renewed for ${seconds} s; this run writes nothing more`));
      return;
    }
  }
}

/** The lease as renewed; `LostLease` when it is another's; undefined when that could not be found out. */
async function renewOnce(
  object: StoredLease,
  clock: ClockPort,
  last: LeaseObject,
  holder: string | undefined,
): Promise<LeaseObject | LostLease | undefined> {
  try {
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
  } catch {
    return undefined; // tried again; when it lasts, the run is told that the lease is lost
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
