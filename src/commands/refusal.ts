// How does a command say no? With every finding, its remedy, and what to do next.
import { type Finding, told } from '../mesh/finding.ts';
import type { Ending } from '../plan/ending.ts';

/** Findings that stop a command: those that block, and the overridable ones nobody accepted. */
export const stopping = (findings: readonly Finding[], accepted: readonly string[]): readonly Finding[] =>
  findings.filter(
    (finding) =>
      finding.severity === 'blocks' || (finding.severity === 'overridable' && !accepted.includes(finding.id)),
  );

export function refused(
  findings: readonly Finding[],
  accepted: readonly string[] = [],
  more: Partial<Ending> = {},
): Ending {
  const stops = stopping(findings, accepted);
  const [first] = stops;
  const what = first === undefined ? 'a check forbids it' : told(first).replace(/[.]$/u, '');
  const others = stops.length > 1 ? `, and ${String(stops.length - 1)} more` : '';
  return {
    ...more,
    kind: 'refused',
    reasonCode: first?.id ?? 'refused',
    sentence: `refused, and nothing was written: ${what}${others}`,
    next: `${whatToDo(stops)} Doing nothing is safe.`,
    findings,
  };
}

/** Remedies of several findings tell nothing without what each is about. */
function whatToDo(stops: readonly Finding[]): string {
  const [remedy, ...others] = new Set(stops.map((finding) => finding.remedy));
  if (others.length === 0) return remedy ?? '';
  return `Each of the ${String(stops.length)} findings has its remedy beside it, in the log, the summary and the report.`;
}
