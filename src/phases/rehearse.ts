// What would the gate have said over the last hour, and what can this traffic prove at all? For `plan`; writes nothing.
import type { GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { Revision } from '../mesh/names.ts';
import type { World } from '../ports/world.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import { badBefore, type Past } from '../slo/comparison.ts';
import { ratioOf } from '../slo/counts.ts';
import { fillIn } from '../slo/objectives.ts';
import { rehearsed, type Rehearsed } from '../slo/rehearsal.ts';
import { count, percent, side } from '../slo/sentence.ts';
import { limitFor } from '../slo/limits.ts';
import { askRows, prometheusNow } from './ask-prometheus.ts';
import { remember } from './remember.ts';

export interface Rehearsal {
  readonly findings: readonly Finding[];
  readonly namespaces: readonly Rehearsed[];
}
const HOUR_MS = 3_600_000;
type RehearsalWorld = Pick<World, 'prometheus' | 'clock' | 'log'>;

/** Logs a line for each namespace, and returns what must be settled before anything changes. */
export async function rehearse(
  world: RehearsalWorld,
  settings: GateSettings,
  namespaces: readonly string[],
  target?: Revision,
): Promise<readonly Finding[]> {
  const { findings, namespaces: each } = await rehearsal(world, settings, namespaces, target);
  if (each.length > 0)
    await world.log.group('What the gate would have said over the last hour', async () => {
      for (const { verdict, sentence } of each) world.log.line(`${verdict} ${sentence}`);
    });
  return findings;
}

/** For each namespace: the last hour's requests, errors and verdict, the smallest breach that would show, and how long a PASS takes. */
export async function rehearsal(
  { prometheus, clock }: Pick<World, 'prometheus' | 'clock'>,
  settings: GateSettings,
  namespaces: readonly string[],
  target?: Revision,
): Promise<Rehearsal> {
  if (prometheus === undefined || namespaces.length === 0) return { findings: [], namespaces: [] };
  const { address } = prometheus;
  const nowMs = prometheusNow(clock, prometheus);
  const findings = [...(await refusedObjectives(prometheus, settings, namespaces, target, nowMs))];
  const signals = ['client', 'server', 'outbound'] as const;
  const past = await remember(prometheus, { subjects: namespaces, signals, unmoved: [], settings }, nowMs);
  if (past === undefined) {
    const message = 'The last hour could not be measured: Prometheus did not answer.';
    findings.push(notice(address, message, 'Run the plan again; the gate would have held.'));
    return { findings, namespaces: [] };
  }
  for (const gap of past.gaps) findings.push(notice(address, `${gap}.`, 'Comparison will be missing there.'));
  findings.push(...namespaces.flatMap((namespace) => alreadyBad(namespace, past, settings)));
  return {
    findings,
    namespaces: namespaces.map((namespace) => rehearsed(namespace, past, settings, namespaces.length)),
  };
}

async function refusedObjectives(
  prometheus: PrometheusPort,
  { objectives, matchers }: GateSettings,
  namespaces: readonly string[],
  target: Revision | undefined,
  nowMs: number,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const blanks = { namespaces, windowMs: HOUR_MS, revision: target ?? '', matchers };
  for (const { name, measure } of objectives) {
    for (const query of measure.kind === 'ratio' ? [measure.errors, measure.total] : [measure.query]) {
      const answer = await askRows(prometheus, fillIn(query, blanks), nowMs);
      if (answer.kind === 'misconfigured') findings.push(refused(name, answer.reason));
    }
  }
  return findings;
}

function alreadyBad(namespace: string, past: Past, { maxErrorRate }: GateSettings): readonly Finding[] {
  const limit = limitFor(maxErrorRate, namespace);
  for (const [signal, counts] of past.hour) {
    const before = counts.get(namespace);
    if (before === undefined || !badBefore(before, limit)) continue;
    const failed = `${count(before.errors)} of ${count(before.requests)} requests (${side(signal)}) failed in the last hour`;
    return [
      {
        id: 'baseline-over-limit',
        severity: 'overridable',
        subject: namespace,
        message: `${namespace}: ${failed}, ${percent(ratioOf(before))}; the limit is ${percent(limit)}.`,
        remedy: `Repair it first, raise its limit (a line "${namespace}: …" in max-error-rate), or accept baseline-over-limit: it is then judged by comparison only.`,
      },
    ];
  }
  return [];
}

const notice = (subject: string, message: string, remedy: string): Finding => ({
  id: 'rehearsal-not-measured',
  severity: 'notice',
  subject,
  message,
  remedy,
});
const refused = (name: string, reason: string): Finding => ({
  id: 'objective-refused',
  severity: 'blocks',
  subject: name,
  message: `Prometheus refuses the query of objective ${name}: ${reason}.`,
  remedy: 'Correct the query in objectives.',
});
