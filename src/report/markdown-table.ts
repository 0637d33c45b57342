// How is a table written? Every cell is already harmless; rows past the limit are cut, with a sentence.

/** Markdown lines of a table and, when it was cut, of the sentence below it. Cells must come escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most: number): readonly string[] {
  const rest = rows.length - most;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.slice(0, most).map(line),
    ...(rest > 0 ? ['', `… and ${String(rest)} more rows, all in the report file.`] : []),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
