// What came of a cell's batches, judge by judge? Counts and quantiles; no opinion.
import type { Cell } from './cells.ts';
import type { Judge, Outcome } from './outcome.ts';
import { randomOf } from './random.ts';
import { drawBatch } from './traffic.ts';

export interface Tally {
  readonly batches: number;
  readonly passed: number;
  readonly rolledBack: number;
  readonly held: number;
  /** Seconds until the rollback: since Ready, and, where the judge has one, since its window opened. */
  readonly rollbackS: Quantiles;
  readonly fromWindowS: Quantiles;
  /** The fewest requests on which a judge that counts them passed. */
  readonly fewestPassed: number | undefined;
}
export interface Result {
  readonly cell: Cell;
  /** In the judges' order. */
  readonly tallies: readonly Tally[];
}
export interface Quantiles {
  readonly median: number | undefined;
  readonly p95: number | undefined;
}

/** The first `batches` batches of this cell under this seed, judged by everyone. `key` tells the cell from all others. */
export function tally(cell: Cell, key: number, judges: readonly Judge[], batches: number, seed: number): Tally[] {
  const outcomes: Outcome[][] = judges.map(() => []);
  for (let index = 0; index < batches; index += 1) {
    const batch = drawBatch(cell, randomOf(seed, key, index));
    for (const [which, judge] of judges.entries()) outcomes[which]?.push(judge.judge(batch));
  }
  return outcomes.map(tallied);
}

export function tallied(outcomes: readonly Outcome[]): Tally {
  const of = (verdict: Outcome['verdict']): readonly Outcome[] => outcomes.filter((each) => each.verdict === verdict);
  const rolledBack = of('rollback');
  const passedRequests = of('pass').flatMap(({ requests }) => (requests === undefined ? [] : [requests]));
  return {
    batches: outcomes.length,
    passed: of('pass').length,
    rolledBack: rolledBack.length,
    held: of('hold').length,
    rollbackS: quantiles(rolledBack.map(({ atS }) => atS)),
    fromWindowS: quantiles(
      rolledBack.flatMap(({ atS, windowFromS }) => (windowFromS === undefined ? [] : [atS - windowFromS])),
    ),
    fewestPassed: passedRequests.length === 0 ? undefined : passedRequests.reduce((a, b) => Math.min(a, b)),
  };
}

/** By nearest rank. */
function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number | undefined => sorted[Math.ceil(share * sorted.length) - 1];
  return { median: at(0.5), p95: at(0.95) };
}
