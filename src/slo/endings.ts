// Is it over, where nobody is to blame? HOLD without sight, PASS with enough of it, HOLD at max-bake; or undefined, and the gate looks on.
import { doubted } from './blame.ts';
import type { Elsewhere, Past } from './comparison.ts';
import { ratioOf } from './counts.ts';
import { atMost } from './evidence.ts';
import type { Ledger } from './ledger.ts';
import { allOpenSince, isFresh, isHopeless, type Moment, shortfalls, unconfirmed, waits } from './readiness.ts';
import { ALPHA, type Rules } from './rules.ts';
import { count, percent, span } from './sentence.ts';
import { burstsOf } from './unit.ts';
import { inbound, mostFor } from './units.ts';
import { BLIND_MS, holdsUnread, MISCONFIGURED_LOOKS, waitsForPast } from './unread.ts';
import type { ReasonCode, UnitVerdict, Verdict } from './verdict.ts';

/** What is judged, and when. */
export interface Facts {
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly past: Past;
  readonly moment: Moment;
  readonly around: () => Elsewhere;
  /** Worst first. */
  readonly units: () => readonly UnitVerdict[];
}
export type End = Pick<Verdict, 'kind' | 'reasonCode' | 'reason'>;
export const ending = (kind: Verdict['kind'], reasonCode: ReasonCode, reason: string): End => ({
  kind,
  reasonCode,
  reason,
});

/** Prometheus has been of no use for too long. */
export function unseeing({ ledger: { trouble }, past, rules, moment: { nowMs } }: Facts): End | undefined {
  if (trouble?.kind === 'misconfigured' && trouble.looks >= MISCONFIGURED_LOOKS)
    return ending('HOLD', 'misconfigured', `the gate cannot judge by what Prometheus answers: ${trouble.reason}`);
  if (trouble !== undefined && nowMs - trouble.sinceMs >= BLIND_MS)
    return ending('HOLD', 'blind', `nothing could be measured for ${span(nowMs - trouble.sinceMs)}: ${trouble.reason}`);
  const unread = holdsUnread(past, rules.settings, nowMs, BLIND_MS);
  return unread && ending('HOLD', unread.code, unread.reason);
}

/** Bake, samples, freshness, evidence and traffic are all there; or the traffic is not, and need not be. */
export function passing({ ledger, rules, past, moment, units }: Facts): End | undefined {
  if (!past.complete || unconfirmed(ledger) || waits(ledger, rules, moment).length > 0) return undefined;
  const short = shortfalls(ledger, rules, past);
  if (short.length === 0) {
    const pool = inbound(ledger);
    const bursts = Math.max(...ledger.units.map((unit) => burstsOf(unit, past)));
    const bound = percent(atMost(pool, ALPHA, bursts));
    const all = units();
    const thin = all.filter(({ state }) => state === 'thin' || state === 'no-data').length;
    const rest = thin > 0 ? `; ${String(thin)} of ${String(all.length)} signals had too little traffic to judge` : '';
    const failed = `${count(pool.errors)} of ${count(pool.requests)} requests failed`;
    return ending('PASS', 'ok', `${failed} (${percent(ratioOf(pool))}, at most ${bound} at 99 %)${rest}`);
  }
  if (rules.settings.onNoTraffic === 'hold') return undefined;
  // Few requests may be accepted; failing ones may not.
  const clean =
    ledger.units.every((unit) => ratioOf(unit.counts) <= mostFor(unit, rules, past)) &&
    doubted(ledger.units, rules, past).length === 0;
  const onlyFew = short.every(({ code }) => code === 'no-traffic') && isHopeless(ledger, rules, past, moment);
  if (!clean || !onlyFew) return undefined;
  const why = short.map(({ text }) => text).join('; ');
  return ending('PASS', 'no-traffic-accepted', `too little traffic to judge, accepted by on-no-traffic: ${why}`);
}

/** The time is over, and there is no PASS. */
export function holding({ ledger, rules, past, moment, units }: Facts): End | undefined {
  const since = allOpenSince(ledger, rules);
  if (since === undefined || !moment.rolloutOver || moment.nowMs - since < rules.settings.maxBakeMs) return undefined;
  const after = `after ${span(moment.nowMs - since)}`;
  if (!isFresh(ledger, rules, moment))
    return ending('HOLD', 'blind', `${after}: no fresh sample${ledger.trouble ? ` (${ledger.trouble.reason})` : ''}`);
  const unread = holdsUnread(past, rules.settings, moment.nowMs, 0);
  if (unread !== undefined) return ending('HOLD', unread.code, unread.reason);
  const short = shortfalls(ledger, rules, past);
  const [first] = short;
  if (first !== undefined) {
    const worst = units().find(({ state }) => state === 'over-limit-unproved');
    const detail = first.code === 'inconclusive' && worst !== undefined ? [worst.sentence] : [];
    return ending('HOLD', first.code, `${after}: ${[...detail, ...short.map(({ text }) => text)].join('; ')}`);
  }
  const confirm = unconfirmed(ledger) ? ['evidence to be confirmed'] : [];
  const waiting = [...waits(ledger, rules, moment), ...confirm, ...waitsForPast(past)];
  return ending('HOLD', 'inconclusive', `${after}: still waiting for ${waiting.join(', ')}`);
}
