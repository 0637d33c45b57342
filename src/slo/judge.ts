// What do the sums say: go on looking (and for what), or PASS, FAIL, HOLD? The rules of docs/gate.md, "How it judges"; each has its own
// file. Two stand above all: never a PASS without evidence, never a FAIL for lack of it.
import { blamed, chargeOf, doubted } from './blame.ts';
import { caveats } from './caveats.ts';
import { type Elsewhere, elsewhere, type Past, untouched } from './comparison.ts';
import { ratioOf } from './counts.ts';
import { atMost } from './evidence.ts';
import { limitFor } from './limits.ts';
import { ALPHA, type Rules } from './rules.ts';
import type { Ledger } from './ledger.ts';
import { pasteQuery, type Scope } from './queries.ts';
import { allOpenSince, isFresh, isHopeless, type Moment, shortfalls, unconfirmed, waits } from './readiness.ts';
import { count, percent, span } from './sentence.ts';
import { burstsOf, type Unit } from './unit.ts';
import { BLIND_MS, holdsUnread, MISCONFIGURED_LOOKS, waitsForPast } from './unread.ts';
import { inbound, mostFor, unitVerdicts } from './units.ts';
import type { ReasonCode, UnitVerdict, Verdict } from './verdict.ts';

export type Judgement =
  | {
      readonly kind: 'continue';
      /** What is still missing for a verdict. */
      readonly needs: readonly string[];
      /** The unit that is worst off, if any counted a request. */
      readonly worst: UnitVerdict | undefined;
    }
  | { readonly kind: 'verdict'; readonly verdict: Verdict };

/** The judgement at this moment. Pure: the same ledger at the same moment is judged the same. */
export function judge(ledger: Ledger, rules: Rules, past: Past, moment: Moment): Judgement {
  const around = once(() => surroundings(ledger, rules, past));
  const guilty = blamed(ledger, rules, past, around);
  const charge = chargeOf(ledger, rules, past, around, guilty);
  const failed: ReadonlySet<Unit> = charge?.kind === 'FAIL' ? guilty : new Set();
  const units = once(() => withCharged(unitVerdicts(ledger, rules, past, failed), charge?.unit));
  const facts = { ledger, rules, past, moment, around, units };
  const end =
    charge !== undefined
      ? ending(charge.kind, charge.reasonCode, charge.reason ?? units()[0]?.sentence ?? '')
      : (unseeing(facts) ?? passing(facts) ?? holding(facts));
  if (end !== undefined) return { kind: 'verdict', verdict: verdictOf(facts, end, charge?.queries) };
  return new Undecided(facts);
}

/**
 * Words and bounds are the dear part of a judgement: worked out for those who read them. A class, since V8 gives each object literal
 * with getters a hidden class of its own, which keeps alive what they see.
 */
