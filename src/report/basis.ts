// What is a report made from? The ending, and the facts of the run that brought it about.
import type { Command } from '../config/config.ts';
import type { Ending } from '../plan/ending.ts';

export interface RunFacts {
  readonly command: Command;
  /** Of this tool. */
  readonly version: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly actor: string;
  /** Empty outside a CI system. */
  readonly url: string;
  readonly attempt: number;
  readonly job: string;
  /** As `ClusterPort.identity` says it; absent when the cluster was not reached. */
  readonly cluster?: {
    readonly server: string;
    readonly context: string;
    readonly user: string;
    readonly version: string;
  };
  readonly prometheus?: PrometheusFacts;
  /** For the worst time of the next batch. */
  readonly pace?: { readonly rolloutTimeoutMs: number; readonly maxRestarting: number };
}

export interface PrometheusFacts {
  /** Without credentials. */
  readonly address: string;
  readonly scrapeIntervalMs?: number;
  /** Age of the newest sample when measured. */
  readonly lagMs?: number;
  /** Prometheus' clock minus ours. */
  readonly skewMs?: number;
}

export interface ReportBasis {
  readonly ending: Ending;
  readonly run: RunFacts;
}

/** The plan that the ending speaks of: its own, else the journal's. */
export const planOf = ({ plan, journal }: Ending): Ending['plan'] => plan ?? journal?.plan;
