// Preflight: can the user's own objectives be asked at all? Asked once over the last hour; what they answer is not judged here.
import type { GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import { fillIn } from '../slo/objectives.ts';
import { BASELINE_MS } from '../slo/queries.ts';
import { askRows } from './ask-prometheus.ts';

/** A finding for each query that Prometheus refuses, in its own words: no parse, no such function, a range for a number. */
export async function checkObjectives(
  prometheus: PrometheusPort,
  { objectives, matchers }: GateSettings,
  namespaces: readonly string[],
  nowMs: number,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const blanks = { namespaces, windowMs: BASELINE_MS, revision: '', matchers };
  for (const { name, measure } of objectives) {
    for (const query of measure.kind === 'ratio' ? [measure.errors, measure.total] : [measure.query]) {
      const answer = await askRows(prometheus, fillIn(query, blanks), nowMs);
      if (answer.kind === 'misconfigured') findings.push(refused(name, answer.reason));
    }
  }
  return findings;
}

const refused = (name: string, reason: string): Finding => ({
  id: 'objective-refused',
  severity: 'blocks',
  subject: name,
  message: `Prometheus refuses the query of objective ${name}: ${reason}.`,
  remedy: 'Correct the query in objectives.',
});
