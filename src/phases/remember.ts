// What was it like before? Asks for the hour before the batch; what can't be had is said, and never invented.
import type { PrometheusPort } from '../ports/prometheus.ts';
import { burstsIn } from '../slo/bursts.ts';
import { NO_PAST, type Past } from '../slo/comparison.ts';
import { type Counts, countRows } from '../slo/counts.ts';
import { istiodCounts } from '../slo/istiod.ts';
import type { Rules } from '../slo/ledger.ts';
import type { PromQL } from '../slo/promql.ts';
import {
  fromOthers,
  hourEnd,
  hourQuery,
  istiodHourQuery,
  linksQuery,
  quietestQuery,
  type Scope,
  squaresQuery,
  withRoute,
} from '../slo/queries.ts';
import { subjectOf } from '../slo/signals.ts';
import { hasRoutes } from '../slo/unit.ts';
import type { Signal } from '../slo/verdict.ts';
import { askRows, type Rows } from './ask-prometheus.ts';

type Scoped = Pick<Rules, 'subjects' | 'signals' | 'unmoved' | 'watched' | 'controlPlanes' | 'settings'>;

/** By Prometheus' clock. */
export interface When {
  /** Where the hour ends that failures are compared with. */
  readonly endMs: number;
  /** Where the hour ends that traffic is compared with. Absent: `endMs`. */
  readonly busyMs?: number;
  /** Until when it is known who calls whom. Absent: `endMs`. */
  readonly nowMs?: number;
}

/**
 * What it was like before. Undefined where Prometheus can't be reached: ask again later. One query after the other,
 * once for each gate, so that an hour's data of a big mesh is never asked for all at once.
 */
export async function remember(
  prometheus: PrometheusPort,
  { subjects, signals, unmoved, watched = [], controlPlanes, settings }: Scoped,
  { endMs, busyMs = endMs, nowMs = endMs }: When,
): Promise<Past | undefined> {
  const gaps: string[] = [];
  let reachable = true;
  const { matchers, grpcErrors } = settings;
  const ask = async (
    what: string,
    query: PromQL,
    atMs = hourEnd(endMs),
  ): Promise<Extract<Rows, { kind: 'rows' }>['rows']> => {
    const answer = reachable ? await askRows(prometheus, query, atMs) : { kind: 'rows' as const, rows: [] };
    if (answer.kind === 'rows') return answer.rows;
    if (answer.kind === 'unreachable') reachable = false;
    else gaps.push(`${what} could not be measured: ${answer.reason}`);
    return [];
  };
  const hour = new Map<Signal, ReadonlyMap<string, Counts>>();
  const bursts = new Map<Signal, ReadonlyMap<string, number>>();
  const quietest = new Map<Signal, ReadonlyMap<string, number>>();
  const quietestRouted = new Map<Signal, ReadonlyMap<string, number>>();
  const concerned = [...new Set([...subjects, ...watched])];
  for (const signal of signals) {
    const scope = { signal, subjects: concerned, matchers };
    const sums = await ask(`the hour before (${signal} side)`, hourQuery(scope));
    const squares = await ask(`bursts in the hour before (${signal} side)`, squaresQuery(scope));
    hour.set(signal, countRows(signal, sums, grpcErrors).bySubject);
    bursts.set(signal, burstsIn(signal, sums, squares, grpcErrors));
    if (hasRoutes(signal)) {
      const gapsBefore = gaps.length;
      const routed = await askQuietest(withRoute({ ...scope, subjects }));
      if (gaps.length === gapsBefore) quietestRouted.set(signal, routed);
    }
    if (signal === 'outbound' || signal === 'tcp') continue;
    quietest.set(signal, await askQuietest({ ...scope, subjects }));
  }
  const quietestFromOthers = signals.includes('client')
    ? await askQuietest(fromOthers({ signal: 'client', subjects, matchers }, subjects))
    : new Map<string, number>();
  const known = { hour, bursts, quietest, quietestRouted, quietestFromOthers, ...(await rememberIstiods()) };
  if (unmoved.length === 0) return reachable ? { ...NO_PAST, ...known, gaps, complete: true } : undefined;
  const others = hourQuery({ signal: 'client', subjects: unmoved, matchers });
  const sums = await ask('the hour before of namespaces not moved yet', others);
  const elsewhere = countRows('client', sums, grpcErrors).bySubject;
  const gapsBefore = gaps.length;
  const calls = await ask('who calls whom', linksQuery(matchers), nowMs);
  const links = calls.map(({ labels }) => ({
    from: labels['source_workload_namespace'] ?? '',
    to: labels['destination_service_namespace'] ?? '',
  }));
  if (!reachable) return undefined;
  // Where nobody is known to call anybody, that is no proof that nobody does.
  const linked = gaps.length === gapsBefore && links.length > 0 ? { links } : {};
  return { ...known, unmoved: elsewhere, ...linked, gaps, complete: true };

  async function askQuietest(scope: Scope): Promise<ReadonlyMap<string, number>> {
    const rows = await ask('the quietest five minutes before', quietestQuery(scope), hourEnd(busyMs));
    return new Map(rows.map(({ labels, value }) => [subjectOf(scope.signal, labels), value]));
  }

  async function rememberIstiods(): Promise<Pick<Past, 'istiods'>> {
    if (controlPlanes === undefined) return {};
    const rows = await ask('what istiods counted in the hour before', istiodHourQuery(controlPlanes, matchers));
    return { istiods: istiodCounts(controlPlanes, rows) };
  }
}
