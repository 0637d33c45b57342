// How good are the gate's verdicts beside Argo Rollouts' and Flagger's? `npm run bench:verdict` judges the same simulated
// traffic by all of them, on every core, and writes the tables into docs/benchmarks.md.
//   --batches <n>     batches in each cell (default 1,000), and ten times as many, up to 10,000, where the ratio is at the limit;
//                     the tables say how many. 10,000 is the full measure
//   --only <regex>    only cells whose "name, shape, rate" matches; prints and writes nothing
//   --seed <n>        other traffic
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Cell, CELLS } from './cells.ts';
import { report, withSection } from './report.ts';
import type { Result, Tally } from './tally.ts';
import type { Task } from './worker.ts';

const DOCS = path.join(import.meta.dirname, '../../../docs/benchmarks.md');

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '1000' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const batches = whole('--batches', values.batches);
const seed = whole('--seed', values.seed);
const only = new RegExp(values.only ?? '', 'u');

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} ${text}: give a whole number above 0`);
  return number;
}

/** Where the target is a share of 1 %, chance must be smaller than elsewhere. */
const batchesAtLimit = Math.max(batches, Math.min(10 * batches, 10_000));
const batchesOf = ({ name }: Cell): number => (name.startsWith('the limit') ? batchesAtLimit : batches);
const labelOf = ({ name, shape, rate }: Cell): string => `${name}, ${shape}, ${String(rate)}`;
const began = performance.now();
const chosen = [...CELLS.entries()].filter(([, cell]) => only.test(labelOf(cell)));
const results = await tallyAll(chosen);
const text = report(results, { batches, batchesAtLimit, seed, command: 'npm run bench:verdict' });
if (values.only === undefined) writeFileSync(DOCS, withSection(readFileSync(DOCS, 'utf8'), text));
else process.stdout.write(`${text}\n`);
say(`${String(results.length)} cells in ${seconds()} s`);

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
function seconds(): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}

/** Each thread takes the next cell when it is done with one. The results are in the cells' own order. */
async function tallyAll(cells: readonly (readonly [number, Cell])[]): Promise<readonly Result[]> {
  const left = [...cells];
  const done = new Map<number, Result>();
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: { seed },
      // Nearly all that a batch allocates is garbage at once.
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
    });
    try {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, cell] = next;
        const tallies = await answer(worker, { index, batches: batchesOf(cell) });
        done.set(index, { cell, tallies });
        say(`${seconds()} s: ${labelOf(cell)}`);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  return cells.flatMap(([index]) => done.get(index) ?? []);
}

async function answer(worker: Worker, task: Task): Promise<readonly Tally[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', ({ tallies }: { readonly tallies: readonly Tally[] }) => {
      worker.off('error', reject);
      resolve(tallies);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage(task);
  });
}
