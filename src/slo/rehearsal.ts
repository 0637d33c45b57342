// What would the last hour have been worth? One namespace's traffic against the gate's settings.
import type { GateSettings } from '../config/config.ts';
import type { Past } from './comparison.ts';
import { NO_COUNTS, ratioOf } from './counts.ts';
import { atLeast, atMost, provenAbove, smallestBreach } from './evidence.ts';
import { ALPHA, burstsOf } from './ledger.ts';
import { limitFor } from './limits.ts';
import { BASELINE_MS } from './queries.ts';
import { percent, span, unitSentence } from './sentence.ts';
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

/** The namespace's inbound hour as the gate would have judged it, in a batch of `batchSize` namespaces. */
export function rehearsed(namespace: string, past: Past, settings: GateSettings, batchSize: number): Rehearsed {
  const client = past.hour.get('client')?.get(namespace) ?? NO_COUNTS;
  const signal = client.requests > 0 ? 'client' : 'server';
  const { requests, errors, causes } = past.hour.get(signal)?.get(namespace) ?? NO_COUNTS;
  const limit = limitFor(settings.maxErrorRate, namespace);
  const alpha = ALPHA / (3 * Math.max(batchSize, 1));
  const trials = { requests, errors };
  const bursts = burstsOf({ signal, subject: namespace }, past);
  const perMs = requests / BASELINE_MS;
  const needed = floorOf(limit);
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
  return {
    namespace,
    signal,
    requests,
    errors,
    verdict: failed ? 'FAIL' : requests >= needed && ratioOf(trials) <= limit ? 'PASS' : 'HOLD',
    ...(breach === undefined ? {} : { smallestBreach: breach }),
    ...(waitMs <= settings.maxBakeMs ? { passAfterMs: waitMs } : {}),
    sentence: `${said}; ${reveals}; ${passes}`,
  };
}
