// What was it like before? Asks for the hour before the batch; what can't be had is said, and never invented.
import type { PrometheusPort } from '../ports/prometheus.ts';
import { burstsIn } from '../slo/bursts.ts';
import { NO_PAST, type Past } from '../slo/comparison.ts';
import { withoutCode } from '../slo/codeless.ts';
import { type Counts, countRows, type Row } from '../slo/counts.ts';
import { istiodCounts } from '../slo/istiod.ts';
import type { Rules } from '../slo/rules.ts';
import type { PromQL } from '../slo/promql.ts';
import {
  fromOthers,
  hourEnd,
  hourQuery,
  istiodHourQuery,
  linksQuery,
  pieceMs,
  quietestQuery,
  type Scope,
  squaresQuery,
  withRoute,
} from '../slo/queries.ts';
import { names } from '../slo/sentence.ts';
import { subjectOf } from '../slo/signals.ts';
import { hasRoutes } from '../slo/unit.ts';
import type { Signal } from '../slo/verdict.ts';
import { askingInParts } from './ask-in-parts.ts';
import { askRows, type Rows } from './ask-prometheus.ts';

type Scoped = Pick<Rules, 'subjects' | 'signals' | 'unmoved' | 'watched' | 'controlPlanes' | 'settings'> &
  Partial<Pick<Rules, 'scrapeIntervalMs'>>;

/** By Prometheus' clock. */
export interface When {
  /** Where the hour ends that failures are compared with. */
  readonly endMs: number;
  /** Where the hour ends that traffic is compared with. Absent: `endMs`. */
  readonly busyMs?: number;
  /** Where the hour ends that failures of what is under watch are compared with. Absent: `endMs`. */
  readonly watchedEndMs?: number;
  /** Until when it is known who calls whom. Absent: `endMs`. */
  readonly nowMs?: number;
  /** What the gate can do without was waited for long enough: unanswered, it is a gap like one that is refused. */
  readonly waited?: boolean;
}

/** So long (ms) what a gate can do without may keep it from the rest. */
export const OPTIONAL_WAIT_MS = 60_000;

export type Remembered =
  | { readonly kind: 'known'; readonly past: Past }
  /** Ask again later. Refused is told only of what the gate can't do without: the hour's own counts, where anything is compared with them. */
  | { readonly kind: 'unreachable' | 'misconfigured'; readonly reason: string };

interface Asking {
  readonly atMs?: number;
  /** The gate can't do without it. */
  readonly needed?: boolean;
  /** Of questions alike. */
  readonly kind?: string;
}
/** One about subjects may be asked for a part of them at a time. */
type Question = PromQL | { readonly scope: Scope; readonly queryOf: (scope: Scope) => PromQL };
const NOT_ASKED: Rows = { kind: 'unreachable', reason: 'not asked, for another like it was not answered' };

/**
 * What it was like before, or why Prometheus can't be reached. One query after the other,
 * once for each gate, so that an hour's data of a big mesh is never asked for all at once.
 */
