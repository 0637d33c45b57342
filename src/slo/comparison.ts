// Was it bad before, and is it bad elsewhere? What the upgrade can be blamed for. Judges no unit by itself.
import { type Counts, NO_COUNTS, pooled, ratioOf } from './counts.ts';
import { provenAbove } from './evidence.ts';
import type { Istiods } from './istiod.ts';
import type { Trouble } from './trouble.ts';
import type { Signal } from './verdict.ts';

/** What Prometheus remembers of the time before; a part that could not be measured is absent. */
export interface Past {
  /** Counts of the hour before the batch began, by signal and subject. */
  readonly hour: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
  /** How long (ms) the pieces of that hour are, of which the quietest is looked for. */
  readonly pieceMs: number;
  /** Requests in its quietest piece, by signal and subject. */
  readonly quietest: ReadonlyMap<Signal, ReadonlyMap<string, number>>;
  /** The same of requests that found a route, where there are routes to find; a signal that was not answered for is absent. */
  readonly quietestRouted: ReadonlyMap<Signal, ReadonlyMap<string, number>>;
  /** The same by subject, of what the callers outside of the batch sent. */
  readonly quietestFromOthers: ReadonlyMap<string, number>;
  /** How much more than by chance requests failed together in that hour, by signal and subject (slo/bursts.ts); absent: 1. */
  readonly bursts: ReadonlyMap<Signal, ReadonlyMap<string, number>>;
  /** Client side of the namespaces not moved yet, in that hour. */
  readonly unmoved: ReadonlyMap<string, Counts>;
  /** Both istiods in that hour; absent where they were not asked for. */
  readonly istiods?: Istiods;
  /** Who calls whom; absent: unknown, and then nobody is known to be untouched by the batch. */
  readonly links?: readonly Link[];
  /** What could not be measured, as sentences. */
  readonly gaps: readonly string[];
  /** Everything was asked, whether or not it was answered. */
  readonly complete: boolean;
  /** Why it is not complete; absent before it was first asked for. */
  readonly trouble?: Trouble;
}
export interface Link {
  readonly from: string;
  readonly to: string;
}
export const NO_PAST: Past = {
  hour: new Map(),
  pieceMs: 60_000,
  quietest: new Map(),
  quietestRouted: new Map(),
  quietestFromOthers: new Map(),
  bursts: new Map(),
  unmoved: new Map(),
  gaps: [],
  complete: false,
};

/**
 * Worse than before means at least twice the ratio and 0.1 percentage points above it: below that, hours differ by themselves. Where
 * more than a third failed, losing half of what still succeeded is as bad.
 */
export const worseThan = (ratioBefore: number): number =>
  Math.min(Math.max(2 * ratioBefore, ratioBefore + 0.001), (1 + ratioBefore) / 2);

/** A handful of errors in a quiet hour is no baseline. */
const FEW_ERRORS = 3;
/** The hour before already breaches the limit: such a unit is judged by comparison only. */
export function badBefore(before: Pick<Counts, 'errors' | 'requests'> | undefined, limit: number): boolean {
  return before !== undefined && before.errors >= FEW_ERRORS && ratioOf(before) > limit;
}

/** Namespaces with no path of calls to or from the batch: whatever ails them, the batch did not do it. None when calls are unknown. */
export function untouched(
  unmoved: readonly string[],
  batch: readonly string[],
  links: readonly Link[] | undefined,
): readonly string[] {
  if (links === undefined) return [];
  const callers = reachable(batch, links, ({ from, to }) => [to, from]);
  const called = reachable(batch, links, ({ from, to }) => [from, to]);
  return unmoved.filter((name) => !callers.has(name) && !called.has(name));
}

function reachable(
  from: readonly string[],
  links: readonly Link[],
  step: (link: Link) => readonly [string, string],
): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const link of links) {
    const [here, there] = step(link);
    next.set(here, [...(next.get(here) ?? []), there]);
  }
  const seen = new Set(from);
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const other of next.get(name) ?? [])
      if (!seen.has(other)) {
        seen.add(other);
        open.push(other);
      }
  return seen;
}

export type Elsewhere =
  /** No untouched namespace had enough requests to say that they are well. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'well'; readonly counts: Counts; readonly before: Counts }
  | { readonly kind: 'breached'; readonly counts: Counts; readonly before: Counts };

/** Confidence with which "it is everywhere" is believed: less than for blame, since all it does is stop and ask. */
const ELSEWHERE_ALPHA = 0.05;
const ENOUGH_ELSEWHERE = 100;

/**
 * How the untouched namespaces fare, pooled: in the same window, or of late, since an incident that has just begun hardly shows in
 * the whole window. Over the limit *and* worse than their own past is `breached`.
 */
export function elsewhere(
  usable: readonly string[],
  now: ReadonlyMap<string, Counts>,
  newest: readonly ReadonlyMap<string, Counts>[],
  past: ReadonlyMap<string, Counts>,
  limitOf: (name: string) => number,
): Elsewhere {
  const of = (...all: readonly ReadonlyMap<string, Counts>[]): Counts =>
    pooled(all.flatMap((each) => usable.map((name) => each.get(name) ?? NO_COUNTS)));
  const before = of(past);
  const worse = before.errors > 0 ? worseThan(ratioOf(before)) : 0;
  const whole = of(now);
  for (const seen of [newest.slice(-1), newest, [now]]) {
    const counts = of(...seen);
    // Each with its own limit, by its share of the requests.
    const allowed = usable.reduce(
      (sum, name) => sum + limitOf(name) * pooled(seen.map((each) => each.get(name) ?? NO_COUNTS)).requests,
      0,
    );
    if (
      counts.requests > 0 &&
      provenAbove(counts, allowed / counts.requests, ELSEWHERE_ALPHA) &&
      ratioOf(counts) >= worse
    )
      return { kind: 'breached', counts, before };
  }
  return whole.requests < ENOUGH_ELSEWHERE ? { kind: 'unknown' } : { kind: 'well', counts: whole, before };
}
