// What does everyone get when a command has ended? Outputs, summary, report, last lines and exit code, from one ending.
import { isGreen } from '../plan/ending.ts';
import type { ReportBasis } from './basis.ts';
import { closingLines } from './console.ts';
import { exitCodeOf, type ExitCode } from './exit-code.ts';
import { outputsOf, type OutputName } from './outputs.ts';
import { reportJson } from './report-json.ts';
import { summaryOf } from './summary.ts';

export interface Reported {
  readonly outputs: Readonly<Record<OutputName, string>>;
  readonly summary: string;
  readonly report: string;
  readonly closing: readonly string[];
  /** One line for the annotation of a red ending. */
  readonly failure?: string;
  readonly exitCode: ExitCode;
}

/** Fits the edge's `Deliverables`; secrets are the edge's to take out. */
export function report(basis: ReportBasis): Reported {
  const { ending, run } = basis;
  return {
    outputs: outputsOf(basis),
    summary: summaryOf(basis),
    report: reportJson(basis),
    closing: closingLines(basis),
    ...(isGreen(ending.kind, run.command)
      ? {}
      : { failure: `${ending.kind}: ${ending.sentence.replace(/[.]$/, '')}. ${ending.next}` }),
    exitCode: exitCodeOf(ending.kind, run.command),
  };
}
