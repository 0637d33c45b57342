// What is in the report file? Everything, as JSON of a stated schema (docs/report.md). For machines; nothing is cut.
import { isGreen, type Ending } from '../plan/ending.ts';
import { planOf, type ReportBasis, type RunFacts } from './basis.ts';
import { exitCodeOf } from './exit-code.ts';
import { impactOf } from './impact.ts';

/** Raised when a field changes its meaning or goes; fields may be added without. */
export const REPORT_SCHEMA = 1;

export interface Report {
  readonly schema: typeof REPORT_SCHEMA;
  readonly tool: { readonly name: 'istio-canary-upgrade'; readonly version: string };
  readonly command: string;
  readonly ending: Ending['kind'];
  readonly green: boolean;
  readonly exitCode: number;
  readonly reasonCode: string;
  readonly sentence: string;
  readonly next: string;
  readonly impact: string;
  readonly resumeCommand: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly by: { readonly actor: string; readonly url: string; readonly attempt: number; readonly job: string };
  readonly cluster: RunFacts['cluster'] | null;
  readonly prometheus: RunFacts['prometheus'] | null;
  readonly batch: number | null;
  readonly nextBatch: number | null;
  readonly state: Ending['state'] | null;
  readonly verdict: Ending['verdict'] | null;
  readonly rehearsal: Ending['rehearsal'] | null;
  readonly findings: Ending['findings'];
  readonly plan: Ending['plan'] | null;
  readonly journal: Omit<NonNullable<Ending['journal']>, 'plan'> | null;
}

/** Every field is there on every ending; `null` is what is not known. */
export function reportOf({ ending, run }: ReportBasis): Report {
  const { actor, url, attempt, job } = run;
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'istio-canary-upgrade', version: run.version },
    command: run.command,
    ending: ending.kind,
    green: isGreen(ending.kind, run.command),
    exitCode: exitCodeOf(ending.kind, run.command),
    reasonCode: ending.reasonCode,
    sentence: ending.sentence,
    next: ending.next,
    impact: impactOf(ending),
    resumeCommand: ending.resumeCommand ?? null,
    startedAt: new Date(run.startedAtMs).toISOString(),
    endedAt: new Date(run.endedAtMs).toISOString(),
    by: { actor, url, attempt, job },
    cluster: run.cluster ?? null,
    prometheus: run.prometheus ?? null,
    batch: ending.batch ?? null,
    nextBatch: ending.nextBatch ?? null,
    state: ending.state ?? null,
    verdict: ending.verdict ?? null,
    rehearsal: ending.rehearsal ?? null,
    findings: ending.findings,
    plan: planOf(ending) ?? null,
    journal: ending.journal === undefined ? null : withoutPlan(ending.journal),
  };
}

/** The plan stands in the report already. */
function withoutPlan({ plan: _plan, ...journal }: NonNullable<Ending['journal']>): NonNullable<Report['journal']> {
  return journal;
}

/** Indented JSON with a last newline. */
export const reportJson = (basis: ReportBasis): string => `${JSON.stringify(reportOf(basis), undefined, 2)}\n`;
