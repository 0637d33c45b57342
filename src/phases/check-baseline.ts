// Preflight: does something that will be judged fail more than its limit already? Asked of the hour that the gate will compare with.
import type { GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import type { World } from '../ports/world.ts';
import { badBefore, type Past } from '../slo/comparison.ts';
import { type Counts, countRows, ratioOf } from '../slo/counts.ts';
import { limitFor } from '../slo/limits.ts';
import { hourEnd, hourQuery } from '../slo/queries.ts';
import { count, limitText, percent, side } from '../slo/sentence.ts';
import { BATCH_SIGNALS } from '../slo/signals.ts';
import type { Signal } from '../slo/verdict.ts';
import { askingInParts } from './ask-in-parts.ts';

export const OVER_LIMIT = 'baseline-over-limit';

export interface Baseline {
  readonly namespaces: readonly string[];
  /** `namespace/name`. */
  readonly gateways: readonly string[];
  /** Where the hour ends, by our clock. */
  readonly endMs: number;
}

type Measuring = Pick<World, 'log'> & { readonly prometheus: PrometheusPort };

/** One query for each signal, one after the other. What is over its limit and accepted is judged by comparison only. */
export async function checkBaseline(
  { prometheus, log }: Measuring,
  settings: GateSettings,
  { namespaces, gateways, endMs }: Baseline,
): Promise<readonly Finding[]> {
  const ask = askingInParts(prometheus, (line) => log.line(line));
  const asked: readonly (readonly [Signal, readonly string[]])[] = [
    ['gateway', gateways],
    ...BATCH_SIGNALS.map((signal) => [signal, namespaces] as const),
  ];
  const hour = new Map<Signal, ReadonlyMap<string, Counts>>();
  for (const [signal, subjects] of asked) {
    if (subjects.length === 0) continue;
    const scope = { signal, subjects, matchers: settings.matchers };
    const atMs = hourEnd(endMs + prometheus.skewMs());
    const answer = await ask(`what failed before (${side(signal)})`, scope, hourQuery, atMs);
    if (answer.kind !== 'rows') return [notMeasured(prometheus, answer.reason, settings)];
    hour.set(signal, countRows(signal, answer.rows, settings.grpcErrors).bySubject);
  }
  return overLimit(hour, [...gateways, ...namespaces], settings);
}

/** One finding for each subject that broke its limit in that hour, on any side. */
export function overLimit(
  hour: Past['hour'],
  subjects: readonly string[],
  { maxErrorRate, compare }: GateSettings,
): readonly Finding[] {
  return subjects.flatMap((subject): readonly Finding[] => {
    const limit = limitFor(maxErrorRate, subject);
    const [found] = [...hour].flatMap(([signal, counts]) => {
      const before = counts.get(subject);
      return before !== undefined && badBefore(before, limit) ? [{ signal, before }] : [];
    });
    if (found === undefined) return [];
    const { signal, before } = found;
    const failed = `${count(before.errors)} of ${count(before.requests)} requests (${side(signal)}) failed in the hour before`;
    const then = compare === 'off' ? 'with `compare: off` it is held to its limit all the same' : COMPARED;
    return [
      {
        id: OVER_LIMIT,
        severity: 'overridable',
        subject,
        message: `${subject}: ${failed}, ${percent(ratioOf(before), limit)}; the limit is ${limitText(limit)}.`,
        remedy: `Repair it first, raise its limit (a line "${subject.split('/')[0] ?? subject}: …" in max-error-rate), or accept ${OVER_LIMIT}: ${then}.`,
      },
    ];
  });
}
const COMPARED = 'it is then judged by comparison only';

const notMeasured = ({ address }: PrometheusPort, reason: string, { compare }: GateSettings): Finding => ({
  id: 'baseline-not-measured',
  severity: 'notice',
  subject: address,
  message: `Whether something fails more than its limit already could not be measured: ${reason}.`,
  remedy:
    compare === 'off'
      ? 'The gate asks again; without an answer it does not know how much traffic to expect, and judges by the limit alone.'
      : 'The gate asks again, and holds without an answer: make the store answer, or plan with `compare: off`, which judges by the limit alone.',
});
