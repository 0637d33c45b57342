// What does each (subject, signal) come to? Its counts with bounds, limit, state and sentence. Draws no conclusion for the batch.
import { badBefore, type Past } from './comparison.ts';
import { type Counts, NO_COUNTS, plus, ratioOf } from './counts.ts';
import { atLeast, atMost } from './evidence.ts';
import { alphaOfUnit, type Rules } from './rules.ts';
import type { Ledger } from './ledger.ts';
import { BASELINE_MS } from './queries.ts';
import { count, percent, unitSentence } from './sentence.ts';
import { inOrder, trendOf } from './trend.ts';
import { burstsOf, thresholdOf, type Unit } from './unit.ts';
import type { UnitVerdict } from './verdict.ts';

/** Fewer requests than this can't tell one failed request from a breach. */
export const floorOf = (limit: number): number => Math.ceil(1 / Math.max(limit, 1e-4));

/**
 * The error ratio (0–1) above which there is no PASS: the limit; where it was broken before already and people know, what would count as
 * worse than then.
 */
export const mostFor = (unit: Unit, { settings, overBefore = [] }: Rules, past: Past): number =>
  overBefore.includes(unit.subject) ? thresholdOf(unit, past, settings.compare) : unit.limit;

/** How many requests the unit will see within max-bake, by the hour before or by its window so far, whichever promises more. */
export function expectedRequests(unit: Unit, ledger: Ledger, { settings }: Rules, past: Past): number {
  const before = past.hour.get(unit.signal)?.get(unit.subject)?.requests ?? 0;
  const start = ledger.windows.get(unit.subject)?.startMs;
  const windowMs = start === undefined ? 0 : (ledger.toMs ?? start) - start;
  const now = windowMs > 0 ? unit.counts.requests / windowMs : 0;
  return Math.max(before / BASELINE_MS, now) * settings.maxBakeMs;
}

/** Whether its traffic can't give enough requests within max-bake: it can FAIL, but a PASS does not wait for it. */
export function isThin(unit: Unit, ledger: Ledger, rules: Rules, past: Past): boolean {
  const floor = floorOf(unit.limit);
  // Connections may well live longer than a gate: those of before promise none now.
  if (unit.signal === 'tcp') return unit.counts.requests < floor;
  return unit.counts.requests < floor && expectedRequests(unit, ledger, rules, past) < floor;
}

/** The batch's inbound requests, each once: for every subject the client side, or the server side where callers report nothing. */
export function inbound(ledger: Ledger): Counts {
  let sum = NO_COUNTS;
  for (const subject of new Set(ledger.units.map((unit) => unit.subject))) {
    const of = (signal: Unit['signal']): Counts | undefined =>
      ledger.units.find((unit) => unit.subject === subject && unit.signal === signal)?.counts;
    const client = of('client');
    const side = client !== undefined && client.requests > 0 ? client : (of('server') ?? of('gateway') ?? client);
    if (side !== undefined) sum = plus(sum, side);
  }
  return sum;
}

/** Every unit's verdict, worst first. `failed` says which ones are to blame. */
export function unitVerdicts(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  failed: ReadonlySet<Unit>,
): readonly UnitVerdict[] {
  return ledger.units
    .filter((unit) => isShown(unit, past))
    .map((unit) => unitVerdict(unit, ledger, rules, past, failed.has(unit)))
    .toSorted((a, b) => badness(b) - badness(a) || a.subject.localeCompare(b.subject));
}

/** Of TCP only what there is: most namespaces have none, and that is nothing to report. */
const isShown = ({ subject, signal, counts }: Unit, past: Past): boolean =>
  signal !== 'tcp' || counts.requests > 0 || (past.hour.get(signal)?.get(subject)?.requests ?? 0) > 0;

function unitVerdict(unit: Unit, ledger: Ledger, rules: Rules, past: Past, failed: boolean): UnitVerdict {
  const { subject, signal, limit, counts } = unit;
  const alpha = alphaOfUnit(unit, rules);
  const before = past.hour.get(signal)?.get(subject);
  const bursts = burstsOf(unit, past);
  const least = Math.max(atLeast(counts, alpha, bursts), unit.proven ? unit.proof.against : 0);
  const bounds = { atLeast: least, atMost: atMost(counts, alpha, bursts) };
  const { requests, errors, causes } = counts;
  const verdict = { subject, signal, requests, errors, limit, ...bounds, causes };
  const then =
    before !== undefined && badBefore(before, limit)
      ? `; the hour before had ${percent(ratioOf(before), limit)}, so only more than ${percent(thresholdOf(unit, past, rules.settings.compare), limit)} counts`
      : '';
  const state = failed ? 'fail' : stateOf(unit, ledger, rules, past);
  const silent = state === 'no-data' ? ` (the hour before had ${count(before?.requests ?? 0)})` : '';
  return {
    ...verdict,
    state,
    ...(errors > 0 ? { trend: trendOf(inOrder(unit.looks)) } : {}),
    ...(before === undefined ? {} : { before: { requests: before.requests, errors: before.errors } }),
    sentence: `${unitSentence(verdict)}${silent}${then}`,
  };
}

function stateOf(unit: Unit, ledger: Ledger, rules: Rules, past: Past): UnitVerdict['state'] {
  const { counts } = unit;
  const before = past.hour.get(unit.signal)?.get(unit.subject)?.requests ?? 0;
  if (counts.requests === 0 && before > 0 && unit.signal !== 'tcp') return 'no-data';
  if (isThin(unit, ledger, rules, past)) return 'thin';
  return ratioOf(counts) > mostFor(unit, rules, past) ? 'over-limit-unproved' : 'pass';
}

const RANK: Readonly<Record<UnitVerdict['state'], number>> = {
  fail: 4,
  'over-limit-unproved': 3,
  'no-data': 2,
  pass: 1,
  thin: 0,
};
const badness = (unit: UnitVerdict): number =>
  RANK[unit.state] * 1e6 + Math.min(ratioOf(unit) / Math.max(unit.limit, 1e-6), 1e5);
