// Who does better than this gate in a cell, beyond what chance explains?
import type { Cell } from './cells.ts';
import { JUDGES } from './judges.ts';
import type { Result, Tally } from './tally.ts';

export interface Better {
  readonly name: string;
  /** In a cell with a breach: the same judge's tally where the ratio is just at the limit, with the same traffic. */
  readonly atTheLimit: Tally | undefined;
}

/** Two shares of as many batches differ by more than three standard errors. */
export function clearlyMore(a: number, b: number, batches: number): boolean {
  const pooled = (a + b) / (2 * batches);
  return (a - b) / batches > 3 * Math.sqrt((2 * pooled * (1 - pooled)) / batches);
}

/** Rivals that roll back less without need, or where there is need, more; or as often, but sooner. */
export function betterRivals(result: Result, results: readonly Result[]): readonly Better[] {
  const [mine, ...others] = result.tallies;
  if (mine === undefined) return [];
  return others.flatMap((theirs, index) => {
    const name = JUDGES[index + 1]?.name ?? '';
    const isBetter = result.cell.breach
      ? catchesBetter(theirs, mine)
      : clearlyMore(mine.rolledBack, theirs.rolledBack, mine.batches);
    if (!isBetter) return [];
    return [{ name, atTheLimit: result.cell.breach ? limitCell(result.cell, results)?.tallies[index + 1] : undefined }];
  });
}

export function catchesBetter(theirs: Tally, mine: Tally): boolean {
  if (clearlyMore(theirs.rolledBack, mine.rolledBack, mine.batches)) return true;
  if (clearlyMore(mine.rolledBack, theirs.rolledBack, mine.batches)) return false;
  return (theirs.rollbackS.median ?? Infinity) < (mine.rollbackS.median ?? Infinity);
}

/** The cell with the same traffic whose ratio is at the limit, and, as in the cells with a breach, healthy before. */
export function limitCell({ rate, shape }: Cell, results: readonly Result[]): Result | undefined {
  return results.find(
    ({ cell }) => cell.name === 'the limit, healthy before' && cell.rate === rate && cell.shape === shape,
  );
}
