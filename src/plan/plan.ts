// What will be done, in which order? Decided once from a snapshot and the config; frozen by `start`; hashed.
import type { Choice, GateSettings, Install, Strategy } from '../config/config.ts';
import type { Revision, Tag } from '../mesh/names.ts';
import type { WorkloadRef } from '../mesh/snapshot.ts';

/** How one namespace asks for injection, and so how it is moved (docs/how-it-works.md, "Two strategies"). */
export type MoveKind =
  /** Follows the tag by label (`istio-injection=enabled` or `istio.io/rev=<tag>`). */
  | 'follows-tag'
  /** `istio.io/rev=<source>`: like for like. */
  | 'pinned-to-source'
  /** No label; pod templates ask for the tag. Never pinned. */
  | 'by-template';

export interface PlannedNamespace {
  readonly name: string;
  readonly move: MoveKind;
  /** The injection labels as found, `null` for absent: what `complete` and rollback restore. */
  readonly original: InjectionLabels;
  /** Injected pods when planned: for ordering and people, not part of the hash. */
  readonly pods: number;
  readonly workloads: number;
}
/** Values of `istio-injection` and `istio.io/rev` on a namespace. */
export interface InjectionLabels {
  readonly injection: string | null;
  readonly rev: string | null;
}

export interface PlannedBatch {
  /** From 1. */
  readonly number: number;
  readonly namespaces: readonly PlannedNamespace[];
}

export type PlannedGateway =
  /** Pinned to the tag (or to injection by default): rolls by a restart after the tag has moved. */
  | { readonly kind: 'restart'; readonly workload: WorkloadRef }
  /** Pinned to the source, or `relabel`: the template label moves it. */
  | { readonly kind: 'template-label'; readonly workload: WorkloadRef; readonly from: string | null }
  /** A Gateway API gateway that rolls by itself when `movedBy` happens. */
  | {
      readonly kind: 'gateway-api';
      readonly namespace: string;
      readonly name: string;
      readonly movedBy: 'tag' | 'namespace-label' | 'own-label';
      readonly from: string | null;
    };

export interface UpgradePlan {
  readonly clusterUid: string;
  readonly istioNamespace: string;
  readonly source: Revision;
  readonly target: Revision;
  readonly sourceVersion?: string;
  readonly tag: Tag;
  readonly strategy: Strategy;
  readonly pinWaiting: boolean;
  readonly install: Install;
  /** The inputs that chose what follows: a namespace that is created later is judged by them too. */
  readonly choice: Choice;
  readonly batches: readonly PlannedBatch[];
  readonly gateways: readonly PlannedGateway[];
  /** Namespaces that hold gateways and nothing else: they move in phase 4, with their gateways. */
  readonly gatewayNamespaces: readonly PlannedNamespace[];
  /**
   * Namespaces that follow the tag but are excluded, or whose gateways are not chosen: pinned to the source under `tag`
   * with `pin-waiting`.
   */
  readonly excluded: readonly PlannedNamespace[];
  /** What is seen and left alone, as sentences. */
  readonly leftAlone: readonly string[];
  readonly gate: GateSettings;
  readonly onFail: 'rollback' | 'rollback-batch' | 'hold';
  readonly soakMs: number;
  readonly removeSource: 'auto' | 'keep' | 'verify';
  /** The attempt that was over before this plan was made: what was approved for it is not approved again. */
  readonly after?: string;
  /** Identifies every decision above but counts; 12 hex digits. */
  readonly hash: string;
}
