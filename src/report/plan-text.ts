// How is a plan printed? As lines for a terminal and as markdown; the rows are those of plan-sections.
import type { UpgradePlan } from '../plan/plan.ts';
import { markdownProse } from './markdown.ts';
import { planSections } from './plan-sections.ts';

/** A heading a line, its rows indented; raw names, which the log makes harmless. */
export function planLines(plan: UpgradePlan): readonly string[] {
  return planSections(plan).flatMap(({ title, rows }) => [title, ...rows.map((row) => `  ${row}`)]);
}

/** Headings and bullet lists; long lists are cut after `most` rows with a sentence. */
export function planMarkdown(plan: UpgradePlan, most = 100): string {
  return planSections(plan)
    .map(({ title, rows }) => {
      const rest = rows.length - most;
      const shown = rows.slice(0, most).map((row) => `- ${markdownProse(row)}`);
      return [
        `#### ${markdownProse(title)}`,
        '',
        ...shown,
        ...(rest > 0 ? [`- … and ${String(rest)} more, all in the report file`] : []),
      ].join('\n');
    })
    .join('\n\n');
}
