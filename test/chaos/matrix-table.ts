// How does the fault matrix stand in a document? Phases across, faults down; cells that were not tried again keep what they say.
import { FAULTS } from './faults.ts';
import { type Cell, PHASES } from './matrix.ts';

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

function cellsIn(table: string): Map<string, string> {
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  const known = new Map<string, string>();
  for (const row of rows.slice(2)) {
    const [fault = '', ...endings] = row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    for (const [index, { name }] of PHASES.entries()) known.set(`${fault}|${name}`, endings[index] ?? '');
  }
  return known;
}

function tableOf(known: ReadonlyMap<string, string>): string {
  return [
    row(['', ...PHASES.map(({ name }) => name)]),
    row(['---', ...PHASES.map(() => '---')]),
    ...FAULTS.map(({ name }) => row([name, ...PHASES.map((phase) => known.get(`${name}|${phase.name}`) ?? '')])),
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
