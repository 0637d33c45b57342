// Do requests fail one by one or together? The design effect of an hour: how many failures count as one.
// An estimate, no theorem: from 60 minutes' counts, variance over mean, which is 1 (but for the ratio itself) where each request
// fails on its own. It decides what is evidence (slo/proof.ts) and divides the counts of the bounds that people read.
import type { Row } from './counts.ts';
import { outcomeOf, subjectOf } from './signals.ts';
import type { Signal } from './verdict.ts';

const MINUTES = 60;
/** Fewer failures than this show no pattern. */
const FEW_FAILURES = 5;
/** An incident in that hour, or an hour of which only minutes are known, looks like one great burst: it must not make the gate blind. */
const MOST = 5;

/** The design effect of each subject with failures enough to tell, from the hour's sums and sums of squares; between 1 and 5. */
export function burstsIn(
  signal: Signal,
  sums: readonly Row[],
  squares: readonly Row[],
  grpcErrors?: readonly string[],
): ReadonlyMap<string, number> {
  const squareOf = new Map(squares.map(({ labels, value }) => [key(labels), value]));
  const weighted = new Map<string, { failures: number; effect: number }>();
  for (const { labels, value } of sums) {
    const square = squareOf.get(key(labels)) ?? NaN;
    if (outcomeOf(labels, grpcErrors) !== 'failed' || !(value > 0) || !Number.isFinite(square)) continue;
    const mean = value / MINUTES;
    const dispersion = Math.max((square / MINUTES - mean * mean) / mean, 1);
    const subject = subjectOf(signal, labels);
    const { failures, effect } = weighted.get(subject) ?? { failures: 0, effect: 0 };
    weighted.set(subject, { failures: failures + value, effect: effect + dispersion * value });
  }
  const told = [...weighted].filter(([, { failures }]) => failures >= FEW_FAILURES);
  return new Map(told.map(([subject, { failures, effect }]) => [subject, Math.min(effect / failures, MOST)]));
}

const key = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => a.localeCompare(b)));
