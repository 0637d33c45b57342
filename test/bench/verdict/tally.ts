// What came of a cell's batches, judge by judge? Counts and quantiles; no opinion.
import type { Cell } from './cells.ts';
import type { Judge, Outcome } from './outcome.ts';
import { randomOf } from './random.ts';
import { drawBatch } from './traffic.ts';

/** Of the default bake. */
export const LOOKS_OF_A_BAKE = 20;

export interface Tally {
  readonly batches: number;
  readonly passed: number;
  readonly rolledBack: number;
  readonly held: number;
  /** Seconds from Ready until the PASS, and how many looks that took. */
  readonly passS: Quantiles;
  readonly passLooks: Quantiles;
  /** The same until the rollback; and the seconds since the judge's window opened, where it has one. */
  readonly rollbackS: Quantiles;
  readonly rollbackLooks: Quantiles;
  readonly fromWindowS: Quantiles;
  /** The fewest requests on which a judge that counts them passed. */
  readonly fewestPassed: number | undefined;
  /** The fewest looks on which a judge passed. */
  readonly fewestLooks: number | undefined;
  /** Held before as many looks as a bake has: more of them might have rolled it back. */
  readonly heldSoon: number;
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
  const [passed, rolledBack, held] = [of('pass'), of('rollback'), of('hold')];
  const passedRequests = passed.flatMap(({ requests }) => (requests === undefined ? [] : [requests]));
  return {
    batches: outcomes.length,
    passed: passed.length,
    rolledBack: rolledBack.length,
    held: held.length,
    passS: quantiles(passed.map(({ atS }) => atS)),
    passLooks: quantiles(passed.map(({ looks }) => looks)),
    rollbackS: quantiles(rolledBack.map(({ atS }) => atS)),
    rollbackLooks: quantiles(rolledBack.map(({ looks }) => looks)),
    fromWindowS: quantiles(
      rolledBack.flatMap(({ atS, windowFromS }) => (windowFromS === undefined ? [] : [atS - windowFromS])),
    ),
    fewestPassed: fewest(passedRequests),
    fewestLooks: fewest(passed.map(({ looks }) => looks)),
    heldSoon: held.filter(({ looks }) => looks < LOOKS_OF_A_BAKE).length,
  };
}

function fewest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.min(a, b));
}

/** By nearest rank. */
function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number | undefined => sorted[Math.ceil(share * sorted.length) - 1];
  return { median: at(0.5), p95: at(0.95) };
}
