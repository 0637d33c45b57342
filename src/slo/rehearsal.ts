// What would the past have been worth? Each namespace's traffic, and each batch's, hour by hour against the gate's settings.
import type { GateSettings } from '../config/config.ts';
import type { Past } from './comparison.ts';
import { NO_COUNTS, ratioOf } from './counts.ts';
import { atLeast, atMost, provenAbove, smallestBreach } from './evidence.ts';
import { alphaBeside, alphaOf } from './rules.ts';
import { limitFor } from './limits.ts';
import { BASELINE_MS } from './queries.ts';
import { BATCH_SIGNALS } from './signals.ts';
import { percent, span, unitSentence } from './sentence.ts';
import { burstsOf } from './unit.ts';
import { floorOf } from './units.ts';
import type { Signal } from './verdict.ts';

export interface Rehearsed {
  readonly namespace: string;
  readonly signal: Signal;
  readonly requests: number;
  readonly errors: number;
  readonly verdict: 'PASS' | 'FAIL' | 'HOLD';
  /** The smallest error ratio (0–1) that the traffic of max-bake would be expected to prove; absent: not even total failure. */
  readonly smallestBreach?: number;
  /** How long a clean batch waits for its PASS; absent: its traffic can't give one within max-bake. */
  readonly passAfterMs?: number;
  readonly sentence: string;
}

/**
 * The namespace's hour as the gate would have judged it, in a batch of `batchSize` namespaces: its inbound requests in full, and every other
 * side where it would not have passed.
 */
export function rehearsed(namespace: string, past: Past, settings: GateSettings, batchSize: number): Rehearsed {
  const client = past.hour.get('client')?.get(namespace) ?? NO_COUNTS;
  const signal = client.requests > 0 ? 'client' : 'server';
  const { requests, errors, causes } = past.hour.get(signal)?.get(namespace) ?? NO_COUNTS;
  const limit = limitFor(settings.maxErrorRate, namespace);
  const subjects = Array.from({ length: batchSize }, () => namespace);
  const alpha = alphaOf({ settings, subjects, signals: BATCH_SIGNALS });
  const trials = { requests, errors };
  const bursts = burstsOf({ signal, subject: namespace }, past);
  const perMs = requests / BASELINE_MS;
  const needed = Math.max(floorOf(limit), settings.evidence === 'proved' ? provingRequests(limit, alpha) * bursts : 0);
  const waitMs = perMs > 0 ? Math.max(settings.bakeMs, needed / perMs) : Infinity;
  const breach = smallestBreach((perMs * settings.maxBakeMs) / bursts, limit, alpha);
  const said = unitSentence({
    subject: namespace,
    signal,
    limit,
    requests,
    errors,
    causes,
    atLeast: atLeast(trials, alpha, bursts),
    atMost: atMost(trials, alpha, bursts),
  });
  const reveals =
    breach === undefined ? 'its traffic proves nothing' : `a breach of ${percent(breach)} would show within max-bake`;
  const passes = waitMs <= settings.maxBakeMs ? `PASS after ${span(waitMs)}` : 'too little traffic to be judged alone';
  const failed = provenAbove(trials, limit, alpha, bursts);
  const inbound = failed ? 'FAIL' : requests >= needed && ratioOf(trials) <= limit ? 'PASS' : 'HOLD';
  // What is no more than thin there holds nothing up.
  const beside = BATCH_SIGNALS.filter((each) => each !== signal).flatMap((each) => besideOf(each));
  return {
    namespace,
    signal,
    requests,
    errors,
    verdict: beside.map(({ verdict }) => verdict).reduce(graver, inbound),
    ...(breach === undefined ? {} : { smallestBreach: breach }),
    ...(waitMs <= settings.maxBakeMs ? { passAfterMs: waitMs } : {}),
    sentence: [said, reveals, passes, ...beside.map(({ sentence }) => sentence)].join('; '),
  };

  /** A side that the gate would not have let pass. */
  function besideOf(other: Signal): readonly Pick<Rehearsed, 'verdict' | 'sentence'>[] {
    const counts = past.hour.get(other)?.get(namespace) ?? NO_COUNTS;
    const share = other === 'tcp' ? alphaBeside({ subjects, signals: BATCH_SIGNALS }) : alpha;
    const effect = burstsOf({ signal: other, subject: namespace }, past);
    const proven = provenAbove(counts, limit, share, effect);
    if (!proven && (counts.requests < floorOf(limit) || ratioOf(counts) <= limit)) return [];
    const bounds = { atLeast: atLeast(counts, share, effect), atMost: atMost(counts, share, effect) };
    const { requests: many, errors: bad, causes: why } = counts;
    const sentence = unitSentence({
      subject: namespace,
      signal: other,
      limit,
      requests: many,
      errors: bad,
      causes: why,
      ...bounds,
    });
    return [{ verdict: proven ? 'FAIL' : 'HOLD', sentence }];
  }
}

