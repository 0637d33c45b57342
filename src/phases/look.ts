// What does Prometheus say since the last look? At most six queries (and the user's own objectives), one tick; judges nothing.
import type { Objective } from '../config/config.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import { type Counts, countRows } from '../slo/counts.ts';
import { type Rules, staleAfterMs, type Tick } from '../slo/ledger.ts';
import { fillIn, type Reading } from '../slo/objectives.ts';
import type { PromQL } from '../slo/promql.ts';
import { newestQuery, tickQuery } from '../slo/queries.ts';
import { span } from '../slo/sentence.ts';
import type { Signal } from '../slo/verdict.ts';
import { askRows, firstNumber, type Rows } from './ask-prometheus.ts';

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
  /** Start of the earliest window; absent while none is open. */
  readonly windowStartMs?: number;
}

/** A sample carries the time its scrape began, and is there only when the scrape has ended. */
const SETTLE_MS = 1_000;

/** One look. Counts only what a newer sample brought, from where the last look ended. */
export async function look(prometheus: PrometheusPort, input: LookInput): Promise<Tick> {
  const { rules, last, nowMs } = input;
  const newest = await newestSample(prometheus, rules, nowMs);
  if (newest.kind !== 'newest') return { ...newest, atMs: nowMs };
  const { newestMs } = newest;
  if (nowMs - newestMs > staleAfterMs(rules))
    return { kind: 'stale', atMs: nowMs, reason: `the newest sample is ${span(nowMs - newestMs)} old` };
  const toMs = nowMs - rules.lagMs - Math.min(SETTLE_MS, rules.scrapeIntervalMs / 2);
  const empty = { kind: 'counted', newestMs, counts: new Map(), unmoved: new Map(), readings: new Map() } as const;
  if (last.toMs === undefined) return { ...empty, fromMs: toMs, toMs, unusable: 0 };
  if (toMs <= last.toMs || (last.newestMs !== undefined && newestMs <= last.newestMs)) return { kind: 'nothing-new' };
  const counted = await count(prometheus, rules, toMs, toMs - last.toMs);
  if (counted.kind !== 'counts') return { ...counted, atMs: nowMs };
  const objectives = await readObjectives(prometheus, input, toMs);
  if (objectives.kind !== 'readings') return { ...objectives, atMs: nowMs };
  const { counts, unmoved, unusable } = counted;
  return {
    kind: 'counted',
    fromMs: last.toMs,
    toMs,
    newestMs,
    counts,
    unmoved,
    unusable,
    readings: objectives.readings,
  };
}

type Trouble = { readonly kind: 'stale' | 'unreachable' | 'misconfigured'; readonly reason: string };

const namespacesOf = (subjects: readonly string[]): readonly string[] => [
  ...new Set(subjects.map((subject) => subject.split('/')[0] ?? subject)),
];

/** Of the batch; where the batch has no series at all, of the mesh: then there is no traffic, but Prometheus sees. */
async function newestSample(
  prometheus: PrometheusPort,
  { subjects, settings }: Rules,
  nowMs: number,
): Promise<{ readonly kind: 'newest'; readonly newestMs: number } | Trouble> {
  for (const namespaces of [namespacesOf(subjects), []]) {
    const answer = await askRows(prometheus, newestQuery(namespaces, settings.matchers), nowMs);
    if (answer.kind !== 'rows') return answer;
    const seconds = firstNumber(answer.rows);
    if (seconds !== undefined) return { kind: 'newest', newestMs: seconds * 1000 };
  }
  return { kind: 'stale', reason: 'no series of istio_requests_total has a sample of the last five minutes' };
}

type Counted = {
  readonly kind: 'counts';
  readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
  readonly unmoved: ReadonlyMap<string, Counts>;
  readonly unusable: number;
};

async function count(
  prometheus: PrometheusPort,
  { subjects, signals, unmoved, settings }: Rules,
  toMs: number,
  stepMs: number,
): Promise<Counted | Trouble> {
  const { matchers } = settings;
  const ask = async (signal: Signal, of: readonly string[]): Promise<Rows> =>
    askRows(prometheus, tickQuery({ signal, subjects: of, matchers }, stepMs), toMs);
  const scopes = signals.map((signal) => ({ signal, of: subjects, moved: true }));
  if (unmoved.length > 0) scopes.push({ signal: 'client', of: unmoved, moved: false });
  const answers = await Promise.all(
    scopes.map(async (scope) => ({ ...scope, rows: await ask(scope.signal, scope.of) })),
  );
  const counts = new Map<Signal, ReadonlyMap<string, Counts>>();
  let others: ReadonlyMap<string, Counts> = new Map();
  let unusable = 0;
  for (const { signal, moved, rows } of answers) {
    if (rows.kind !== 'rows') return rows;
    const counted = countRows(signal, rows.rows);
    unusable += counted.unusable;
    if (moved) counts.set(signal, counted.bySubject);
    else others = counted.bySubject;
  }
  return { kind: 'counts', counts, unmoved: others, unusable };
}

async function readObjectives(
  prometheus: PrometheusPort,
  { rules, windowStartMs, revision }: LookInput,
  toMs: number,
): Promise<{ readonly kind: 'readings'; readonly readings: ReadonlyMap<string, Reading> } | Trouble> {
  const readings = new Map<string, Reading>();
  if (windowStartMs === undefined) return { kind: 'readings', readings };
  const { subjects, settings } = rules;
  const blanks = { namespaces: namespacesOf(subjects), revision, matchers: settings.matchers };
  const fill = (query: string): PromQL => fillIn(query, { ...blanks, windowMs: toMs - windowStartMs });
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
    const answer = await askRows(prometheus, fill(measure.query), atMs);
    if (answer.kind !== 'rows') return answer;
    return {
      kind: 'scalar',
      value: answer.rows.length === 0 ? undefined : Math.max(...answer.rows.map((r) => r.value)),
    };
  }
  const errors = await askRows(prometheus, fill(measure.errors), atMs);
  if (errors.kind !== 'rows') return errors;
  const total = await askRows(prometheus, fill(measure.total), atMs);
  if (total.kind !== 'rows') return total;
  return { kind: 'ratio', errors: sum(errors.rows), total: sum(total.rows) };
}

const sum = (rows: readonly { readonly value: number }[]): number | undefined =>
  rows.length === 0 ? undefined : rows.reduce((all, { value }) => all + value, 0);
