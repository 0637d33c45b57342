// What does Prometheus say since the last look? At most six queries (and the user's own objectives), one tick; judges nothing.
import type { Objective } from '../config/config.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import { withoutCode } from '../slo/codeless.ts';
import { type Counts, countRows } from '../slo/counts.ts';
import { freshnessOf, freshnessQuery } from '../slo/freshness.ts';
import { istiodCounts, type Istiods, withoutIstiods } from '../slo/istiod.ts';
import { allScrapedMs, type Rules, staleAfterMs } from '../slo/rules.ts';
import type { Tick } from '../slo/tick.ts';
import { fillIn, type Reading } from '../slo/objectives.ts';
import type { PromQL } from '../slo/promql.ts';
import { either, istiodTickQuery, sentByOthers, sentToOthers, tickQuery, tickQueryApart } from '../slo/queries.ts';
import { names, span } from '../slo/sentence.ts';
import { outcomeOf } from '../slo/signals.ts';
import type { Signal } from '../slo/verdict.ts';
import { askRows, type Rows } from './ask-prometheus.ts';

export interface LastLook {
  readonly newestMs?: number;
  readonly toMs?: number;
}
export interface LookInput {
  readonly rules: Rules;
  readonly last: LastLook;
  /** Prometheus' clock. */
  readonly nowMs: number;
  readonly revision: string;
  /** Subjects whose window is not open yet. */
  readonly restarting: readonly string[];
  /** From when on every subject's window is open; absent while one is not. Objectives speak of all of them together. */
  readonly allOpenMs?: number;
}

/** A sample carries the time its scrape began, and is there only when the scrape has ended; a scrape that began late does not delay the next. */
const SETTLE_MS = 1_000;
/** In scrapes: a proxy that was not heard of for longer is gone, and waited for no more. As pods go all the time, it must not be long. */
const SLOWEST = 1.5;

/** One look. Counts only what a newer sample brought, from where the last look ended. */
export async function look(prometheus: PrometheusPort, input: LookInput): Promise<Tick> {
  const { rules, last, nowMs } = input;
  const newest = await newestSample(prometheus, input);
  if (newest.kind !== 'newest') return { ...newest, atMs: nowMs };
  const { newestMs, slowestMs = newestMs } = newest;
  if (nowMs - newestMs > staleAfterMs(rules))
    return { kind: 'stale', atMs: nowMs, reason: `the newest sample is ${span(nowMs - newestMs)} old` };
  const { scrapeIntervalMs } = rules;
  // A sample that comes later than the tick it belongs to is counted by none: the tick ends before the next one that may be under way.
  const settledMs = Math.min(nowMs - rules.lagMs, slowestMs + scrapeIntervalMs);
  const toMs = settledMs - Math.min(SETTLE_MS, scrapeIntervalMs / 2);
  const empty = { kind: 'counted', newestMs, counts: new Map(), unmoved: new Map(), readings: new Map() } as const;
  if (last.toMs === undefined) return { ...empty, fromMs: toMs, toMs, unusable: 0 };
  if (toMs <= last.toMs || (last.newestMs !== undefined && newestMs <= last.newestMs)) return { kind: 'nothing-new' };
  if (newest.nothingBefore) {
    const reason = `Prometheus knows nothing from before ${span(nowMs - last.toMs)} ago, so what came since cannot be told`;
    return { kind: 'nothing-before', atMs: nowMs, toMs, newestMs, reason };
  }
  const counted = await count(prometheus, input, toMs, toMs - last.toMs);
  if (counted.kind !== 'counts') return { ...counted, atMs: nowMs };
  const objectives = await readObjectives(prometheus, input, toMs);
  if (objectives.kind !== 'readings') return { ...objectives, atMs: nowMs };
  const { kind: _, ...seen } = counted;
  return { kind: 'counted', fromMs: last.toMs, toMs, newestMs, ...seen, readings: objectives.readings };
}

type Trouble = { readonly kind: 'stale' | 'unreachable' | 'misconfigured'; readonly reason: string };

