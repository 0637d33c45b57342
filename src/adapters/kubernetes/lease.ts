// Who may write? One Lease a mesh: taken, renewed, taken over only when it stood still before our own eyes, handed back.
import { LEASE, type LeaseObject } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import type { ClockPort } from '../../ports/clock.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import type { LeaseAnswer, LeasePort } from '../../ports/lease.ts';
import { ApiError, Interrupted, isConflict, LostLease } from '../../shared/errors.ts';

const RENEW_EVERY_MS = 10_000;
/** A `renewTime` that has not changed for this long, as observed by us: clocks of two machines are never compared. */
const STALE_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
/** A holder that sees this on its lease stops at its next safe point. */
const STOP_REQUESTED = `${OURSELVES}/stop-requested-by`;

export interface LeaseSettings {
  readonly namespace: string;
  /** This run and no other. */
  readonly holder: string;
}

export class MeshLease implements LeasePort {
  readonly #cluster: ClusterPort;
  readonly #clock: ClockPort;
  readonly #settings: LeaseSettings;
  readonly #lost = new AbortController();
  #renewing: AbortController | undefined;
  #renewal: Promise<void> = Promise.resolve();
  constructor(cluster: ClusterPort, clock: ClockPort, settings: LeaseSettings) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#settings = settings;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  async acquire({ waitMs, preempt }: { readonly waitMs: number; readonly preempt: boolean }): Promise<LeaseAnswer> {
    const until = this.#clock.now() + waitMs;
    let watched: { readonly renewTime: string; readonly sinceMs: number } | undefined;
    for (;;) {
      const current = await this.#read();
      const holder = holderOf(current);
      const renewTime = current?.spec?.renewTime ?? '';
      if (watched?.renewTime !== renewTime) watched = { renewTime, sinceMs: this.#clock.now() };
      const stale = this.#clock.now() - watched.sinceMs >= STALE_AFTER_MS;
      if (holder === undefined || holder === this.#settings.holder || stale) {
        const fence = await this.#take(current);
        if (fence !== undefined) {
          this.#keep();
          return { kind: 'held', fence };
        }
      } else {
        if (preempt) await this.#ask(current);
        // A dead holder can only be told from a live one by watching it: that takes longer than a short lock-wait.
        const patience = this.#clock.now() < until;
        if (!patience) return { kind: 'taken', holder, since: current?.spec?.acquireTime ?? 'an unknown time' };
      }
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  async holder(): Promise<{ readonly holder: string; readonly since: string } | undefined> {
    const current = await this.#read();
    const holder = holderOf(current);
    if (holder === undefined) return undefined;
    const renewed = Date.parse(current?.spec?.renewTime ?? '');
    if (!(this.#clock.now() - renewed < STALE_AFTER_MS)) return undefined;
    return { holder, since: current?.spec?.acquireTime ?? 'an unknown time' };
  }

  /** Frees the lease if it is still ours. */
  async release(): Promise<void> {
    this.#renewing?.abort();
    await this.#renewal;
    const current = await this.#read();
    if (current === undefined || holderOf(current) !== this.#settings.holder) return;
    try {
      await this.#cluster.replace(LEASE, { ...withoutRequest(current), spec: { ...current.spec, holderIdentity: '' } });
    } catch (error) {
      if (!isConflict(error)) throw error; // whoever wrote it meanwhile has taken it over
    }
  }

  async #read(): Promise<LeaseObject | undefined> {
    return this.#cluster.get(LEASE, OURSELVES, this.#settings.namespace);
  }

  /** The fence, or undefined when somebody else was faster. */
  async #take(current: LeaseObject | undefined): Promise<number | undefined> {
    const now = microTime(this.#clock.now());
    const fence = (current?.spec?.leaseTransitions ?? 0) + 1;
    const spec = {
      holderIdentity: this.#settings.holder,
      leaseDurationSeconds: STALE_AFTER_MS / 1000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: fence,
    };
    try {
      if (current === undefined)
        await this.#cluster.create(LEASE, {
          apiVersion: LEASE.apiVersion,
          kind: LEASE.kind,
          metadata: { name: OURSELVES, namespace: this.#settings.namespace },
          spec,
        });
      else await this.#cluster.replace(LEASE, { ...withoutRequest(current), spec });
      return fence;
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  }

  async #ask(current: LeaseObject | undefined): Promise<void> {
    if (current === undefined || current.metadata.annotations?.[STOP_REQUESTED] !== undefined) return;
    await this.#cluster.patch(
      LEASE,
      { name: OURSELVES, namespace: this.#settings.namespace },
      { metadata: { annotations: { [STOP_REQUESTED]: this.#settings.holder } } },
    );
  }

  #keep(): void {
    this.#renewing = new AbortController();
    this.#renewal = this.#renew(this.#renewing.signal);
  }

  async #renew(until: AbortSignal): Promise<void> {
    let renewedMs = this.#clock.now();
    for (;;) {
      await this.#clock.sleep(RENEW_EVERY_MS, until);
      if (until.aborted) return;
      try {
        const current = await this.#read();
        if (current === undefined || holderOf(current) !== this.#settings.holder) {
          this.#lost.abort(
            new LostLease(`the lease was taken over by ${holderOf(current) ?? 'nobody'}; this run writes nothing more`),
          );
          return;
        }
        const requestedBy = current.metadata.annotations?.[STOP_REQUESTED];
        if (requestedBy !== undefined) this.#lost.abort(new Interrupted(`${requestedBy} asked this run to stop`));
        await this.#cluster.replace(LEASE, {
          ...current,
          spec: { ...current.spec, renewTime: microTime(this.#clock.now()) },
        });
        renewedMs = this.#clock.now();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (this.#clock.now() - renewedMs < STALE_AFTER_MS - RENEW_EVERY_MS) continue; // the next turn tries again
        this.#lost.abort(
          new LostLease(`the lease could not be renewed (${error.message}); this run writes nothing more`),
        );
        return;
      }
    }
  }
}

const holderOf = (lease: LeaseObject | undefined): string | undefined =>
  lease?.spec?.holderIdentity === '' ? undefined : lease?.spec?.holderIdentity;
/** Kubernetes' MicroTime: RFC 3339 with six digits. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

function withoutRequest(lease: LeaseObject): LeaseObject {
  const { [STOP_REQUESTED]: _request, ...annotations } = lease.metadata.annotations ?? {};
  return { ...lease, metadata: { ...lease.metadata, annotations } };
}
