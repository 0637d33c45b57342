// Who may write? One Lease a mesh: taken, renewed, taken over only when it stood still before our own eyes, handed back.
// Every write is a compare-and-swap; clocks of two machines are never compared to take something away.
import type { LeaseObject } from '../../mesh/kinds.ts';
import type { ClockPort } from '../../ports/clock.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import type { LeaseAnswer, LeasePort } from '../../ports/lease.ts';
import { Interrupted, isConflict, isNotFound, LostLease, mayBeDone } from '../../shared/errors.ts';
import {
  holderOf,
  looksFresh,
  signOfLife,
  sinceOf,
  specOf,
  STALE_AFTER_MS,
  STOP_REQUESTED,
  stopRequestedBy,
} from './lease-record.ts';
import { GIVE_UP_AFTER_MS, renewUntil } from './lease-renewal.ts';
import { waitingAloud } from './lease-waiting.ts';
import { StoredLease } from './stored-lease.ts';

const LOOK_EVERY_MS = 2_000;
/** A look proves no more than this: a clock that is set, or a machine that stood still, makes no time pass for the holder. */
const MOST_PER_LOOK_MS = 3 * LOOK_EVERY_MS;
/** Longer than the time between two renewals. */
const OBSERVE_MS = 15_000;
/** A lease given up for somebody who asked for it is left to them for so long. */
const COURTESY_MS = 10_000;
const RELEASE_ATTEMPTS = 5;
/** A runner that cancels kills within ten seconds. */
const TAKE_BACK_MS = 4_000;

export interface LeaseSettings {
  readonly namespace: string;
  /** This process and no other. */
  readonly holder: string;
  /** What holders of the same run begin with: such a holder is waited for as long as it lives. */
  readonly runPrefix?: string;
  /** The highest fence known from elsewhere: someone may have deleted the Lease. */
  readonly fenceFloor?: () => Promise<number>;
  /** Hears who is waited for, and how long still. */
  readonly say?: (line: string) => void;
  /** Ends waiting: `acquire` then rejects with `Interrupted`. */
  readonly stop?: AbortSignal;
}

export class MeshLease implements LeasePort {
  readonly #object: StoredLease;
  readonly #clock: ClockPort;
  readonly #settings: LeaseSettings;
  readonly #lost = new AbortController();
  #renewing: AbortController | undefined;
  /** When it was last ours for certain; undefined while it is not. */
  #renewedMs: number | undefined;

