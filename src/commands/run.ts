// What does a command need to run? Everything main.ts has made: typed wishes and the world.
import type { Config } from '../config/config.ts';
import type { Scrapes } from '../phases/measure-scrapes.ts';
import type { NeedsScope } from '../plan/needs.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { RunContext } from '../ports/edge.ts';
import type { JournalPort } from '../ports/journal.ts';
import type { LeasePort } from '../ports/lease.ts';
import type { MarkPort } from '../ports/mark.ts';
import type { World } from '../ports/world.ts';

export interface PrometheusTimes extends Scrapes {
  /** Its clock minus ours. */
  readonly skewMs: number;
}

export interface Run {
  readonly config: Config;
  /** ms since the epoch: the job has been running since then, however long another run's lease was waited for. */
  readonly startedAtMs: number;
  readonly world: Omit<World, 'intend'>;
  readonly store: JournalPort;
  readonly lease: LeasePort;
  readonly mark: MarkPort;
  readonly context: RunContext;
  /** Told where Prometheus could be measured: for the report. */
  readonly measured: (times: PrometheusTimes) => void;
  /** Where we are a pod ourselves, of whichever cluster. */
  readonly runnerPod?: { readonly namespace: string; readonly name: string };
  /** Where Prometheus is reached through the API server: its Service, with the port. */
  readonly prometheusService?: NonNullable<NeedsScope['prometheus']>;
  /** Where Prometheus runs, as far as its address tells. */
  readonly prometheusNamespace?: string;
}

/** What the command's permissions depend on; the plan's word counts where there is one. */
export const needsScope = ({ config, prometheusService }: Run, plan?: UpgradePlan): NeedsScope => ({
  istioNamespace: plan?.istioNamespace ?? config.frozen.istioNamespace,
  removeSource: plan?.removeSource ?? config.frozen.removeSource,
  ...(prometheusService === undefined ? {} : { prometheus: prometheusService }),
});
