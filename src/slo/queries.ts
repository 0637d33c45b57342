// Which questions does the gate put to Prometheus? Text only: when to ask, and at which time, is the phase's business.
// How a counter is counted from look to look: increments.ts.
import type { LabelMatcher } from '../config/config.ts';
import { GAP_MS, increments, incrementsOfSame } from './increments.ts';
import { alternation, asPromQL, duration, oneOf, type PromQL, quote, selector } from './promql.ts';
import { type ControlPlanes, istiodQuery } from './istiod.ts';
import { latencyQuery } from './latency.ts';
import { COUNTER_LABELS, OUTCOME_LABELS, REQUESTS, SIGNALS } from './signals.ts';
import type { Signal } from './verdict.ts';

const MINUTE_MS = 60_000;
/** The past that a batch is compared with. */
export const BASELINE_MS = 60 * MINUTE_MS;
const BASELINE_STEP_MS = MINUTE_MS;
/** Scrapes in a piece of the hour before: with fewer, one that comes a little late would make it a quiet one. */
const SCRAPES_OF_A_PIECE = 4;
/** Pieces of the hour before in which the quietest traffic is looked for: whole minutes, as its steps are. */
export const pieceMs = (scrapeIntervalMs: number): number =>
  Math.max(Math.ceil((SCRAPES_OF_A_PIECE * scrapeIntervalMs) / MINUTE_MS), 1) * MINUTE_MS;

/** What is counted: the gate's subjects of one signal, under the user's matchers. */
export interface Scope {
  readonly signal: Signal;
  /** Namespaces; `namespace/name` for the signal `gateway`. */
  readonly subjects: readonly string[];
  readonly matchers: readonly LabelMatcher[];
}

function seriesOf({ signal, subjects, matchers }: Scope): string {
  const { metric, reporter, subject } = SIGNALS[signal];
  const chosen = subject.map((label, index) =>
    oneOf(label, [...new Set(subjects.map((each) => each.split('/')[index] ?? each))]),
  );
  return selector(metric, [reporter, ...chosen, ...matchers]);
}

const grouping = (signal: Signal, more: readonly string[]): string => [...SIGNALS[signal].subject, ...more].join(', ');

/** Requests of the last `stepMs` by subject and outcome; asked at the tick's end. */
export function tickQuery(scope: Scope, stepMs: number): PromQL {
  const series = seriesOf(scope);
  return asPromQL(`sum by (${grouping(scope.signal, OUTCOME_LABELS)}) (${incrementsOfSame(series, stepMs)})`);
}

const CALLING = 'source_workload_namespace';
const CALLED = 'destination_service_namespace';
/** By the other side's namespace, and the label that says so. */
const OTHER_SIDE = { client: ['caller', CALLING], outbound: ['callee', CALLED] } as const;

/** The same, with the requests told apart that these namespaces sent (client side) or were sent (outbound): no more than twice the rows. */
export function tickQueryApart(
  scope: Scope & { readonly signal: keyof typeof OTHER_SIDE },
  stepMs: number,
  namespaces: readonly string[],
): PromQL {
  const [mark, label] = OTHER_SIDE[scope.signal];
  const counted = incrementsOfSame(seriesOf(scope), stepMs);
  const marked = `label_replace(${counted}, "${mark}", "apart", "${label}", ${quote(alternation(namespaces))})`;
  return asPromQL(`sum by (${grouping(scope.signal, [...OUTCOME_LABELS, mark])}) (${marked})`);
}
type Labels = Readonly<Record<string, string>>;
export const sentByOthers = (labels: Labels): boolean => labels[OTHER_SIDE.client[0]] !== 'apart';
export const sentToOthers = (labels: Labels): boolean => labels[OTHER_SIDE.outbound[0]] !== 'apart';

/** What found a route (see `outcomeOf`). */
export const withRoute = (scope: Scope): Scope => ({
  ...scope,
  matchers: [{ name: 'response_flags', op: '!~', value: '(.*,)?NR(,.*)?' }, ...scope.matchers],
});

