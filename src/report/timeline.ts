// What happened when? The journal's timeline as a table in UTC; older entries fold away.
import type { TimelineEntry } from '../plan/journal.ts';
import { cut, markdownProse } from './markdown.ts';
import { table } from './markdown-table.ts';
import { utcOfIso } from './utc.ts';

const SHOWN = 30;
const LONGEST = 400;

/** The newest entries in the open, the others before them behind one fold; oldest first. */
export function timelineLines(entries: readonly TimelineEntry[]): readonly string[] {
  const earlier = entries.slice(0, -SHOWN);
  if (earlier.length === 0) return rows(entries);
  return [
    `<details><summary>${String(earlier.length)} earlier entries</summary>`,
    '',
    ...rows(earlier),
    '',
    '</details>',
    '',
    ...rows(entries.slice(-SHOWN)),
  ];
}

const rows = (some: readonly TimelineEntry[]): readonly string[] =>
  table(
    ['UTC', 'what'],
    some.map(({ at, text }) => [markdownProse(utcOfIso(cut(at, 40))), markdownProse(cut(text, LONGEST))]),
    some.length,
  );
