// Which settings of this run do the phases need? Those that may differ from run to run.

export interface RunSettings {
  readonly rolloutTimeoutMs: number;
  readonly maxRestarting: number;
  /** A HOLD with this reason code is passed, recorded with `actor`. */
  readonly acceptHold?: string;
  readonly actor: string;
  /** Gateways and namespaces that were over their limit when this run began, as people accepted. */
  readonly overBefore?: readonly string[];
}
