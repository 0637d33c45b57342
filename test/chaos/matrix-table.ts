// How does the fault matrix stand in a document? Phases across, faults down; cells that were not tried again keep what they say.
import { FAULTS } from './faults.ts';
import type { Cell } from './matrix.ts';
import { PHASES } from './phases.ts';

const BEGIN = '<!-- faults: written by npm run test:faults -->';
const END = '<!-- /faults -->';

/** The document with these cells in its table. Throws where it has no place for one. */
export function withCells(text: string, cells: readonly Cell[]): string {
  const [head, rest] = text.split(BEGIN);
  const [table, tail] = rest?.split(END) ?? [];
  if (head === undefined || table === undefined || tail === undefined)
    throw new Error(`the document has no ${BEGIN} … ${END}`);
  const known = cellsIn(table);
  for (const { fault, phase, ending } of cells) known.set(`${fault}|${phase}`, ending);
  return `${head}${BEGIN}\n${tableOf(known)}\n${END}${tail}`;
}

/** By the names in its head: columns may have come since it was written. */
function cellsIn(table: string): Map<string, string> {
  const [head = [], , ...rows] = table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  return new Map(
    rows.flatMap(([fault = '', ...endings]) =>
      endings.map((ending, index) => [`${fault}|${head[index + 1] ?? ''}`, ending] as const),
    ),
  );
}

function tableOf(known: ReadonlyMap<string, string>): string {
  return [
    row(['', ...PHASES.map(({ name }) => name)]),
    row(['---', ...PHASES.map(() => '---')]),
    ...FAULTS.map(({ name }) => row([name, ...PHASES.map((phase) => known.get(`${name}|${phase.name}`) ?? '')])),
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
