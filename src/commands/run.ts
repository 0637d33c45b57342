// What does a command need to run? Everything main.ts has made: typed wishes and the world.
import type { Config } from '../config/config.ts';
import type { RunContext } from '../ports/edge.ts';
import type { JournalPort } from '../ports/journal.ts';
import type { LeasePort } from '../ports/lease.ts';
import type { World } from '../ports/world.ts';

export interface Run {
  readonly config: Config;
  readonly world: Omit<World, 'intend'>;
  readonly store: JournalPort;
  readonly lease: LeasePort;
  readonly context: RunContext;
  /** Known when Prometheus is reached through the API server. */
  readonly prometheusNamespace?: string;
}