class Undecided {
  readonly kind = 'continue';
  readonly #facts: Facts;
  constructor(facts: Facts) {
    this.#facts = facts;
  }
  get needs(): readonly string[] {
    return needsOf(this.#facts);
  }
  get worst(): UnitVerdict | undefined {
    return this.#facts.units().find(({ requests }) => requests > 0);
  }
}

/** What is charged comes first, and is there once. */
const withCharged = (units: readonly UnitVerdict[], charged: UnitVerdict | undefined): readonly UnitVerdict[] =>
  charged === undefined
    ? units
    : [charged, ...units.filter(({ subject, signal }) => subject !== charged.subject || signal !== charged.signal)];

/** Worked out when first asked, and once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The HOLD of a gate that was stopped from outside, with all it had counted. */
export function stopped(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  moment: Moment,
  reasonCode: ReasonCode,
  reason: string,
): Verdict {
  const around = once(() => surroundings(ledger, rules, past));
  const units = once(() => unitVerdicts(ledger, rules, past, new Set()));
  const facts = { ledger, rules, past, moment, around, units };
  return verdictOf(facts, ending('HOLD', reasonCode, reason));
}

interface Facts {
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly past: Past;
  readonly moment: Moment;
  readonly around: () => Elsewhere;
  /** Worst first. */
  readonly units: () => readonly UnitVerdict[];
}
type End = Pick<Verdict, 'kind' | 'reasonCode' | 'reason'>;
const ending = (kind: Verdict['kind'], reasonCode: ReasonCode, reason: string): End => ({ kind, reasonCode, reason });

function surroundings(ledger: Ledger, rules: Rules, past: Past): Elsewhere {
  const { unmoved, subjects, watched = [], settings } = rules;
  const batch = [...new Set([...subjects, ...watched].map((subject) => subject.split('/')[0] ?? subject))];
  const usable = untouched(unmoved, batch, past.links);
  return elsewhere(usable, ledger.unmoved, ledger.newestUnmoved, past.unmoved, (name) =>
    limitFor(settings.maxErrorRate, name),
  );
}

function unseeing({ ledger: { trouble }, past, rules, moment: { nowMs } }: Facts): End | undefined {
  if (trouble?.kind === 'misconfigured' && trouble.looks >= MISCONFIGURED_LOOKS)
    return ending('HOLD', 'misconfigured', `the gate cannot judge by what Prometheus answers: ${trouble.reason}`);
  const blindMs = trouble === undefined ? 0 : nowMs - trouble.sinceMs;
  if (trouble !== undefined && blindMs >= BLIND_MS)
    return ending('HOLD', 'blind', `nothing could be measured for ${span(blindMs)}: ${trouble.reason}`);
  const unread = holdsUnread(past, rules.settings, nowMs, BLIND_MS);
  return unread && ending('HOLD', unread.code, unread.reason);
}

function passing({ ledger, rules, past, moment, units }: Facts): End | undefined {
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

function holding({ ledger, rules, past, moment, units }: Facts): End | undefined {
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
  if (waiting.length === 0) return undefined;
  return ending('HOLD', 'inconclusive', `${after}: still waiting for ${waiting.join(', ')}`);
}

function needsOf({ ledger, rules, past, moment }: Facts): readonly string[] {
  const confirm = unconfirmed(ledger) ? ['a second sample to confirm the evidence'] : [];
  const open = allOpenSince(ledger, rules) === undefined ? [] : shortfalls(ledger, rules, past);
  return [...confirm, ...waitsForPast(past), ...waits(ledger, rules, moment), ...open.map(({ text }) => text)];
}

function verdictOf(facts: Facts, end: End, own: readonly string[] = []): Verdict {
  const { ledger, rules, past, moment, around } = facts;
  const units = facts.units();
  const pool = inbound(ledger);
  const starts = [...ledger.windows.values()].flatMap(({ startMs }) => (startMs === undefined ? [] : [startMs]));
  const windowStartMs = starts.length === 0 ? moment.nowMs : Math.min(...starts);
  const windowEndMs = ledger.toMs ?? moment.nowMs;
  const blank = new Set(
    units.filter(({ state }) => state !== 'thin' && state !== 'no-data').map((unit) => unit.subject),
  );
  return {
    ...end,
    units,
    requests: pool.requests,
    errors: pool.errors,
    unproved: rules.subjects.filter((subject) => !blank.has(subject)),
    warnings: caveats(ledger, rules, past, around(), end.reasonCode),
    windowStartMs,
    windowEndMs,
    ...(ledger.newestMs === undefined ? {} : { dataAgeMs: Math.max(0, moment.nowMs - ledger.newestMs) }),
    queries: [...own, ...(starts.length === 0 ? [] : pasteable(rules, units, windowStartMs, windowEndMs))],
  };
}

/** As many subjects as fit a line that people paste: the worst. */
const PASTED = 10;
function pasteable(
  { signals, settings }: Rules,
  units: readonly UnitVerdict[],
  fromMs: number,
  toMs: number,
): readonly string[] {
  const [worst] = units;
  const inOrder = signals.toSorted((a, b) => Number(b === worst?.signal) - Number(a === worst?.signal));
  return inOrder.flatMap((signal) => {
    const subjects = units.filter((unit) => unit.signal === signal).map((unit) => unit.subject);
    if (subjects.length === 0) return [];
    const scope: Scope = { signal, subjects: subjects.slice(0, PASTED), matchers: settings.matchers };
    return [pasteQuery(scope, fromMs, toMs)];
  });
}