/** What others than these namespaces sent. */
export const fromOthers = (scope: Scope, callers: readonly string[]): Scope => ({
  ...scope,
  matchers: [{ name: CALLING, op: '!~', value: alternation(callers) }, ...scope.matchers],
});

/** Events of the last `stepMs` for each of the pods of both istiods; asked at the tick's end. */
export const istiodTickQuery = (planes: ControlPlanes, matchers: readonly LabelMatcher[], stepMs: number): PromQL =>
  istiodQuery(planes, matchers, (series) => incrementsOfSame(series, stepMs));

/** The same of an hour, minute by minute. */
export const istiodHourQuery = (planes: ControlPlanes, matchers: readonly LabelMatcher[]): PromQL =>
  istiodQuery(planes, matchers, (series) => {
    const minute = `sum by (pod) (${increments(series, BASELINE_STEP_MS)})`;
    return `sum_over_time((${minute})[${duration(BASELINE_MS)}:${duration(BASELINE_STEP_MS)}])`;
  });

/** The same of any time, with the time written in: for people to paste. */
export const istiodPasteQuery = (
  planes: ControlPlanes,
  matchers: readonly LabelMatcher[],
  fromMs: number,
  toMs: number,
): PromQL => {
  const at = ` @ ${(toMs / 1000).toFixed(3)}`;
  return istiodQuery(planes, matchers, (series) => increments(series, Math.max(toMs - fromMs, 1), at), at);
};

/** Several queries whose rows differ in their labels, as one. */
export const either = (queries: readonly PromQL[]): PromQL =>
  asPromQL(queries.map((query) => `(${query})`).join(' or '));

/** Durations in the window that ends at the time asked for, and in the hour before `beganMs`. */
export const latencyOf = (
  namespaces: readonly string[],
  matchers: readonly LabelMatcher[],
  windowMs: number,
  beganMs: number,
): PromQL =>
  latencyQuery(namespaces, matchers, (series, when) =>
    when === 'now'
      ? increments(series, windowMs)
      : increments(series, BASELINE_MS, ` @ ${(beganMs / 1000).toFixed(3)}`),
  );

/** The same over a whole window with its time written in: for people to paste, at any time. Restarts inside the window count once only. */
export function pasteQuery(scope: Scope, fromMs: number, toMs: number): PromQL {
  const series = seriesOf(scope);
  const at = ` @ ${(toMs / 1000).toFixed(3)}`;
  const counted = increments(series, Math.max(toMs - fromMs, 1), at);
  return asPromQL(`sum by (${grouping(scope.signal, OUTCOME_LABELS)}) (${counted})`);
}

/**
 * Requests of an hour by subject and outcome, minute by minute with the arithmetic of a tick, but for pods whose labels change: to look for
 * those makes the dearest query dearer by half, and their share of failures is their life's. Asked a millisecond after a
 * full minute, so that it holds 60 steps under left-open ranges (Prometheus 3) and closed ones (2). A minute before which nothing
 * at all was known is left out: there a whole life's counters would look born.
 */
export function hourQuery(scope: Scope): PromQL {
  return overTheHour(scope, 'sum_over_time', OUTCOME_LABELS, BASELINE_STEP_MS, BASELINE_STEP_MS);
}

/** The squares of the hour's minutes, summed, by subject and outcome: with `hourQuery` they tell how requests fail together. */
export function squaresQuery(scope: Scope): PromQL {
  return overTheHour(scope, 'sum_over_time', OUTCOME_LABELS, BASELINE_STEP_MS, BASELINE_STEP_MS, ' ^ 2');
}

/** The fewest requests by subject in any piece of an hour: what may be expected at the quietest of times. */
export function quietestQuery(scope: Scope, ofMs: number): PromQL {
  return overTheHour(scope, 'min_over_time', [], ofMs, BASELINE_STEP_MS);
}

