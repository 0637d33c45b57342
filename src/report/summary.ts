// What does the job summary say, and in which order? One page of markdown that stays below what GitHub takes.
import { isGreen, type Ending, type EndingKind } from '../plan/ending.ts';
import { span } from '../slo/sentence.ts';
import { planOf, type ReportBasis, type RunFacts } from './basis.ts';
import { cut, markdownCode, markdownFence, markdownProse, markdownText } from './markdown.ts';
import { impactOf } from './impact.ts';
import { table } from './markdown-table.ts';
import { nextBatchLines } from './next-batch.ts';
import { planMarkdown } from './plan-text.ts';
import { rehearsalLines } from './rehearsal-lines.ts';
import { leftOverOf, stateFacts } from './state-lines.ts';
import { timelineLines } from './timeline.ts';
import { utc } from './utc.ts';
import { besideTheVerdict, verdictTable } from './verdict-table.ts';

/** GitHub takes 1 MiB a step; what stands in it already is not ours to know. */
const MOST_BYTES = 1_000_000;
const LONGEST = 4000;
const MOST_FINDINGS = 200;
const LONGEST_QUERY = 20_000;

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Markdown in the documented order; whole sections that no longer fit are left out, with a sentence that says so. */
export function summaryOf({ ending, run }: ReportBasis): string {
  const sections: readonly Section[] = [
    { title: 'What to do next', lines: nextLines(ending) },
    { title: 'State', lines: stateLines(ending) },
    { title: 'Verdict', lines: verdictLines(ending) },
    { title: 'Rehearsal', lines: rehearsalLines(ending) },
    { title: 'Timeline', lines: ending.journal === undefined ? [] : timelineLines(ending.journal.timeline) },
    { title: 'The worst signal', lines: queryLines(ending) },
    { title: 'Next batch', lines: nextBatchLines(ending, run.pace) },
    { title: 'Plan', lines: planLines(ending) },
    { title: 'This run', lines: runLines(run) },
  ];
  return bounded(headLines(ending, run).join('\n'), sections);
}

function bounded(head: string, sections: readonly Section[]): string {
  let page = head;
  const left: string[] = [];
  for (const { title, lines } of sections) {
    if (lines.length === 0) continue;
    const next = `\n### ${title}\n\n${lines.join('\n')}\n`;
    if (bytes(page) + bytes(next) > MOST_BYTES) left.push(title);
    else page += next;
  }
  if (left.length === 0) return page;
  return `${page}\n> Left out, because a summary may not be larger than 1 MiB: ${left.join(', ')}. The report file has everything.\n`;
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

function signOf(kind: EndingKind, command: string): string {
  if (kind === 'rolled-back') return '↩️';
  if (kind === 'held') return '✋';
  return isGreen(kind, command) ? '✅' : '❌';
}

function headLines(ending: Ending, run: RunFacts): readonly string[] {
  const code = ending.reasonCode === 'ok' ? '' : ` (${markdownText(ending.reasonCode)})`;
  return [
    `## ${signOf(ending.kind, run.command)} Istio upgrade: ${ending.kind}${code}`,
    '',
    `**${markdownProse(cut(ending.sentence, LONGEST))}**`,
    '',
    markdownProse(impactOf(ending)),
    '',
  ];
}

function nextLines({ next, resumeCommand, findings }: Ending): readonly string[] {
  return [
    markdownProse(cut(next, LONGEST)),
    ...(resumeCommand === undefined ? [] : ['', `Goes on with: ${markdownCode(resumeCommand)}`]),
    ...(findings.length === 0
      ? []
      : [
          '',
          ...table(
            ['finding', 'severity', 'about', 'what is the matter', 'what to do'],
            findings.map(({ id, severity, subject, message, remedy }) => [
              markdownCode(id),
              severity,
              markdownText(cut(subject, 300)),
              markdownProse(cut(message, 1000)),
              markdownProse(cut(remedy, 1000)),
            ]),
            MOST_FINDINGS,
          ),
        ]),
  ];
}

function stateLines(ending: Ending): readonly string[] {
  const facts = stateFacts(ending);
  if (facts.length === 0) return ['The cluster was not read.'];
  return table(
    ['what', 'now'],
    facts.map(({ name, value }) => [markdownText(name), markdownText(cut(value, LONGEST))]),
    facts.length,
  );
}

function verdictLines(ending: Ending): readonly string[] {
  const { verdict, journal } = ending;
  const recovery = journal?.recovery;
  return [
    ...(verdict === undefined
      ? []
      : [
          `**${verdict.kind}** (${verdict.reasonCode}): ${markdownProse(cut(verdict.reason, LONGEST))}`,
          '',
          ...verdictTable(verdict),
          '',
        ]),
    ...(recovery === undefined
      ? []
      : [
          `After the rollback, the same gate: **${recovery.kind}** (${recovery.reasonCode}): ${markdownProse(cut(recovery.reason, LONGEST))}`,
          '',
        ]),
    ...besideTheVerdict(verdict, leftOverOf(ending)),
  ];
}

function queryLines({ verdict }: Ending): readonly string[] {
  const [worst, ...others] = verdict?.queries ?? [];
  if (verdict === undefined || worst === undefined) return [];
  const age = verdict.dataAgeMs === undefined ? '' : `; the newest sample was ${span(verdict.dataAgeMs)} old`;
  const how =
    verdict.reasonCode === 'objective'
      ? 'Ask it at the time that stands behind it.'
      : 'Paste it as it is; its times are absolute.';
  return [
    `From ${utc(verdict.windowStartMs)} to ${utc(verdict.windowEndMs)}${age}. ${how}`,
    '',
    markdownFence(cut(worst, LONGEST_QUERY), 'promql'),
    ...(others.length === 0
      ? []
      : [
          '',
          '<details><summary>The other signals</summary>',
          '',
          markdownFence(cut(others.join('\n'), LONGEST_QUERY), 'promql'),
          '',
          '</details>',
        ]),
  ];
}

function planLines(ending: Ending): readonly string[] {
  const plan = planOf(ending);
  if (plan === undefined) return [];
  if (ending.kind === 'planned') return [planMarkdown(plan)];
  return [`<details><summary>Plan ${markdownText(plan.hash)}</summary>`, '', planMarkdown(plan), '', '</details>'];
}

function runLines(run: RunFacts): readonly string[] {
  const { cluster, prometheus } = run;
  const rows: readonly (readonly [string, string])[] = [
    ['command', run.command],
    [
      'by',
      `${run.actor}${run.url === '' ? '' : `, attempt ${String(run.attempt)}${run.job === '' ? '' : `, job ${run.job}`}`}`,
    ],
    ['from, to', `${utc(run.startedAtMs)}, ${utc(run.endedAtMs)} (${span(run.endedAtMs - run.startedAtMs)})`],
    ...(cluster === undefined
      ? []
      : ([
          [
            'cluster',
            `${cluster.server}, context ${cluster.context}, Kubernetes ${cluster.version}, as ${cluster.user}`,
          ],
        ] as const)),
    ...(prometheus === undefined ? [] : ([['Prometheus', prometheus.address]] as const)),
    ['version', run.version],
  ];
  return table(
    ['', ''],
    rows.map(([name, value]) => [name, markdownText(cut(value, 1000))]),
    rows.length,
  );
}