const namespacesOf = (subjects: readonly string[]): readonly string[] => [
  ...new Set(subjects.map((subject) => subject.split('/')[0] ?? subject)),
];

interface Newest {
  readonly kind: 'newest';
  readonly newestMs: number;
  readonly slowestMs?: number;
  readonly nothingBefore: boolean;
}

/**
 * Of the batch; where the batch has no series at all, of the mesh: then there is no traffic, but Prometheus sees. So it is with the past: a
 * batch that was silent before the tick has begun in it, unless nothing at all is known from before.
 */
async function newestSample(prometheus: PrometheusPort, { rules, last, nowMs }: LookInput): Promise<Newest | Trouble> {
  const { subjects, settings, lagMs, scrapeIntervalMs } = rules;
  const asked = {
    aliveMs: lagMs + SLOWEST * scrapeIntervalMs,
    ...(last.toMs === undefined ? {} : { agoMs: nowMs - last.toMs + allScrapedMs(rules) }),
  };
  let found: Omit<Newest, 'kind'> | undefined;
  for (const namespaces of [namespacesOf(subjects), []]) {
    const answer = await askRows(prometheus, freshnessQuery(namespaces, settings.matchers, asked), nowMs);
    if (answer.kind !== 'rows') return answer;
    const { newestMs, nothingBefore, ...slowest } = freshnessOf(answer.rows);
    if (newestMs !== undefined) found ??= { newestMs, ...slowest, nothingBefore };
    if (found !== undefined && !nothingBefore) return { kind: 'newest', ...found, nothingBefore };
  }
  if (found !== undefined) return { kind: 'newest', ...found };
  return { kind: 'stale', reason: 'no series of istio_requests_total has a sample of the last five minutes' };
}

type Counted = {
  readonly kind: 'counts';
  readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
  readonly fromOthers: ReadonlyMap<string, Counts>;
  readonly unmoved: ReadonlyMap<string, Counts>;
  readonly istiods?: Istiods;
  readonly unusable: number;
};

/** Each signal's query covers everyone it concerns: the batch, what passed before it, and what is not moved yet. */
async function count(
  prometheus: PrometheusPort,
  { rules, restarting }: Pick<LookInput, 'rules' | 'restarting'>,
  toMs: number,
  stepMs: number,
): Promise<Counted | Trouble> {
  const { subjects, signals, unmoved, watched = [], controlPlanes, settings } = rules;
  const { matchers, grpcErrors } = settings;
  const query = (signal: Signal, of: readonly string[]): PromQL => {
    const scope = { subjects: of, matchers };
    // A batch's own callers may have lost their telemetry with it, and are no witnesses that it lost its traffic.
    if (signal === 'client') return tickQueryApart({ signal, ...scope }, stepMs, namespacesOf(subjects));
    return signal === 'outbound' && restarting.length > 0
      ? tickQueryApart({ signal, ...scope }, stepMs, namespacesOf(restarting))
      : tickQuery({ signal, ...scope }, stepMs);
  };
  const requests = signals.filter((signal) => signal !== 'tcp');
  const asked: { readonly signal?: Signal; readonly query: PromQL }[] = requests.map((signal) => {
    const others = signal === 'client' ? unmoved : [];
    return { signal, query: query(signal, [...new Set([...subjects, ...watched, ...others])]) };
  });
  if (unmoved.length > 0 && !requests.includes('client'))
    asked.push({ signal: 'client', query: query('client', unmoved) });
  const beside = [
    ...(signals.includes('tcp') ? [query('tcp', [...new Set([...subjects, ...watched])])] : []),
    ...(controlPlanes === undefined ? [] : [istiodTickQuery(controlPlanes, matchers, stepMs)]),
  ];
  if (beside.length > 0) asked.push({ query: either(beside) });
  const answers = await Promise.all(
    asked.map(async (each) => ({ ...each, rows: await askRows(prometheus, each.query, toMs) })),
  );
  const counts = new Map<Signal, ReadonlyMap<string, Counts>>();
  let fromOthers: ReadonlyMap<string, Counts> = new Map();
  let istiods: Istiods | undefined;
  let unusable = 0;
  for (const { signal = 'tcp', rows } of answers) {
    if (rows.kind !== 'rows') return rows;
    // What fails by another's restart is no evidence against who called it. What succeeds stays: it is compared with the hour before.
    const fair = withoutIstiods(rows.rows).filter(
      ({ labels }) => signal !== 'outbound' || sentToOthers(labels) || outcomeOf(labels, grpcErrors) !== 'failed',
    );
    const counted = countRows(signal, fair, grpcErrors);
    unusable += counted.unusable;
    const codeless = withoutCode(counted, subjects, rules.settings);
    if (codeless.length > 0) return { kind: 'misconfigured', reason: cannotTell(codeless) };
    counts.set(signal, counted.bySubject);
    if (signal === 'client')
      fromOthers = countRows(
        signal,
        rows.rows.filter(({ labels }) => sentByOthers(labels)),
      ).bySubject;
    if (signal === 'tcp' && controlPlanes !== undefined) istiods = istiodCounts(controlPlanes, rows.rows);
  }
  const others = new Set(unmoved);
  const elsewhere = new Map([...(counts.get('client') ?? [])].filter(([name]) => others.has(name)));
  return {
    kind: 'counts',
    counts,
    fromOthers,
    unmoved: elsewhere,
    ...(istiods === undefined ? {} : { istiods }),
    unusable,
  };
}