export async function remember(
  prometheus: PrometheusPort,
  { subjects, signals, unmoved, watched = [], controlPlanes, settings, scrapeIntervalMs = 0 }: Scoped,
  { endMs, busyMs = endMs, watchedEndMs = endMs, nowMs = endMs, waited = false }: When,
  say: (line: string) => void,
): Promise<Remembered> {
  const askInParts = askingInParts(prometheus, say);
  const gaps = new Set<string>();
  let failed: Exclude<Remembered, { kind: 'known' }> | undefined;
  // A question may take as long as an answer may, and meanwhile nobody looks: of those alike only one is waited for.
  const unanswered = new Set<string>();
  const { matchers, grpcErrors } = settings;
  const ofMs = pieceMs(scrapeIntervalMs);
  /** Undefined where there is no answer, which is failed for or a gap then. */
  const ask = async (
    what: string,
    question: Question,
    { atMs = hourEnd(endMs), needed = false, kind = what }: Asking = {},
  ): Promise<readonly Row[] | undefined> => {
    if (failed !== undefined) return undefined;
    const answer = !needed && unanswered.has(kind) ? NOT_ASKED : await put(what, question, atMs);
    if (answer.kind === 'rows') return answer.rows;
    const isDispensable = answer.kind === 'unreachable' ? waited && !needed : !needed || settings.compare === 'off';
    if (!isDispensable) failed = { kind: answer.kind, reason: `${what}: ${answer.reason}` };
    else gaps.add(`${what} could not be measured: ${answer.reason}; what depends on it counts as unknown`);
    if (answer.kind === 'unreachable') unanswered.add(kind);
    return undefined;
  };
  const put = async (what: string, question: Question, atMs: number): Promise<Rows> =>
    typeof question === 'string'
      ? askRows(prometheus, question, atMs)
      : askInParts(what, question.scope, question.queryOf, atMs);
  const hour = new Map<Signal, ReadonlyMap<string, Counts>>();
  const bursts = new Map<Signal, ReadonlyMap<string, number>>();
  const quietest = new Map<Signal, ReadonlyMap<string, number>>();
  const quietestRouted = new Map<Signal, ReadonlyMap<string, number>>();
  const earlier = watchedEndMs === endMs ? [] : watched.filter((subject) => !subjects.includes(subject));
  const others = watched.filter((subject) => !earlier.includes(subject));
  await askHour([...new Set([...subjects, ...others])], endMs);
  for (const signal of signals) {
    if (hasRoutes(signal)) {
      const routed = await askQuietest(withRoute({ signal, subjects, matchers }), ' of requests with a route');
      if (routed !== undefined) quietestRouted.set(signal, routed);
    }
    if (signal === 'outbound' || signal === 'tcp') continue;
    quietest.set(signal, (await askQuietest({ signal, subjects, matchers })) ?? new Map());
  }
  // What Prometheus has forgotten is compared with the newest hour instead: it may always have been bad.
  if (earlier.length > 0 && !(await askHour(earlier, watchedEndMs))) await askHour(earlier, endMs);
  const quietestFromOthers =
    (signals.includes('client')
      ? await askQuietest(fromOthers({ signal: 'client', subjects, matchers }, subjects))
      : undefined) ?? new Map<string, number>();
  const known = {
    hour,
    bursts,
    pieceMs: ofMs,
    quietest,
    quietestRouted,
    quietestFromOthers,
    ...(await rememberIstiods()),
  };
  if (unmoved.length === 0)
    return failed ?? { kind: 'known', past: { ...NO_PAST, ...known, gaps: [...gaps], complete: true } };
  const sent = await ask('the hour before of namespaces not moved yet', {
    scope: { signal: 'client', subjects: unmoved, matchers },
    queryOf: hourQuery,
  });
  const elsewhere = countRows('client', sent ?? [], grpcErrors).bySubject;
  const calls = await ask('who calls whom', linksQuery(matchers), { atMs: nowMs });
  const links = calls?.map(({ labels }) => ({
    from: labels['source_workload_namespace'] ?? '',
    to: labels['destination_service_namespace'] ?? '',
  }));
  if (failed !== undefined) return failed;
  // Where nobody is known to call anybody, that is no proof that nobody does.
  const linked = links !== undefined && links.length > 0 ? { links } : {};
  return { kind: 'known', past: { ...known, unmoved: elsewhere, ...linked, gaps: [...gaps], complete: true } };

  /** Adds what these failed in the hour that ended then; false where nothing at all is known of them. */
  async function askHour(of: readonly string[], hourEndMs: number): Promise<boolean> {
    let isKnown = false;
    for (const signal of signals) {
      const scope = { signal, subjects: of, matchers };
      const atMs = hourEnd(hourEndMs);
      const asked = `the hour before (${signal} side)`;
      const sums = (await ask(asked, { scope, queryOf: hourQuery }, { atMs, needed: true })) ?? [];
      const squares =
        (await ask(`bursts in ${asked}`, { scope, queryOf: squaresQuery }, { atMs, kind: 'bursts' })) ?? [];
      const counted = countRows(signal, sums, grpcErrors);
      const codeless = withoutCode(counted, of, settings);
      if (codeless.length > 0) gaps.add(couldNotTell(codeless));
      const { bySubject } = counted;
      isKnown ||= bySubject.size > 0;
      hour.set(signal, new Map([...(hour.get(signal) ?? []), ...bySubject]));
      bursts.set(signal, new Map([...(bursts.get(signal) ?? []), ...burstsIn(signal, sums, squares, grpcErrors)]));
    }
    return isKnown;
  }

  async function askQuietest(scope: Scope, of = ''): Promise<ReadonlyMap<string, number> | undefined> {
    const what = `the quietest time${of} before`;
    const question = { scope, queryOf: (part: Scope) => quietestQuery(part, ofMs) };
    const rows = await ask(what, question, { atMs: hourEnd(busyMs), kind: 'quietest' });
    return rows && new Map(rows.map(({ labels, value }) => [subjectOf(scope.signal, labels), value]));
  }

  async function rememberIstiods(): Promise<Pick<Past, 'istiods'>> {
    if (controlPlanes === undefined) return {};
    const rows = await ask('what istiods counted in the hour before', istiodHourQuery(controlPlanes, matchers));
    return rows === undefined ? {} : { istiods: istiodCounts(controlPlanes, rows) };
  }
}

const couldNotTell = (subjects: readonly string[]): string =>
  `requests of ${names(subjects, 3)} carried no response_code in the hour before, and count for nothing in it; a gate holds (misconfigured) where they still carry none`;
