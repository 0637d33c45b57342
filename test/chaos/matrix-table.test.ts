import { expect, it } from 'vitest';
import { withCells } from './matrix-table.ts';

const EMPTY = 'before\n<!-- faults: written by npm run test:faults -->\n<!-- /faults -->\nafter\n';
const cell = (fault: string, phase: string, ending: string) => ({ fault, phase, ending, problems: [] });

it('a cell stands in its row and column, and the text around the table stays', () => {
  const text = withCells(EMPTY, [cell('500', 'batch', 'broken, then promoted')]);
  expect(text).toMatch(/^before\n[^]*\nafter\n$/u);
  expect(text).toContain('| 500 |  |  |  | broken, then promoted |  |  |  |');
});

it('what was not tried again keeps what it said', () => {
  const once = withCells(EMPTY, [cell('500', 'tag', 'a'), cell('503', 'tag', 'b')]);
  const twice = withCells(once, [cell('503', 'tag', 'c')]);
  expect(twice).toContain('| 500 |  | a |');
  expect(twice).toContain('| 503 |  | c |');
});

it('a document without a place for the table is refused', () => {
  expect(() => withCells('nothing', [])).toThrow('has no');
});
