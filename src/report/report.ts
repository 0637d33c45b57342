// What does everyone get when a command has ended? Outputs, summary, report, last lines and exit code, from one ending.
import { sentence } from '../mesh/finding.ts';
import { type Ending, isGreen } from '../plan/ending.ts';
import { cleaned } from '../shared/redact.ts';
import type { ReportBasis } from './basis.ts';
import { closingLines } from './console.ts';
import { exitCodeOf, type ExitCode } from './exit-code.ts';
import { outputsOf, type OutputName } from './outputs.ts';
import { reportJson } from './report-json.ts';
import { planLines } from './plan-text.ts';
import { summaryOf } from './summary.ts';

export interface Reported {
  readonly outputs: Readonly<Record<OutputName, string>>;
  readonly summary: string;
  readonly report: string;
  /** The plan, where one was asked for. */
  readonly shown: readonly string[];
  readonly closing: readonly string[];
  /** One line for the annotation of a red ending. */
  readonly failure?: string;
  readonly exitCode: ExitCode;
}

/**
 * Fits the edge's `Deliverables`. `clean` takes secrets out before anything is escaped, where they can still be told;
 * outputs stay whole, so that the edge can refuse one that holds a secret instead of setting a mutilated one.
 */
export function report(basis: ReportBasis, clean: (text: string) => string): Reported {
  const { ending, run } = cleaned(basis, clean);
  return {
    outputs: outputsOf(basis),
    summary: summaryOf({ ending, run }),
    report: reportJson({ ending, run }),
    shown: run.command === 'plan' && ending.plan !== undefined ? planLines(ending.plan) : [],
    closing: closingLines({ ending, run }),
    ...(isGreen(ending.kind, run.command) ? {} : { failure: failureOf(ending) }),
    exitCode: exitCodeOf(ending.kind, run.command),
  };
}

/** Some sentences begin with the ending's own name. */
function failureOf({ kind, sentence: said, next }: Ending): string {
  return `${said.startsWith(kind) ? '' : `${kind}: `}${sentence(said)} ${next}`;
}