  constructor(cluster: ClusterPort, clock: ClockPort, settings: LeaseSettings) {
    this.#object = new StoredLease(cluster, settings.namespace);
    this.#clock = clock;
    this.#settings = settings;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Throws `LostLease` where another may hold it by now: it was not taken, is released or lost, or was not renewed for so long. A
   * process that stood still is told so here, before its timers get to run.
   */
  assertHeld(): void {
    if (this.#lost.signal.reason instanceof LostLease) throw this.#lost.signal.reason;
    if (this.#renewedMs === undefined) throw new LostLease('this run does not hold the lease; it writes nothing');
    const still = this.#clock.now() - this.#renewedMs;
    if (still < GIVE_UP_AFTER_MS) return;
    const seconds = String(Math.round(still / 1000));
    throw new LostLease(`the lease was not renewed for ${seconds} s; this run writes nothing more`);
  }

  async acquire({ waitMs, preempt }: { readonly waitMs: number; readonly preempt: boolean }): Promise<LeaseAnswer> {
    const untilMs = this.#clock.now() + waitMs;
    const wait = waitingAloud(this.#settings.say ?? (() => undefined));
    for (let seen = '', seenSinceMs = 0, looks = 0; ;) {
      if (preempt && this.#settings.stop?.aborted === true) await this.#takeBackSoon();
      this.#throwIfStopped();
      const current = await this.#object.read();
      const now = this.#clock.now();
      looks += 1;
      if (seen !== signOfLife(current)) [seen, seenSinceMs, looks] = [signOfLife(current), now, 1];
      if (this.#mayTake(current, Math.min(now - seenSinceMs, looks * MOST_PER_LOOK_MS), preempt)) {
        const takingMs = this.#clock.now();
        const taken = await this.#take(current);
        if (taken !== undefined) return { kind: 'held', fence: this.#keep(taken, takingMs) };
        continue; // somebody was faster: who?
      }
      const isOfOurRun = !preempt && this.#isOfOurRun(current);
      if (now < untilMs || isOfOurRun) {
        if (preempt) await this.#askToStop(current);
        wait({ lease: current, nowMs: now, preempt, ...(isOfOurRun ? {} : { leftMs: untilMs - now }) });
      } else {
        if (preempt) await this.#takeBackRequest(current);
        return {
          kind: 'taken',
          holder: holderOf(current) ?? stopRequestedBy(current) ?? 'unknown',
          since: sinceOf(current),
        };
      }
      await this.#clock.sleep(LOOK_EVERY_MS, this.#settings.stop);
    }
  }

  /** A `renewTime` that looks old is watched for a while before its holder is called dead: the clocks may differ. */
  async holder(): Promise<{ readonly holder: string; readonly since: string } | undefined> {
    const first = await this.#object.read();
    const untilMs = this.#clock.now() + OBSERVE_MS;
    for (let current = first; ; current = await this.#object.read()) {
      const holder = holderOf(current);
      if (holder === undefined) return undefined;
      const alive = looksFresh(current, this.#clock.now()) || signOfLife(current) !== signOfLife(first);
      if (alive) return { holder, since: sinceOf(current) };
      if (this.#clock.now() >= untilMs) return undefined;
      await this.#clock.sleep(LOOK_EVERY_MS, this.#settings.stop);
      this.#throwIfStopped();
    }
  }

  /** Frees the lease if it is still ours. */
  async release(): Promise<void> {
    this.#renewing?.abort();
    this.#renewedMs = undefined;
    for (let attempt = 1; ; attempt++) {
      const current = await this.#object.read();
      if (current === undefined || holderOf(current) !== this.#settings.holder) return;
      try {
        await this.#object.swap(current, { holderIdentity: null });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error) || attempt >= RELEASE_ATTEMPTS) throw error; // a renewal under way, or a request to stop
      }
    }
  }

  #mayTake(current: LeaseObject | undefined, unchangedMs: number, preempt: boolean): boolean {
    const holder = holderOf(current);
    if (holder === this.#settings.holder) return true;
    if (holder !== undefined) return unchangedMs >= STALE_AFTER_MS;
    const requestedBy = stopRequestedBy(current);
    const isForOthers = requestedBy !== undefined && requestedBy !== this.#settings.holder && !preempt;
    return !isForOthers || unchangedMs >= COURTESY_MS;
  }

  #isOfOurRun(current: LeaseObject | undefined): boolean {
    const { runPrefix = '' } = this.#settings;
    return runPrefix !== '' && (holderOf(current)?.startsWith(`${runPrefix} `) ?? false);
  }

  #throwIfStopped(): void {
    if (this.#settings.stop?.aborted === true) throw new Interrupted('stopped while it waited for the lease');
  }

  /** As taken, or undefined when somebody else was faster. */
  async #take(current: LeaseObject | undefined): Promise<LeaseObject | undefined> {
    const { holder, fenceFloor } = this.#settings;
    const known = Math.max(current?.spec?.leaseTransitions ?? 0, (await fenceFloor?.()) ?? 0);
    const spec = specOf(holder, known + 1, this.#clock.now());
    try {
      if (current !== undefined) return await this.#object.swap(current, spec, { [STOP_REQUESTED]: null });
      return await this.#object.create(spec);
    } catch (error) {
      if (isConflict(error) || (current !== undefined && isNotFound(error))) return undefined;
      const now = mayBeDone(error) ? await this.#object.read() : undefined;
      if (now !== undefined && holderOf(now) === holder) return now; // only its answer was lost
      throw error;
    }
  }

  /** Only this very holder: whoever comes next has nothing to do with it. */
  async #askToStop(current: LeaseObject | undefined): Promise<void> {
    if (current === undefined || stopRequestedBy(current) !== undefined) return;
    await this.#unlessChanged(this.#object.swap(current, {}, { [STOP_REQUESTED]: this.#settings.holder }));
  }

  async #takeBackRequest(current: LeaseObject | undefined): Promise<void> {
    if (current === undefined || stopRequestedBy(current) !== this.#settings.holder) return;
    await this.#unlessChanged(this.#object.swap(current, {}, { [STOP_REQUESTED]: null }));
  }

  /** Whoever was asked to stop would else do so for nobody. Never rejects: the run is over either way. */
  async #takeBackSoon(): Promise<void> {
    const takenBack = this.#object.read().then(async (current) => this.#takeBackRequest(current));
    const over = new AbortController();
    await Promise.race([takenBack, this.#clock.sleep(TAKE_BACK_MS, over.signal)]).catch(() => undefined);
    over.abort();
  }

  async #unlessChanged(write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  /** Renews until released or lost; the fence. */
  #keep(taken: LeaseObject, takenMs: number): number {
    this.#renewing = new AbortController();
    const { signal } = this.#renewing;
    this.#renewedMs = takenMs;
    const renewed = (ms: number): void => {
      this.#renewedMs = ms;
    };
    void renewUntil(signal, { object: this.#object, clock: this.#clock, taken, lost: this.#lost, renewed });
    return taken.spec?.leaseTransitions ?? 1;
  }
}
