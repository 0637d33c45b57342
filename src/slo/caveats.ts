// What should people know beside the verdict? Warnings: they never change it.
import { isComparable, straySentence } from './blame.ts';
import { badBefore, type Elsewhere, type Past, worseThan } from './comparison.ts';
import { type Counts, pooled } from './counts.ts';
import { ISTIOD_FAULTS, istiodSentence } from './istiod.ts';
import type { Ledger } from './ledger.ts';
import type { Rules } from './rules.ts';
import { objectiveSentence } from './objectives.ts';
import { count, names, percent, span } from './sentence.ts';
import type { ReasonCode } from './verdict.ts';
import { relapsed, relapseSentence } from './watch-list.ts';

/** Warnings as sentences, gravest first. `reasonCode`: of the verdict they stand beside. */
export function caveats(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  around: Elsewhere,
  reasonCode: ReasonCode,
): readonly string[] {
  return [
    ...(reasonCode === 'no-traffic-accepted'
      ? [
          'this PASS proves nothing: there was too little traffic, and `on-no-traffic: pass` let it through; look yourself',
        ]
      : []),
    ...comparisons(ledger, rules, past, around),
    ...softObjectives(ledger, rules),
    ...relapses(ledger, rules, past, around),
    ...strays(ledger, past),
    ...istiods(ledger, rules, past),
    ...past.gaps,
    ...(ledger.unusable > 0 ? [`${count(ledger.unusable)} rows were NaN, infinite or negative and were left out`] : []),
    ...(ledger.uncountedMs > 0
      ? [
          `${span(ledger.uncountedMs)} of the time could not be counted: Prometheus knew nothing of what was before (it began anew, or its series do under other labels)`,
        ]
      : []),
    ...(ledger.restart.errors > 0
      ? [
          `during the restart itself ${count(ledger.restart.errors)} of ${count(ledger.restart.requests)} requests failed; they are not judged`,
        ]
      : []),
  ];
}

function comparisons(
  ledger: Ledger,
  { settings, overBefore }: Rules,
  past: Past,
  around: Elsewhere,
): readonly string[] {
  if (settings.compare === 'off') return [];
  const bad = ledger.units.filter(({ subject, signal, limit }) =>
    badBefore(past.hour.get(signal)?.get(subject), limit),
  );
  const known = new Set(overBefore);
  const who = [...new Set(bad.map(({ subject }) => subject))];
  const only = [
    ...alreadyBad(
      who.filter((subject) => known.has(subject)),
      'judged by comparison only: no worse than then is a PASS',
    ),
    ...alreadyBad(
      who.filter((subject) => !known.has(subject)),
      'blamed by comparison only, and no PASS above the limit unless `baseline-over-limit` is accepted',
    ),
  ];
  if (settings.compare === 'warn' && around.kind === 'breached')
    return [...only, 'namespaces that were not moved fail too: this may be an incident of the whole mesh'];
  if (around.kind === 'unknown' && bad.length > 0)
    return [
      ...only,
      'no namespace without traffic to or from the batch is left to compare with: comparison only warns',
    ];
  return only;
}

const alreadyBad = (who: readonly string[], then: string): readonly string[] =>
  who.length === 0 ? [] : [`${names(who)}: failed above the limit in the hour before already; ${then}`];

function softObjectives(ledger: Ledger, { settings }: Rules): readonly string[] {
  return settings.objectives
    .filter(({ name, hard }) => !hard && ledger.objectives.get(name)?.state !== 'met')
    .map((objective) => objectiveSentence(objective, ledger.objectives.get(objective.name)?.reading));
}

/** What passed, was bad in its hour before already, and is clearly worse now: not to blame, but to look at. */
function relapses(ledger: Ledger, rules: Rules, past: Past, around: Elsewhere): readonly string[] {
  const blamed = new Set(relapsed(ledger.watch, past, () => isComparable(rules, () => around)));
  return relapsed(ledger.watch, past, () => true)
    .filter((unit) => !blamed.has(unit))
    .map(relapseSentence);
}

/** Requests that provably find fewer routes than before, and callers that hang up more often. */
function strays(ledger: Ledger, past: Past): readonly string[] {
  const lost = ledger.units.filter(({ strayed }) => strayed).map((unit) => straySentence(unit, past));
  const asked: ReadonlySet<string> = new Set(['client', 'gateway']);
  const now = pooled(ledger.units.filter(({ signal }) => asked.has(signal)).map(({ counts }) => counts));
  const before = pooled([...past.hour].flatMap(([signal, counts]) => (asked.has(signal) ? [...counts.values()] : [])));
  const [is, was] = [goneShare(now), goneShare(before)];
  if (before.requests === 0 || is <= worseThan(was)) return lost;
  const gone = `${count(now.clientGone)} requests were given up by their callers (DC) (${percent(is)}, ${percent(was)} in the hour before)`;
  return [...lost, gone];
}
const goneShare = (counts: Counts): number => (counts.requests > 0 ? counts.clientGone / counts.requests : 0);

/** The target's istiod, where it has faults that are not proven to be its own. */
function istiods(ledger: Ledger, rules: Rules, past: Past): readonly string[] {
  const { controlPlanes } = rules;
  if (controlPlanes === undefined) return [];
  return ISTIOD_FAULTS.filter((fault) => ledger.istiods.target[fault] > 0).map((fault) =>
    istiodSentence(fault, controlPlanes, ledger.istiods, past.istiods?.source),
  );
}