function overTheHour(
  scope: Scope,
  fold: string,
  more: readonly string[],
  stepMs: number,
  everyMs: number,
  then = '',
): PromQL {
  const series = seriesOf(scope);
  const known = `group(last_over_time(${series}[${duration(GAP_MS)}] offset ${duration(stepMs)}))`;
  const each = `sum by (${grouping(scope.signal, more)}) (${increments(series, stepMs)})${then} and on () ${known}`;
  return asPromQL(`${fold}((${each})[${duration(BASELINE_MS)}:${duration(everyMs)}])`);
}

/** When to ask `hourQuery` and `quietestQuery` for the hour that ends at `endMs`. */
export const hourEnd = (endMs: number): number => Math.floor(endMs / BASELINE_STEP_MS) * BASELINE_STEP_MS + 1;

/** Who calls whom, by namespace, in the last hour. */
export function linksQuery(matchers: readonly LabelMatcher[]): PromQL {
  const series = selector(REQUESTS, [SIGNALS.client.reporter, ...matchers]);
  const by = 'source_workload_namespace, destination_service_namespace';
  return asPromQL(`group by (${by}) (last_over_time(${series}[${duration(BASELINE_MS)}]))`);
}

/**
 * Seconds between scrapes, exactly: between a series' newest sample and its last one before the range lie as many scrapes
 * as the range holds. Long ranges first; short ones serve a Prometheus that has only just begun.
 */
export function scrapeIntervalQuery(matchers: readonly LabelMatcher[]): PromQL {
  const series = selector(REQUESTS, matchers);
  const over = (range: string): string =>
    `(timestamp(${series}) - timestamp(${series} offset ${range})) / count_over_time(${series}[${range}])`;
  return asPromQL(`quantile(0.5, ${['5m', '1m', '15s', '5s'].map(over).join(' or ')})`);
}

/** Labels by which one Prometheus tells clusters apart. */
export const CLUSTER_LABELS = ['cluster', 'cluster_name', 'cluster_id', 'k8s_cluster', 'k8s_cluster_name'] as const;
/** Labels that Google's managed service puts on every series. */
export const GOOGLE_LABELS = ['project_id', 'location'] as const;

/**
 * The series the matchers leave, by every label that could tell clusters or services apart; empty without any series. `lately`: also those
 * that have ended in the last five minutes, as all do for a moment where every pod was replaced; that reads so much more.
 */
export function originsQuery(matchers: readonly LabelMatcher[], when: 'now' | 'lately' = 'now'): PromQL {
  const series = selector(REQUESTS, matchers);
  const there = when === 'now' ? series : `last_over_time(${series}[5m])`;
  return asPromQL(`count by (${[...CLUSTER_LABELS, ...GOOGLE_LABELS].join(', ')}) (${there})`);
}

/** Labels under which scrape configurations keep a pod's name, the usual one first. */
export const POD_LABELS = ['pod', 'kubernetes_pod_name', 'pod_name'] as const;

/** Time (s) of each pod's newest sample. */
export function podsQuery(matchers: readonly LabelMatcher[]): PromQL {
  return asPromQL(`max by (${POD_LABELS.join(', ')}) (timestamp(${selector(REQUESTS, matchers)}))`);
}

/** The busiest few of a proxy's counters that more than one series claims to be; empty where each is there once. */
export function doubledQuery(matchers: readonly LabelMatcher[]): PromQL {
  const series = selector(REQUESTS, [{ name: 'pod', op: '!=', value: '' }, ...matchers]);
  const by = `by (${['pod', ...COUNTER_LABELS].join(', ')})`;
  return asPromQL(`topk(${String(FEW)}, sum ${by} (${series}) and (count ${by} (${series}) > 1))`);
}
const FEW = 5;

/** The series with exactly these labels, whatever others they have. */
export function exactly(labels: Readonly<Record<string, string>>, matchers: readonly LabelMatcher[]): PromQL {
  const wanted = Object.entries(labels).map(([name, value]) => ({ name, op: '=', value }) as const);
  return asPromQL(selector(REQUESTS, [...wanted, ...matchers]));
}
