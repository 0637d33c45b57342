// What has one (subject, signal) counted, and for how many samples has the evidence stood? Sums and standings; blames nobody.
import type { GateSettings } from '../config/config.ts';
import { badBefore, type Past, worseThan } from './comparison.ts';
import { type Counts, NO_COUNTS, plus, ratioOf } from './counts.ts';
import { poissonAtMost } from './evidence.ts';
import { isConfirmed, isProven, openProof, type Proof, proofAfter } from './proof.ts';
import { BASELINE_MS } from './queries.ts';
import type { Looks } from './trend.ts';
import type { Signal } from './verdict.ts';

export interface Unit {
  readonly subject: string;
  readonly signal: Signal;
  readonly limit: number;
  /** In the subject's window. */
  readonly counts: Counts;
  /** In the newest tick of it. */
  readonly last: Counts;
  /** Undefined before the first. */
  readonly looks: Looks | undefined;
  /** A proxy reported in the newest tick, if only zeros. */
  readonly reporting: boolean;
  readonly proof: Proof;
  /** The evidence stands at the newest tick. */
  readonly proven: boolean;
  /** The same of routes: that more requests found none than before. Absent where there is no before. */
  readonly routes?: Proof;
  readonly strayed: boolean;
  /** Of the requests that found a route; who scans for routes asks on top of them. */
  readonly routed: Routed;
  /** Successive samples at which there was far too little traffic for the time; it may come in bursts. */
  readonly missing: number;
  /** The same by whole pieces of the hour before, which are alike. */
  readonly lost: number;
  /** Of the client side, what callers outside of the batch sent: their proxies are as they were. */
  readonly fromOthers: {
    readonly requests: number;
    /** Successive samples at which they reported far too little. */
    readonly lost: number;
  };
}

export interface Routed {
  /** As many as its window should have by the hour before; 0 where that is not known. */
  readonly promised: number;
  /** Successive samples at which there were far too few. */
  readonly lost: number;
  /** There are about as many as before. */
  readonly kept: boolean;
}

export const emptyUnit = (subject: string, signal: Signal, limit: number): Unit => ({
  subject,
  signal,
  limit,
  counts: NO_COUNTS,
  last: NO_COUNTS,
  looks: undefined,
  reporting: false,
  proof: openProof(limit),
  proven: false,
  strayed: false,
  routed: { promised: 0, lost: 0, kept: false },
  missing: 0,
  lost: 0,
  fromOthers: { requests: 0, lost: 0 },
});

type Named = Pick<Unit, 'signal' | 'subject'>;

/** The error ratio this unit must be proven to exceed: its limit, or, where the hour before breaches that, clearly more than before. */
export function thresholdOf(
  { subject, signal, limit }: Named & Pick<Unit, 'limit'>,
  past: Past,
  compare: GateSettings['compare'],
): number {
  const before = past.hour.get(signal)?.get(subject);
  return compare !== 'off' && before !== undefined && badBefore(before, limit) ? worseThan(ratioOf(before)) : limit;
}

/** By what its counts are divided for its bounds: requests that fail together are fewer than they seem. At least 1. */
export const burstsOf = ({ signal, subject }: Named, past: Past): number => past.bursts.get(signal)?.get(subject) ?? 1;

/** Where requests set out from, and so may find no route. */
export const hasRoutes = (signal: Signal): boolean => signal === 'gateway' || signal === 'outbound';

/** Which share of requests without a route would be worse than before; undefined without an hour to compare with. */
export function strayLimit({ signal, subject }: Named, past: Past): number | undefined {
  const before = past.hour.get(signal)?.get(subject);
  if (!hasRoutes(signal) || before === undefined || before.requests <= 0) return undefined;
  return worseThan(before.noRoute / before.requests);
}

export interface Seen {
  /** Undefined where no proxy reported. */
  readonly found: Counts | undefined;
  /** Requests of it by callers outside of the batch; undefined where none of them reported. */
  readonly fromOthers: number | undefined;
  /** Of the subject's window, the tick included. */
  readonly windowMs: number;
  /** The window has just begun, or begun anew. */
  readonly restarted: boolean;
}

