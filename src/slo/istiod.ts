// Do proxies reject what the target's istiod sends, and does it fail to inject? Its own counters, beside the source's.
// These are single events, no shares of a stream of requests: a source that had none in the hour before makes one of the target's
// enough; a source that had some makes them a matter of how many for each connected proxy.
import type { LabelMatcher } from '../config/config.ts';
import type { Row } from './counts.ts';
import { provenAbove } from './evidence.ts';
import { asPromQL, type PromQL, selector } from './promql.ts';
import { count } from './sentence.ts';
import type { ReasonCode } from './verdict.ts';

/** The revisions whose istiods are compared. */
export interface ControlPlanes {
  readonly source: string;
  readonly target: string;
}
export const ISTIOD_FAULTS = ['rejects', 'failures'] as const;
export type IstiodFault = (typeof ISTIOD_FAULTS)[number];

export interface IstiodCounts {
  /** Configuration that connected proxies refused (NACK). */
  readonly rejects: number;
  /** Pods that the webhook could not inject. */
  readonly failures: number;
  /** Connected proxies; undefined where Prometheus has no sample: then nothing is known of this istiod. */
  readonly proxies?: number;
}
export interface Istiods {
  readonly source: IstiodCounts;
  readonly target: IstiodCounts;
}
const NOTHING: IstiodCounts = { rejects: 0, failures: 0 };
export const NO_ISTIODS: Istiods = { source: NOTHING, target: NOTHING };

const METRICS: Readonly<Record<IstiodFault, string>> = {
  rejects: 'pilot_total_xds_rejects',
  failures: 'sidecar_injection_failure_total',
};
/** Random names of Kubernetes hold no vowels and none of 0, 1, 3: `istiod-1-32-0-…` is no pod of revision `1-32`. */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]';
/** Pods of a revision's Deployment (`istiod` without a revision), by name: no metric of istiod's carries its revision. */
const podsOf = (revision: string): string =>
  `istiod${revision === 'default' ? '' : `-${revision}`}-${RANDOM}{5,10}-${RANDOM}{5}`;

/** The label that tells these rows from others of the same answer. */
const KIND = 'istiod';

const part = (kind: string, each: string): string =>
  `label_replace(sum by (pod) (${each}), "${KIND}", "${kind}", "", "")`;

/** Both istiods' rejects and failed injections, as `counted` counts a series, and their connected proxies now, or `at` (` @ 1`). */
export function istiodQuery(
  { source, target }: ControlPlanes,
  matchers: readonly LabelMatcher[],
  counted: (series: string) => string,
  at = '',
): PromQL {
  const pods: LabelMatcher = { name: 'pod', op: '=~', value: `${podsOf(source)}|${podsOf(target)}` };
  const series = (metric: string): string => selector(metric, [pods, ...matchers]);
  const faults = ISTIOD_FAULTS.map((fault) => part(fault, counted(series(METRICS[fault]))));
  return asPromQL([...faults, part('proxies', `${series('pilot_xds')}${at}`)].join(' or '));
}

/** Sums `istiodQuery`'s rows by revision; other rows, and values that are no counts, are left out. */
export function istiodCounts(planes: ControlPlanes, rows: readonly Row[]): Istiods {
  const of = (revision: string): IstiodCounts => {
    const pod = new RegExp(`^(?:${podsOf(revision)})$`);
    const sum = (kind: string): number | undefined => {
      const values = rows
        .filter(({ labels, value }) => labels[KIND] === kind && pod.test(labels['pod'] ?? '') && value >= 0)
        .map(({ value }) => value)
        .filter(Number.isFinite);
      return values.length === 0 ? undefined : values.reduce((all, value) => all + value);
    };
    const proxies = sum('proxies');
    const faults = { rejects: sum('rejects') ?? 0, failures: sum('failures') ?? 0 };
    return proxies === undefined ? faults : { ...faults, proxies };
  };
  return { source: of(planes.source), target: of(planes.target) };
}

/** Rows that are not istiod's. */
export const withoutIstiods = <T extends Row>(rows: readonly T[]): readonly T[] =>
  rows.filter(({ labels }) => labels[KIND] === undefined);

/** Events added up; of the proxies the most that ever were connected: each had its chance to refuse. */
export const addIstiods = (before: Istiods, more: Istiods): Istiods => ({
  source: added(before.source, more.source),
  target: added(before.target, more.target),
});

function added(a: IstiodCounts, b: IstiodCounts): IstiodCounts {
  const faults = { rejects: a.rejects + b.rejects, failures: a.failures + b.failures };
  if (a.proxies === undefined && b.proxies === undefined) return faults;
  return { ...faults, proxies: Math.max(a.proxies ?? 0, b.proxies ?? 0) };
}

/** How the target's istiod compares: `worse` is to blame, `no-better` and `unknown` (of the source) are worth a warning. */
export type IstiodState = 'well' | 'worse' | 'no-better' | 'unknown';

/** `before` is the source's hour before the batch, absent where it could not be measured. */
export function istiodState(
  fault: IstiodFault,
  now: Istiods,
  before: IstiodCounts | undefined,
  alpha: number,
): IstiodState {
  const those = now.target[fault];
  if (those <= 0) return 'well';
  if (before?.proxies === undefined) return 'unknown';
  const these = before[fault] + now.source[fault];
  if (these <= 0) return 'worse';
  // Were the target's proxies twice as likely to be concerned as the source's, this share of all events would be the target's.
  const [here, there] = [2 * Math.max(now.target.proxies ?? 0, 1), Math.max(before.proxies, 1)];
  return provenAbove({ errors: those, requests: those + these }, here / (here + there), alpha) ? 'worse' : 'no-better';
}

export const ISTIOD_REASONS: Readonly<Record<IstiodFault, ReasonCode>> = {
  rejects: 'config-rejected',
  failures: 'injection-failed',
};

/** `istiod 1-32: 3 rejects of its configuration by 12 connected proxies; istiod 1-31 had none in the hour before and since`. */
export function istiodSentence(
  fault: IstiodFault,
  { source, target }: ControlPlanes,
  now: Istiods,
  before: IstiodCounts | undefined,
): string {
  const events =
    fault === 'rejects'
      ? `its configuration was rejected ${times(now.target.rejects)} by its ${count(now.target.proxies ?? 0)} connected proxies`
      : `${count(now.target.failures)} pods could not be injected`;
  const these = (before?.[fault] ?? 0) + now.source[fault];
  const then =
    before?.proxies === undefined
      ? `what istiod ${source} had in the hour before is not in Prometheus`
      : these === 0
        ? `istiod ${source} had none in the hour before and since`
        : `istiod ${source} had ${count(these)} in the hour before and since, with ${count(before.proxies)} proxies`;
  return `istiod ${target}: ${events}; ${then}`;
}
const times = (many: number): string => (many === 1 ? 'once' : `${count(many)} times`);
