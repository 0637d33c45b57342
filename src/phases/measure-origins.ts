// Preflight: whose series are these, and is each there once? Other clusters' requests, and requests counted twice, prove nothing of ours.
import type { LabelMatcher } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { PrometheusPort, Sample } from '../ports/prometheus.ts';
import { CLUSTER_LABELS, doubledQuery, exactly, GOOGLE_LABELS, POD_LABELS, podsQuery } from '../slo/queries.ts';
import { count, names } from '../slo/sentence.ts';
import { askRows } from './ask-prometheus.ts';
import type { Scrapes } from './measure-scrapes.ts';

export interface OriginInput {
  readonly matchers: readonly LabelMatcher[];
  /** Prometheus' clock. */
  readonly nowMs: number;
  readonly scrapes: Scrapes;
  /** Names of the cluster's pods, read just now. */
  readonly pods: ReadonlySet<string>;
}

/** Labels with several values tell of several clusters. */
export function severalClusters(samples: readonly Sample[]): readonly Finding[] {
  const values = (label: string): readonly string[] => [
    ...new Set(samples.flatMap(({ labels }) => labels[label] ?? [])),
  ];
  return CLUSTER_LABELS.filter((label) => values(label).length > 1).map((label) => ({
    id: 'matchers-leave-other-clusters',
    severity: 'blocks',
    subject: label,
    message: `Series of several clusters are left: ${label} is ${names(values(label))}. A healthy one would hide a broken one of the same names.`,
    remedy: `Add this cluster's to prometheus-matchers, such as ${label}=${values(label)[0] ?? ''}.`,
  }));
}

/**
 * Google's collectors take a counter's first sample as its zero and leave it out (prometheus-engine, pkg/export, getResetAdjusted); an
 * error series is born at its first error, so an error that happens once is never seen.
 */
export function dropsFirstSamples(samples: readonly Sample[]): readonly Finding[] {
  if (!samples.some(({ labels }) => GOOGLE_LABELS.every((label) => (labels[label] ?? '') !== ''))) return [];
  return [
    {
      id: 'first-errors-unseen',
      severity: 'overridable',
      subject: 'prometheus-url',
      message:
        "These series come from Google's managed collection, which leaves out each counter's first sample: an error that each pod makes once would never be counted.",
      remedy:
        'Let the gate ask a Prometheus that scrapes the mesh itself (kubernetes://namespace/service:port), or accept first-errors-unseen: only errors that repeat are then counted.',
    },
  ];
}

/** Series of pods that this cluster does not have, and series that are there twice but for one label. What can't be asked is left out. */
export async function measureOrigins(prometheus: PrometheusPort, input: OriginInput): Promise<readonly Finding[]> {
  const { matchers, nowMs } = input;
  const seen = await askRows(prometheus, podsQuery(matchers), nowMs);
  const strange = seen.kind === 'rows' ? strangers(seen.rows, input) : [];
  const doubled = await askRows(prometheus, doubledQuery(matchers), nowMs);
  const groups = doubled.kind === 'rows' ? doubled.rows : [];
  const twins: string[] = [];
  for (const { labels } of groups) {
    const group = await askRows(prometheus, exactly(labels, matchers), nowMs);
    if (group.kind === 'rows') twins.push(...twinLabels(group.rows));
  }
  return [...strange, ...(2 * twins.length >= groups.length ? appearTwice(twins) : [])];
}

/** A pod that ended just before it was looked for, or began just after, is no stranger: only some of them are. */
const STRANGE_SHARE = 0.05;

function strangers(rows: readonly Sample[], { pods, nowMs, scrapes }: OriginInput): readonly Finding[] {
  const youngMs = scrapes.lagMs + 2 * scrapes.scrapeIntervalMs;
  const fresh = rows.flatMap(({ labels, value }) => {
    const name = POD_LABELS.map((label) => labels[label]).find((each) => each !== undefined && each !== '');
    return name !== undefined && nowMs - value * 1000 <= youngMs ? [name] : [];
  });
  const strange = [...new Set(fresh)].filter((name) => !pods.has(name)).toSorted();
  if (strange.length < 2 || strange.length <= STRANGE_SHARE * fresh.length) return [];
  return [
    {
      id: 'series-of-unknown-pods',
      severity: 'overridable',
      subject: 'prometheus-matchers',
      message: `${count(strange.length)} of the ${count(fresh.length)} pods that have series are not in this cluster: ${names(strange)}. Another cluster's requests would be counted as this one's.`,
      remedy:
        'Add a label that only this cluster has to prometheus-matchers, such as cluster=…; accept series-of-unknown-pods where a pod label names something else than the pod.',
    },
  ];
}

/** Fewer requests than this are alike by chance. */
const ENOUGH = 20;
const ALIKE = 0.1;

/** The labels in which series of one and the same counter differ, as one text; nothing where their counts are not alike. */
function twinLabels(rows: readonly Sample[]): readonly string[] {
  const counts = rows.map(({ value }) => value);
  const most = Math.max(...counts);
  if (rows.length < 2 || most < ENOUGH || most - Math.min(...counts) > ALIKE * most) return [];
  const all = new Set(rows.flatMap(({ labels }) => Object.keys(labels)));
  const differing = [...all].filter((name) => new Set(rows.map(({ labels }) => labels[name])).size > 1);
  const [first] = differing.toSorted();
  if (first === undefined) return [];
  return [`${first} is ${names(rows.map(({ labels }) => labels[first] ?? '(absent)').toSorted())}`];
}

function appearTwice(twins: readonly string[]): readonly Finding[] {
  const [first] = twins;
  if (first === undefined) return [];
  return [
    {
      id: 'series-appear-twice',
      severity: 'overridable',
      subject: 'prometheus-matchers',
      message: `Requests are counted more than once: there are series that differ in one label only (${first}).`,
      remedy:
        'Choose one value of it in prometheus-matchers; two replicas behind Thanos want dedup=true in prometheus-params; two jobs that scrape the same pods want one of them removed.',
    },
  ];
}