/** The unit after one more tick of its window. */
export function nextUnit(
  unit: Unit,
  { found, fromOthers, windowMs, restarted }: Seen,
  past: Past,
  compare: GateSettings['compare'],
  alpha: { readonly errors: number; readonly routes: number },
): Unit {
  const before = restarted ? emptyUnit(unit.subject, unit.signal, unit.limit) : unit;
  const last = found ?? NO_COUNTS;
  const counts = plus(before.counts, last);
  const proof = proofAfter(before.proof, last, thresholdOf(unit, past, compare));
  const routes = routesAfter(before, last, past);
  const sent = before.fromOthers.requests + (fromOthers ?? 0);
  const quietest = past.quietest.get(unit.signal)?.get(unit.subject);
  // Whole pieces alone are alike: who calls once a minute is silent for most of it, and has lost nothing.
  const pieces = windowMs / past.pieceMs;
  const whole = Math.floor(pieces);
  const tooFew = (requests: number, ofPieces: number, least = 0): boolean =>
    isLost(requests, least * ofPieces, alpha.errors);
  return {
    ...before,
    counts,
    last,
    looks: { requests: last.requests, errors: last.errors, earlier: before.looks },
    reporting: found !== undefined,
    proof,
    proven: isProven(proof, alpha.errors, past.bursts.get(unit.signal)?.get(unit.subject)),
    // Who scans for routes asks for many at once: only samples are evidence.
    ...(routes === undefined ? {} : { routes, strayed: isProven(routes, alpha.routes, undefined) }),
    routed: hasRoutes(unit.signal) ? routedAfter(before, counts, windowMs, past, alpha.routes) : before.routed,
    missing: tooFew(counts.requests, pieces, quietest) ? before.missing + 1 : 0,
    lost: tooFew(counts.requests, whole, quietest) ? before.lost + 1 : 0,
    fromOthers: {
      requests: sent,
      lost:
        fromOthers !== undefined && tooFew(sent, whole, past.quietestFromOthers.get(unit.subject))
          ? before.fromOthers.lost + 1
          : 0,
    },
  };
}

function routesAfter(before: Unit, last: Counts, past: Past): Proof | undefined {
  const most = strayLimit(before, past);
  if (most === undefined) return undefined;
  return proofAfter(before.routes ?? openProof(most), { errors: last.noRoute, requests: last.requests }, most);
}

function routedAfter(
  { signal, subject, routed: before }: Unit,
  counts: Counts,
  windowMs: number,
  past: Past,
  alpha: number,
): Routed {
  const now = routedOf(counts);
  const hour = past.hour.get(signal)?.get(subject);
  const usual = ((hour === undefined ? 0 : routedOf(hour)) * windowMs) / BASELINE_MS;
  const answered = past.quietestRouted.get(signal);
  const quietest = answered?.get(subject);
  // Not one piece is known: what there was, spread over the hour, promises less than any of it.
  const fallback = answered === undefined ? 0 : usual;
  const promised = quietest === undefined ? fallback : (quietest * windowMs) / past.pieceMs;
  return {
    promised,
    lost: isLost(now, promised, alpha) ? before.lost + 1 : 0,
    kept: now >= usual / 2 && !isBelow(now, promised, KEPT, alpha),
  };
}

const routedOf = ({ requests, noRoute }: Counts): number => requests - noRoute;

/** Proven, and on two successive samples, that more requests find no route than before. */
export const hasStrayed = ({ routes, strayed }: Unit): boolean =>
  strayed && routes !== undefined && isConfirmed(routes);

/** Traffic, or what finds a route of it, is lost only when so many successive samples miss it. */
export const LOST_SAMPLES = 2;

/** Routes that were found before are not found now: more requests find none, and far fewer find one, each on two samples. */
export const hasLostRoutes = (unit: Unit): boolean => hasStrayed(unit) && unit.routed.lost >= LOST_SAMPLES;

/**
 * Requests find no route, and whether routes are lost or somebody asks for what never was cannot be told: provably more of them than before,
 * while fewer find one; or more than the limit allows, with nothing known of before.
 */
export function isInDoubt(unit: Unit, past: Past): boolean {
  const { signal, limit, counts } = unit;
  if (!hasRoutes(signal)) return false;
  if (strayLimit(unit, past) !== undefined) return hasStrayed(unit) && !unit.routed.kept;
  return counts.noRoute > limit * counts.requests;
}

/** Less than half of what the quietest piece of the hour before promises, and too little for chance. */
const isLost = (requests: number, expected: number, alpha: number): boolean =>
  isBelow(requests, expected, 1 / 2, alpha);

/** Of what was promised, so much is as many as before: traffic ebbs by itself. */
const KEPT = 0.9;

const isBelow = (requests: number, expected: number, share: number, alpha: number): boolean =>
  requests < expected * share && poissonAtMost(requests, expected) <= alpha;
