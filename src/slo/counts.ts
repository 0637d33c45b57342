// How do Prometheus' rows become counts? Pure sums by subject; a row that is no number is left out and said.
import { causeOf, outcomeOf, subjectOf } from './signals.ts';
import type { Signal } from './verdict.ts';

export interface Counts {
  readonly requests: number;
  readonly errors: number;
  /** 404 with the flag NR: judged by comparison only. */
  readonly noRoute: number;
  /** Callers that hung up (DC). */
  readonly clientGone: number;
  /** Failures by cause, such as `503 UH`. */
  readonly causes: Readonly<Record<string, number>>;
}

export const NO_COUNTS: Counts = { requests: 0, errors: 0, noRoute: 0, clientGone: 0, causes: {} };

/** Sums count by count. */
export function plus(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    noRoute: a.noRoute + b.noRoute,
    clientGone: a.clientGone + b.clientGone,
    causes: together(a.causes, b.causes),
  };
}

function together(a: Counts['causes'], b: Counts['causes']): Counts['causes'] {
  // Most counts hold no failure: nothing to copy.
  const more = Object.entries(b);
  if (more.length === 0) return a;
  const causes: Record<string, number> = { ...a };
  for (const [cause, count] of more) causes[cause] = (causes[cause] ?? 0) + count;
  return causes;
}

export const pooled = (counts: Iterable<Counts>): Counts => [...counts].reduce(plus, NO_COUNTS);

/** Errors per request, 0–1; 0 without requests. */
export const ratioOf = ({ requests, errors }: { requests: number; errors: number }): number =>
  requests > 0 ? errors / requests : 0;

export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface Counted {
  /** A subject that is here was scraped in the tick, even when it counted nothing. */
  readonly bySubject: ReadonlyMap<string, Counts>;
  /** Rows whose value was NaN, infinite or negative, and which therefore count for nothing. */
  readonly unusable: number;
  /** Requests without a response code, which count for nothing: whether they failed cannot be told. */
  readonly codeless: ReadonlyMap<string, number>;
}

/** Sums a query's rows by subject; a missing numerator is zero errors, a row that is no count is counted as unusable. */
export function countRows(signal: Signal, rows: readonly Row[], grpcErrors?: readonly string[]): Counted {
  const bySubject = new Map<string, Counts>();
  const codeless = new Map<string, number>();
  let unusable = 0;
  for (const { labels, value } of rows) {
    if (!Number.isFinite(value) || value < 0) {
      unusable += 1;
      continue;
    }
    const subject = subjectOf(signal, labels);
    if (signal !== 'tcp' && (labels['response_code'] ?? '') === '') {
      codeless.set(subject, (codeless.get(subject) ?? 0) + value);
      continue;
    }
    const outcome = outcomeOf(labels, grpcErrors);
    const failed = outcome === 'failed' && value > 0;
    bySubject.set(
      subject,
      plus(bySubject.get(subject) ?? NO_COUNTS, {
        requests: value,
        errors: failed ? value : 0,
        noRoute: outcome === 'no-route' ? value : 0,
        clientGone: outcome === 'client-gone' ? value : 0,
        causes: failed ? { [causeOf(labels, grpcErrors)]: value } : {},
      }),
    );
  }
  return { bySubject, unusable, codeless };
}
