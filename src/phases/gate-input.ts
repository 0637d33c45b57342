// What is a gate asked to judge, and by which rules?
import type { GateSettings } from '../config/config.ts';
import type { Revision } from '../mesh/names.ts';
import type { Rules } from '../slo/rules.ts';
import { BATCH_SIGNALS } from '../slo/signals.ts';
import type { Scrapes } from './measure-scrapes.ts';

export type GateSubject =
  | { readonly kind: 'batch'; readonly namespaces: readonly string[] }
  | { readonly kind: 'gateways'; readonly gateways: readonly { readonly namespace: string; readonly name: string }[] };

export interface GateInput {
  readonly settings: GateSettings;
  readonly subject: GateSubject;
  /** Namespaces that still run on the source: what the batch is compared with. */
  readonly unmoved: readonly string[];
  /** Namespaces that passed before: they stay under watch, and may fail this gate. */
  readonly watched?: readonly string[];
  /** Those of the subjects that may pass over their limit where they are no worse than before (see `Rules`). */
  readonly overBefore?: readonly string[];
  /** With it the target's istiod is compared with the source's. */
  readonly source?: Revision;
  /** Subject (namespace, or `namespace/name` of a gateway) → ms when its last new pod became Ready; grows while the rollout goes on. */
  readonly opened: ReadonlyMap<string, number>;
  /** The rollout of the whole batch is over. */
  isRolloutOver(): boolean;
  readonly target: Revision;
  readonly batchLabel: string;
  readonly signal?: AbortSignal;
  /** The namespaces that are there, asked at each look: what is deleted meanwhile is judged no further. Absent or undefined: all. */
  readonly present?: () => Promise<ReadonlySet<string> | undefined>;
  /** Where the hour to compare with ends: before the first restart. Absent: now. */
  readonly beganMs?: number;
  /** The same for what is under watch, and none of the subjects. Absent: `beganMs`. */
  readonly watchedBeganMs?: number;
  /** Where the hour ends whose quietest minutes say how much traffic to expect. Absent: `beganMs`. */
  readonly busyMs?: number;
  /** As preflight measured it. Absent: measured first. */
  readonly scrapes?: Scrapes;
}

/** Between two looks, and no shorter than the scrapes': nothing new would be seen. */
export const LEAST_INTERVAL_MS = 15_000;

export const subjectsOf = (subject: GateSubject): readonly string[] =>
  subject.kind === 'batch'
    ? [...new Set(subject.namespaces)]
    : [...new Set(subject.gateways.map(({ namespace, name }) => `${namespace}/${name}`))];

/** Absent scrapes: the interval is guessed until it is measured. */
export function rulesOf(
  { settings, subject, unmoved, watched, overBefore, source, target }: GateInput,
  scrapes: Scrapes | undefined,
): Rules {
  const scrapeIntervalMs = scrapes?.scrapeIntervalMs ?? settings.intervalMs ?? LEAST_INTERVAL_MS;
  const subjects = subjectsOf(subject);
  return {
    settings,
    subjects,
    signals: subject.kind === 'batch' ? BATCH_SIGNALS : ['gateway'],
    unmoved: unmoved.filter((name) => !subjects.includes(name)),
    watched: watched ?? [],
    overBefore: overBefore ?? [],
    ...(source === undefined ? {} : { controlPlanes: { source, target } }),
    scrapeIntervalMs,
    lagMs: scrapes?.lagMs ?? 0,
  };
}
