// What goes when a namespace is deleted while it is judged? Its requests are not lost, and what it failed before, or fails on its way
// out, is nobody's any more.
import type { Ledger } from './ledger.ts';
import type { Rules } from './rules.ts';

/** Alpha stays shared among as many as before: what was looked at was looked at. */
export function rulesWithout(gone: ReadonlySet<string>, rules: Rules): Rules {
  const { subjects, watched = [], among = subjects.length } = rules;
  return {
    ...rules,
    subjects: subjects.filter((name) => !gone.has(name)),
    watched: watched.filter((name) => !gone.has(name)),
    among,
  };
}

export const ledgerWithout = (gone: ReadonlySet<string>, ledger: Ledger): Ledger => ({
  ...ledger,
  units: ledger.units.filter(({ subject }) => !gone.has(subject)),
  windows: new Map([...ledger.windows].filter(([subject]) => !gone.has(subject))),
  watch: ledger.watch.filter(({ subject }) => !gone.has(subject)),
});
