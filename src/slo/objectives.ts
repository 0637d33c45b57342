// What do the user's own objectives ask, and what did they answer? Queries are the user's; only the names in them are ours.
import type { LabelMatcher, Objective } from '../config/config.ts';
import { provenAbove } from './evidence.ts';
import { alternation, asPromQL, duration, matcherText, type PromQL, quote } from './promql.ts';
import { count, limitText, percent } from './sentence.ts';

export interface Blanks {
  readonly namespaces: readonly string[];
  readonly windowMs: number;
  readonly revision: string;
  readonly matchers: readonly LabelMatcher[];
}

/** As it stands between quotes. */
const within = (text: string): string => quote(text).slice(1, -1);

/**
 * The query with `$namespaces` (a regular expression, to stand in quotes), `$window` (a duration), `$revision` (to stand in quotes)
 * and `$matchers` (last in the braces) filled in and escaped; other dollar signs stay.
 */
export function fillIn(query: string, { namespaces, windowMs, revision, matchers }: Blanks): PromQL {
  const values: ReadonlyMap<string, string> = new Map([
    ['namespaces', within(alternation(namespaces))],
    ['window', duration(Math.max(windowMs, 1))],
    ['revision', within(revision)],
    ['matchers', matcherText(matchers)],
  ]);
  return asPromQL(query.replaceAll(/\$(?:\{\w+\}|\w+)/g, (blank) => values.get(blank.replaceAll(/\W/g, '')) ?? blank));
}

/** What an objective's queries answered: numbers as they came; undefined where there was none. */
export type Reading = {
  /** The queries as they were asked. */
  readonly asked?: readonly PromQL[];
} & (
  | { readonly kind: 'ratio'; readonly errors?: number | undefined; readonly total?: number | undefined }
  | { readonly kind: 'scalar'; readonly value?: number | undefined }
);

export type ObjectiveState = 'met' | 'breached' | 'over-unproved' | 'no-data';

/** How an objective stands. NaN, ±Inf and an empty answer are `no-data`, never compared with a limit; absent errors beside a total are zero. */
export function objectiveState({ measure }: Objective, reading: Reading | undefined, alpha: number): ObjectiveState {
  if (reading?.kind === 'ratio' && measure.kind === 'ratio') {
    const { errors = 0, total = 0 } = reading;
    if (!Number.isFinite(total) || !Number.isFinite(errors) || total <= 0) return 'no-data';
    const trials = { errors: Math.min(errors, total), requests: total };
    if (provenAbove(trials, measure.limit, alpha)) return 'breached';
    return errors / total > measure.limit ? 'over-unproved' : 'met';
  }
  if (reading?.kind === 'scalar' && measure.kind === 'scalar') {
    const { value = NaN } = reading;
    if (!Number.isFinite(value)) return 'no-data';
    return value > measure.max ? 'breached' : 'met';
  }
  return 'no-data';
}

/** `checkout: 12 of 400 (3 %), limit 1 %`, or `p99: 812, at most 500`. */
export function objectiveSentence({ name, measure }: Objective, reading: Reading | undefined): string {
  if (measure.kind === 'ratio') {
    const { errors = 0, total = 0 } = reading?.kind === 'ratio' ? reading : {};
    if (!(total > 0)) return `objective ${name}: no data`;
    return `objective ${name}: ${count(errors)} of ${count(total)} (${percent(errors / total, measure.limit)}), limit ${limitText(measure.limit)}`;
  }
  const { value = NaN } = reading?.kind === 'scalar' ? reading : {};
  if (!Number.isFinite(value)) return `objective ${name}: no data`;
  return `objective ${name}: ${String(Number(value.toPrecision(4)))}, at most ${String(measure.max)}`;
}
