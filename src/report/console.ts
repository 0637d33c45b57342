// What are the first and the last lines of the log, which nobody has to unfold? Plain text; the edge makes it harmless.
import { type Finding, withRemedy } from '../mesh/finding.ts';
import { isGreen } from '../plan/ending.ts';
import type { ReportBasis, RunFacts } from './basis.ts';
import { cut } from './markdown.ts';
import { impactOf } from './impact.ts';
import { leftOverOf, stateFacts } from './state-lines.ts';

const LONGEST = 4000;
const MOST_LEFT_OVER = 20;

/** Cluster, identity, actor, Prometheus: a line each, without what is not known. Plan and measures follow when they are. */
export function openingLines(run: Omit<RunFacts, 'endedAtMs'>): readonly string[] {
  const { cluster, prometheus } = run;
  const where =
    run.url === '' ? '' : ` (${run.url}, attempt ${String(run.attempt)}${run.job === '' ? '' : `, job ${run.job}`})`;
  return [
    `istio-canary-upgrade ${run.version}: ${run.command}`,
    ...(cluster === undefined
      ? []
      : [
          `cluster: ${cluster.server}, context ${cluster.context}, Kubernetes ${cluster.version}`,
          `identity: ${cluster.user}`,
        ]),
    `actor: ${run.actor}${where}`,
    prometheus === undefined ? 'Prometheus: none given' : `Prometheus: ${prometheus.address}`,
  ];
}

/** The ending first; then what to do and whether doing nothing is safe; then the state. */
export function closingLines({ ending, run }: ReportBasis): readonly string[] {
  const colour = isGreen(ending.kind, run.command) ? 'green' : 'red';
  const code = ending.reasonCode === 'ok' ? '' : ` (${ending.reasonCode})`;
  const facts = stateFacts(ending);
  const leftOver = leftOverOf(ending);
  return [
    `${ending.kind.toUpperCase()}${code}, ${colour}: ${cut(ending.sentence, LONGEST)}`,
    impactOf(ending),
    ...(ending.findings.length === 0 ? [] : ['findings:', ...ending.findings.map(findingLine)]),
    `what to do: ${cut(ending.next, LONGEST)}`,
    ...(ending.resumeCommand === undefined ? [] : [`goes on with: ${ending.resumeCommand}`]),
    facts.length === 0 ? 'state: not read' : 'state:',
    ...facts.map(({ name, value }) => `  ${name}: ${value}`),
    ...(leftOver.length === 0 ? [] : ['not moved, or not put back:']),
    ...leftOver.slice(0, MOST_LEFT_OVER).map((sentence) => `  ${sentence}`),
    ...(leftOver.length > MOST_LEFT_OVER
      ? [`  and ${String(leftOver.length - MOST_LEFT_OVER)} more, all in the report file`]
      : []),
  ];
}

/** `  blocks other-cluster, kubeconfig: what is the matter. What to do.` */
export const findingLine = ({ id, severity, subject, message, remedy }: Finding): string =>
  `  ${severity} ${id}, ${subject}: ${withRemedy({ message: cut(message, LONGEST), remedy })}`;
