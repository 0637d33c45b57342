// What should people know beside the verdict? Warnings: they never change it.
import { badBefore, type Elsewhere, type Past, worseThan } from './comparison.ts';
import { type Counts, pooled } from './counts.ts';
import type { Ledger, Rules } from './ledger.ts';
import { objectiveSentence } from './objectives.ts';
import { count, names, percent } from './sentence.ts';

/** Warnings as sentences, gravest first. */
export function caveats(ledger: Ledger, rules: Rules, past: Past, around: Elsewhere): readonly string[] {
  return [
    ...comparisons(ledger, rules, past, around),
    ...softObjectives(ledger, rules),
    ...strays(ledger, rules, past),
    ...past.gaps,
    ...(ledger.unusable > 0 ? [`${count(ledger.unusable)} rows were NaN, infinite or negative and were left out`] : []),
    ...(ledger.restart.errors > 0
      ? [
          `during the restart itself ${count(ledger.restart.errors)} of ${count(ledger.restart.requests)} requests failed; they are not judged`,
        ]
      : []),
  ];
}

function comparisons(ledger: Ledger, { settings }: Rules, past: Past, around: Elsewhere): readonly string[] {
  if (settings.compare === 'off') return [];
  const bad = ledger.units.filter(({ subject, signal, limit }) =>
    badBefore(past.hour.get(signal)?.get(subject), limit),
  );
  const who = names([...new Set(bad.map(({ subject }) => subject))]);
  const only =
    bad.length > 0 ? [`${who}: failed above the limit in the hour before already; judged by comparison only`] : [];
  if (settings.compare === 'warn' && around.kind === 'breached')
    return [...only, 'namespaces that were not moved fail too: this may be an incident of the whole mesh'];
  if (around.kind === 'unknown' && bad.length > 0)
    return [
      ...only,
      'no namespace without traffic to or from the batch is left to compare with: comparison only warns',
    ];
  return only;
}

function softObjectives(ledger: Ledger, { settings }: Rules): readonly string[] {
  return settings.objectives
    .filter(({ name, hard }) => !hard && ledger.objectives.get(name)?.state !== 'met')
    .map((objective) => objectiveSentence(objective, ledger.objectives.get(objective.name)?.reading));
}

/** Callers that hang up and routes that are missing, where they are more than before. */
function strays(ledger: Ledger, { signals }: Rules, past: Past): readonly string[] {
  const seen: ReadonlySet<string> = new Set(signals.filter((signal) => signal !== 'server'));
  const now = pooled(ledger.units.filter(({ signal }) => seen.has(signal)).map(({ counts }) => counts));
  const before = pooled([...past.hour].flatMap(([signal, counts]) => (seen.has(signal) ? [...counts.values()] : [])));
  return STRAYS.flatMap(([of, what]) => {
    const [is, was] = [share(now, of), share(before, of)];
    if (before.requests === 0 || is <= worseThan(was)) return [];
    return [`${count(now[of])} requests ${what} (${percent(is)}, ${percent(was)} in the hour before)`];
  });
}
const STRAYS = [
  ['noRoute', 'found no route (NR)'],
  ['clientGone', 'were given up by their callers (DC)'],
] as const;
const share = (counts: Counts, of: 'noRoute' | 'clientGone'): number =>
  counts.requests > 0 ? counts[of] / counts.requests : 0;
