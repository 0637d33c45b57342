import { expect, it } from 'vitest';
import { withCells } from './matrix-table.ts';
import { PHASES } from './phases.ts';

const EMPTY = 'before\n<!-- faults: written by npm run test:faults -->\n<!-- /faults -->\nafter\n';
/** In the order of the phases. */
const rowOf = (fault: string, cells: Readonly<Record<string, string>>): string =>
  `| ${[fault, ...PHASES.map(({ name }) => cells[name] ?? '')].join(' | ')} |`;
const cell = (fault: string, phase: string, ending: string) => ({ fault, phase, ending, problems: [] });

it('a cell stands in its row and column, and the text around the table stays', () => {
  const text = withCells(EMPTY, [cell('500', 'batch', 'broken, then promoted')]);
  expect(text).toMatch(/^before\n[^]*\nafter\n$/u);
  expect(text).toContain(rowOf('500', { batch: 'broken, then promoted' }));
});

it('what was not tried again keeps what it said', () => {
  const once = withCells(EMPTY, [cell('500', 'tag', 'a'), cell('503', 'tag', 'b')]);
  const twice = withCells(once, [cell('503', 'tag', 'c')]);
  expect(twice).toContain(rowOf('500', { tag: 'a' }));
  expect(twice).toContain(rowOf('503', { tag: 'c' }));
});

it('a phase that the table did not know gets its column, and what it knew stays in its own', () => {
  const older = EMPTY.replace('\n<!-- /', '\n|  | tag | gate |\n| --- | --- | --- |\n| 500 | a | b |\n<!-- /');
  const text = withCells(older, [cell('500', 'discover', 'c')]);
  expect(text).toContain(rowOf('500', { discover: 'c', tag: 'a', gate: 'b' }));
});

it('a document without a place for the table is refused', () => {
  expect(() => withCells('nothing', [])).toThrow('has no');
});