/** How many clean requests it takes to prove, at this alpha, that the ratio is within the limit. */
export function provingRequests(limit: number, alpha: number): number {
  let enough = 1;
  while (atMost({ errors: 0, requests: enough }, alpha) > limit && enough < 1e9) enough *= 2;
  let few = enough / 2;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (atMost({ errors: 0, requests: middle }, alpha) <= limit) enough = middle;
    else few = middle;
  }
  return enough;
}

/** One hour of the past. */
export interface Hour {
  /** Prometheus' clock. */
  readonly endMs: number;
  readonly past: Past;
}
const GRAVITY = { FAIL: 2, HOLD: 1, PASS: 0 } as const;
const graver = (a: Rehearsed['verdict'], b: Rehearsed['verdict']): Rehearsed['verdict'] =>
  GRAVITY[b] > GRAVITY[a] ? b : a;
const hourOf = ({ endMs }: Hour): string => `${utc(endMs - BASELINE_MS)}–${utc(endMs)}`;
/** `14:02`, in UTC. */
export const utc = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

/**
 * The same over one or more hours, newest first: the gravest verdict, and the outlook of the quietest hour, which is what an upgrade at a
 * bad moment would meet.
 */
export function rehearsedOver(
  namespace: string,
  [newest, ...older]: readonly [Hour, ...Hour[]],
  settings: GateSettings,
  batchSize: number,
): Rehearsed {
  const of = (hour: Hour) => ({ hour, ...rehearsed(namespace, hour.past, settings, batchSize) });
  const all = [of(newest), ...older.map(of)];
  const worst = all.reduce((a, b) => (GRAVITY[b.verdict] > GRAVITY[a.verdict] ? b : a));
  const quietest = all.reduce((a, b) => (b.requests < a.requests ? b : a));
  const { hour: _, ...rest } = quietest;
  if (older.length === 0) return rest;
  const sum = (what: 'requests' | 'errors'): number => all.reduce((total, one) => total + one[what], 0);
  const told = worst.verdict === 'PASS' ? [quietest] : [...new Set([worst, quietest])];
  return {
    ...rest,
    requests: sum('requests'),
    errors: sum('errors'),
    verdict: worst.verdict,
    sentence: told.map(({ hour, verdict, sentence }) => `${hourOf(hour)} ${verdict}: ${sentence}`).join(' | '),
  };
}

export interface Outlook {
  /** How long a clean batch waits for its PASS, however long max-bake is; absent: no traffic could bring one. */
  readonly passAfterMs?: number;
  /** What the batch's traffic brings within max-bake. */
  readonly requests: number;
}

/** A clean batch's way to PASS with the traffic of that hour: bake, `min-requests` of all together, and each namespace that is waited for. */
export function outlook(namespaces: readonly string[], { past }: Hour, settings: GateSettings): Outlook {
  const each = namespaces.map((namespace) => rehearsed(namespace, past, settings, namespaces.length));
  const perMs = each.reduce((sum, { requests }) => sum + requests, 0) / BASELINE_MS;
  const requests = perMs * settings.maxBakeMs;
  const alone = each.flatMap(({ passAfterMs }) => passAfterMs ?? []);
  if (perMs === 0 || alone.length === 0) return { requests };
  return { passAfterMs: Math.max(settings.bakeMs, settings.minRequests / perMs, ...alone), requests };
}

/** What `plan` found: a verdict for each namespace, and an outlook for each batch, in order. */
export interface Rehearsal {
  readonly namespaces: readonly Rehearsed[];
  readonly batches: readonly Outlook[];
}
