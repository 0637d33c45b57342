// What may a phase touch? Exactly this.
import type { ClockPort } from './clock.ts';
import type { ClusterPort } from './cluster.ts';
import type { InstallerPort } from './installer.ts';
import type { LogPort } from './log.ts';
import type { PrometheusPort } from './prometheus.ts';

export interface World {
  readonly cluster: ClusterPort;
  readonly clock: ClockPort;
  readonly log: LogPort;
  readonly installer: InstallerPort;
  /** Absent only for commands that do not judge. */
  readonly prometheus?: PrometheusPort;
  /** Aborts when the run must stop at its next safe point: a signal, a lost lease, a pre-emption. */
  readonly signal: AbortSignal;
  /**
   * To be awaited before each mutation: journals the intent in words, and throws `LostLease` or `Interrupted`
   * when this run may not write any more.
   */
  intend(what: string): Promise<void>;
}
