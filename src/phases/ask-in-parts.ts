// How is a question about many namespaces asked where it is too much for one answer? For questions whose rows are by subject.
import type { PrometheusPort, Sample } from '../ports/prometheus.ts';
import type { PromQL } from '../slo/promql.ts';
import type { Scope } from '../slo/queries.ts';
import { subjectOf } from '../slo/signals.ts';
import { askRows, type Rows } from './ask-prometheus.ts';

/** Few enough that a store which is away is soon known to be, and enough for a mesh eight times as big as one answer. */
const PARTS = 8;

type AskInParts = (what: string, scope: Scope, queryOf: (scope: Scope) => PromQL, atMs: number) => Promise<Rows>;

/**
 * Rows as of one question about all subjects. The first that is not answered, in time or for its size, is asked again for an eighth of
 * the subjects at a time, and so are all after it, which `say` is told; where a part is not answered either, nothing is.
 */
export function askingInParts(prometheus: PrometheusPort, say: (line: string) => void): AskInParts {
  let isTooMuch = false;
  return async (what, scope, queryOf, atMs) => {
    const { signal, subjects } = scope;
    const whole = isTooMuch && subjects.length > 1 ? undefined : await askRows(prometheus, queryOf(scope), atMs);
    if (whole !== undefined && (whole.kind === 'rows' || subjects.length === 1)) return whole;
    const parts = partsOf(subjects);
    const rows: Sample[] = [];
    for (const part of parts) {
      // One after the other: all at once would be as much as the whole.
      const answer = await askRows(prometheus, queryOf({ ...scope, subjects: part }), atMs);
      if (answer.kind !== 'rows') return answer;
      // Gateways are chosen by namespace and by name, which together choose some of other parts.
      rows.push(...answer.rows.filter(({ labels }) => part.includes(subjectOf(signal, labels))));
    }
    say(
      `${what}: answered in ${String(parts.length)} parts${whole === undefined ? '' : `, for all at once ${whole.reason}`}`,
    );
    isTooMuch = true;
    return { kind: 'rows', rows };
  };
}

/** In order, each about as large as the others. */
function partsOf(subjects: readonly string[]): readonly (readonly string[])[] {
  const size = Math.ceil(subjects.length / PARTS);
  return Array.from({ length: Math.ceil(subjects.length / size) }, (_, index) =>
    subjects.slice(index * size, (index + 1) * size),
  );
}
