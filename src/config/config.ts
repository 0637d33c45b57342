// What has the user asked for? The typed form of the inputs (README.md, "Inputs"); made by `parseConfig`, never edited.
import type { Finding } from '../mesh/finding.ts';
import type { Revision, Tag } from '../mesh/names.ts';
import type { FrozenInput } from './inputs.ts';

export const COMMANDS = ['plan', 'upgrade', 'start', 'promote', 'rollback', 'complete', 'status'] as const;
export type Command = (typeof COMMANDS)[number];
export type Strategy = 'tag' | 'relabel';

/** Chooses namespaces: by name or glob (`*`, `?`), or by one label. */
export type NamespaceSelector =
  | { readonly kind: 'glob'; readonly pattern: string }
  | { readonly kind: 'label'; readonly key: string; readonly value: string };

/** One line of `batches`: what it takes from the namespaces that are left. */
export type BatchRule =
  | { readonly kind: 'select'; readonly selectors: readonly NamespaceSelector[] }
  | { readonly kind: 'count'; readonly count: number }
  /** Share of all namespaces, 0–1; rounded up. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'rest' }
  | { readonly kind: 'rest-by-count'; readonly count: number }
  | { readonly kind: 'rest-by-share'; readonly share: number };

export type Install =
  | { readonly kind: 'none' }
  | { readonly kind: 'manifest'; readonly path: string }
  | { readonly kind: 'istioctl'; readonly args: readonly string[] }
  | { readonly kind: 'helm'; readonly args: readonly string[] };

export type GatewayChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'listed'; readonly gateways: readonly { readonly namespace: string; readonly name: string }[] };

/** One more label matcher for every selector; `value` is unescaped. */
export interface LabelMatcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** Limit on the share of failed requests, 0–1; the first exception whose glob matches the namespace wins. */
export interface ErrorRateLimits {
  readonly limit: number;
  readonly exceptions: readonly { readonly pattern: string; readonly limit: number }[];
}

/** A user's own objective: a ratio of two counts or a scalar with a limit. */
export interface Objective {
  readonly name: string;
  readonly hard: boolean;
  readonly measure:
    | { readonly kind: 'ratio'; readonly errors: string; readonly total: string; readonly limit: number }
    | { readonly kind: 'scalar'; readonly query: string; readonly max: number };
}

export interface GateSettings {
  readonly matchers: readonly LabelMatcher[];
  readonly maxErrorRate: ErrorRateLimits;
  /** Statuses of gRPC that are failures, as the metrics have them. Absent in journals of older versions: the default. */
  readonly grpcErrors?: readonly string[];
  readonly objectives: readonly Objective[];
  readonly evidence: 'not-disproved' | 'proved';
  readonly bakeMs: number;
  readonly maxBakeMs: number;
  /** Absent: the larger of 15 s and the measured scrape interval. */
  readonly intervalMs?: number;
  readonly minRequests: number;
  readonly onNoTraffic: 'hold' | 'pass';
  readonly compare: 'on' | 'warn' | 'off';
}

/** By which the user chooses what is moved, and in which order. */
export interface Choice {
  /** Absent: all that follow the tag or the source. */
  readonly namespaces?: readonly NamespaceSelector[];
  readonly excludeNamespaces: readonly NamespaceSelector[];
  readonly batches: readonly BatchRule[];
  readonly gateways: GatewayChoice;
}

/** The inputs marked F: part of the plan and its hash; after `start` the journal's values count. */
export interface FrozenConfig extends Choice {
  readonly istioNamespace: string;
  /** Absent only where the command does not need it. */
  readonly targetRevision?: Revision;
  /** Absent: what the tag points to. */
  readonly sourceRevision?: Revision;
  readonly tag: Tag;
  readonly strategy: Strategy;
  readonly pinWaiting: boolean;
  readonly install: Install;
  readonly gate: GateSettings;
  readonly onFail: 'rollback' | 'rollback-batch' | 'hold';
  readonly soakMs: number;
  readonly removeSource: 'auto' | 'keep' | 'verify';
}

export interface PrometheusAccess {
  readonly url: string;
  /** Secret. */
  readonly token?: string;
  /** Values are secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM text or a path. */
  readonly ca?: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The inputs that may differ from run to run. */
export interface RunConfig {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly expectCluster?: string;
  readonly batch: 'next' | number;
  readonly rolloutTimeoutMs: number;
  readonly maxRestarting: number;
  readonly prometheus?: PrometheusAccess;
  /** Absent: no limit of ours. */
  readonly maxDurationMs?: number;
  readonly lockWaitMs: number;
  /** How far back `plan` looks; whole hours. */
  readonly rehearseMs: number;
  readonly planHash?: string;
  readonly accept: readonly string[];
  readonly acceptHold?: string;
}

export interface Config {
  readonly command: Command;
  readonly frozen: FrozenConfig;
  readonly run: RunConfig;
  /** Names of the frozen inputs the user set explicitly: after `start` a set one that differs is refused. */
  readonly frozenSet: readonly FrozenInput[];
  /** What is wrong with inputs that this command can do without: a rollback is not refused for them. */
  readonly ignored?: readonly Finding[];
}
