// What does a command ask of the one lease of a mesh?

export type LeaseAnswer =
  | { readonly kind: 'held'; /** Transition number: the fence. */ readonly fence: number }
  | { readonly kind: 'taken'; readonly holder: string; readonly since: string };

export interface LeasePort {
  /**
   * Takes the lease, waiting up to `waitMs` for a holder to release it or to go stale (60 s of an unchanged
   * `renewTime` as observed locally). With `preempt` it asks the holder to stop first. Renews it until `release`.
   */
  acquire(options: { readonly waitMs: number; readonly preempt: boolean }): Promise<LeaseAnswer>;
  /** Who holds a live lease now, without taking it. */
  holder(): Promise<{ readonly holder: string; readonly since: string } | undefined>;
  /** Aborts when the lease was lost or the holder was asked to stop; its reason is `LostLease` or `Interrupted`. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}