const cannotTell = (subjects: readonly string[]): string =>
  `requests of ${names(subjects, 3)} carry no response_code, so whether they failed cannot be told; a Telemetry (tagOverrides) or a relabelling takes that label away: let it stay`;

async function readObjectives(
  prometheus: PrometheusPort,
  { rules, allOpenMs, revision }: LookInput,
  toMs: number,
): Promise<{ readonly kind: 'readings'; readonly readings: ReadonlyMap<string, Reading> } | Trouble> {
  const readings = new Map<string, Reading>();
  if (allOpenMs === undefined) return { kind: 'readings', readings };
  const { subjects, settings } = rules;
  const blanks = { namespaces: namespacesOf(subjects), revision, matchers: settings.matchers };
  const fill = (query: string): PromQL => fillIn(query, { ...blanks, windowMs: toMs - allOpenMs });
  for (const objective of settings.objectives) {
    const reading = await readObjective(prometheus, objective, fill, toMs);
    if (reading.kind === 'ratio' || reading.kind === 'scalar') readings.set(objective.name, reading);
    else if (objective.hard) return { kind: reading.kind, reason: `objective ${objective.name}: ${reading.reason}` };
  }
  return { kind: 'readings', readings };
}

async function readObjective(
  prometheus: PrometheusPort,
  { measure }: Objective,
  fill: (query: string) => PromQL,
  atMs: number,
): Promise<Reading | Exclude<Rows, { kind: 'rows' }>> {
  if (measure.kind === 'scalar') {
    const asked = [fill(measure.query)] as const;
    const answer = await askRows(prometheus, asked[0], atMs);
    if (answer.kind !== 'rows') return answer;
    return {
      kind: 'scalar',
      asked,
      value: answer.rows.length === 0 ? undefined : Math.max(...answer.rows.map((r) => r.value)),
    };
  }
  const asked = [fill(measure.errors), fill(measure.total)] as const;
  const errors = await askRows(prometheus, asked[0], atMs);
  if (errors.kind !== 'rows') return errors;
  const total = await askRows(prometheus, asked[1], atMs);
  if (total.kind !== 'rows') return total;
  return { kind: 'ratio', asked, errors: sum(errors.rows), total: sum(total.rows) };
}

const sum = (rows: readonly { readonly value: number }[]): number | undefined =>
  rows.length === 0 ? undefined : rows.reduce((all, { value }) => all + value, 0);
