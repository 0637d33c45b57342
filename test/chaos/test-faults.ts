// `npm run test:faults`: every fault in every phase, and the table in docs/reliability.md. With words (`-- batch Prometheus`) only the
// phases of these names and the faults whose name contains one of the others.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../cluster/namespace.ts';
import { openArena } from './arena.ts';
import { FAULTS } from './faults.ts';
import { type Cell, tryCell } from './matrix.ts';
import { withCells } from './matrix-table.ts';
import { PHASES, visitStations } from './phases.ts';
import type { VariantName } from './variants.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'reliability.md');
const WORDS = process.argv.slice(2);
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const named = PHASES.filter(({ name }) => WORDS.includes(name));
const phases = named.length === 0 ? PHASES : named;
const others = WORDS.filter((word) => !PHASES.some(({ name }) => name === word));
const faults = others.length === 0 ? FAULTS : FAULTS.filter(({ name }) => others.some((word) => name.includes(word)));

/** Those of its phases that are to be tried, in one arena. */
async function play(variant: VariantName): Promise<readonly Cell[]> {
  const wanted = phases.filter((phase) => phase.variant === variant);
  const arena = await openArena(variant);
  const cells: Cell[] = [];
  try {
    const stations = await visitStations(arena);
    for (const fault of faults) {
      for (const phase of wanted) {
        const cell = await tryCell(arena, stations, fault, phase);
        cells.push(cell);
        say(
          `${cell.fault}, ${cell.phase}: ${cell.ending}${cell.problems.map((problem) => `\n    ${problem}`).join('')}`,
        );
        writeFileSync(DOCUMENT, withCells(readFileSync(DOCUMENT, 'utf8'), [cell]));
      }
    }
  } finally {
    await arena.stop();
  }
  return cells;
}

if (isInside()) {
  const cells: Cell[] = [];
  for (const variant of new Set(phases.map((phase) => phase.variant))) cells.push(...(await play(variant)));
  const good = cells.filter(({ problems }) => problems.length === 0).length;
  say(`${String(good)} of ${String(cells.length)} end as promised`);
  process.exitCode = good === cells.length ? 0 : 1;
} else {
  const within = join(import.meta.dirname, '..', 'cluster', 'within.ts');
  const args = [within, process.execPath, import.meta.filename, ...WORDS];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
