// One of the bench's threads: tallies the cells it is given, one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { CELLS } from './cells.ts';
import { JUDGES } from './judges.ts';
import { tally } from './tally.ts';

/** A cell by its place among all cells, and how many of its batches to draw. */
export interface Task {
  readonly index: number;
  readonly batches: number;
}

const { seed }: { readonly seed: number } = workerData;
parentPort?.on('message', ({ index, batches }: Task) => {
  const cell = CELLS[index];
  if (cell === undefined) throw new Error(`there is no cell ${String(index)}`);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage({ index, tallies: tally(cell, index, JUDGES, batches, seed) });
});
