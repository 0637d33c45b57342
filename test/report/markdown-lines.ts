// What does a reader of markdown see that is not ours? Markup, control characters and broken tables outside fenced blocks.
import { UNSAFE } from './hostile.ts';

export function withoutFences(lines: readonly string[]): {
  readonly outside: readonly string[];
  readonly unclosed: boolean;
} {
  const outside: string[] = [];
  let fence = '';
  for (const line of lines) {
    const mark = /^`{3,}/.exec(line)?.[0] ?? '';
    if (fence === '' && mark !== '') fence = mark;
    else if (fence !== '' && line === fence) fence = '';
    else if (fence === '') outside.push(line);
  }
  return { outside, unclosed: fence !== '' };
}

/** Lines with what we never write, rows that do not fit their table, and a fence that stays open; empty when all is well. */
export function strangeIn(markdown: string): readonly string[] {
  const { outside, unclosed } = withoutFences(markdown.split('\n'));
  return [
    ...outside.filter((line) => UNSAFE.test(line)),
    ...outside.filter((line) => /<(?!\/?(?:code|details|summary)>)/.test(line)),
    ...outside.filter((line) => line.startsWith('| ') && !line.endsWith(' |')),
    ...tablesOf(outside).flatMap((table) => table.filter((row) => cells(row) !== cells(table[0] ?? ''))),
    ...(unclosed ? ['a fence is not closed'] : []),
  ];
}

const cells = (row: string): number => row.split('|').length;
function tablesOf(lines: readonly string[]): readonly (readonly string[])[] {
  const tables: string[][] = [];
  let open = false;
  for (const line of lines) {
    if (!line.startsWith('| ')) open = false;
    else if (open) tables.at(-1)?.push(line);
    else {
      tables.push([line]);
      open = true;
    }
  }
  return tables;
}
