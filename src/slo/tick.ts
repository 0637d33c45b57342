// What did one look at Prometheus bring?
import type { Counts } from './counts.ts';
import type { Istiods } from './istiod.ts';
import type { Reading } from './objectives.ts';
import type { Signal } from './verdict.ts';

/** One look at Prometheus. Times are Prometheus' own. */
export type Tick =
  | {
      readonly kind: 'counted';
      /** Requests are those of (fromMs, toMs]; a first look has fromMs = toMs and counts nothing. */
      readonly fromMs: number;
      readonly toMs: number;
      readonly newestMs: number;
      readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
      /** Of the client side, what callers outside of the batch sent; absent: not told apart. */
      readonly fromOthers?: ReadonlyMap<string, Counts>;
      readonly unmoved: ReadonlyMap<string, Counts>;
      readonly readings: ReadonlyMap<string, Reading>;
      readonly istiods?: Istiods;
      readonly unusable: number;
    }
  /** No newer sample than at the last look, and none too old. */
  | { readonly kind: 'nothing-new' }
  /** Nothing is known of the time before the tick: its counters are as old as their proxies. Counting goes on from its end. */
  | {
      readonly kind: 'nothing-before';
      readonly atMs: number;
      readonly toMs: number;
      readonly newestMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'stale' | 'unreachable' | 'misconfigured'; readonly atMs: number; readonly reason: string };

export type Counted = Extract<Tick, { kind: 'counted' }>;
