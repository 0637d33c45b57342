// What does a verdict rest on? Its operands, for whoever reads it or asks again. Decides nothing.
import { caveats } from './caveats.ts';
import type { End, Facts } from './endings.ts';
import { pasteQuery, type Scope } from './queries.ts';
import type { Rules } from './rules.ts';
import { inbound } from './units.ts';
import type { UnitVerdict, Verdict } from './verdict.ts';

/** The ending with its operands; `own` are the queries that its reason rests on. */
export function verdictOf(facts: Facts, end: End, own: readonly string[] = []): Verdict {
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
