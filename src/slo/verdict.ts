// What can a gate say, and with which arithmetic? A verdict always carries its operands.

/** Why a verdict is what it is; `ok` only with PASS. */
export type ReasonCode =
  | 'ok'
  | 'no-traffic-accepted'
  | 'error-rate'
  | 'objective'
  | 'traffic-lost'
  | 'routes-lost'
  | 'relapse'
  | 'config-rejected'
  | 'injection-failed'
  | 'proxy-not-ready'
  | 'sidecar-missing'
  | 'wrong-revision'
  | 'inconclusive'
  | 'no-traffic'
  | 'blind'
  | 'telemetry-lost'
  | 'rollout-stuck'
  | 'contested'
  | 'mesh-wide-incident'
  | 'misconfigured'
  | 'out-of-time'
  | 'credentials-expired'
  | 'credentials-expiring'
  | 'forbidden'
  | 'write-refused'
  | 'pre-empted'
  | 'interrupted';

/** The side from which requests are counted (docs/gate.md, "What is measured"). */
export type Signal = 'client' | 'server' | 'outbound' | 'gateway' | 'tcp';

/** One (subject, signal): a namespace of the batch, or a gateway `namespace/name`. */
export interface UnitVerdict {
  readonly subject: string;
  readonly signal: Signal;
  readonly requests: number;
  readonly errors: number;
  /** Limit on errors/requests, 0–1. */
  readonly limit: number;
  /** The error ratio is at least this, 0–1, at confidence 1 − alpha. */
  readonly atLeast: number;
  /** The error ratio is at most this, 0–1, at confidence 1 − alpha. */
  readonly atMost: number;
  readonly state: 'pass' | 'fail' | 'over-limit-unproved' | 'thin' | 'no-data';
  /** Same unit in the hour before, where it was measured. */
  readonly before?: { readonly requests: number; readonly errors: number };
  /** Failures by cause in Envoy's words, such as `503 UH`. */
  readonly causes?: Readonly<Record<string, number>>;
  /** Its error ratio look by look, oldest first, as a line of blocks; only where something failed. */
  readonly trend?: string;
  /** The unit's judgement as a sentence for people. */
  readonly sentence: string;
}

export interface Verdict {
  readonly kind: 'PASS' | 'FAIL' | 'HOLD';
  readonly reasonCode: ReasonCode;
  /** One plain sentence with numbers. */
  readonly reason: string;
  /** Worst first. */
  readonly units: readonly UnitVerdict[];
  /** Pooled inbound traffic, each request once. */
  readonly requests: number;
  readonly errors: number;
  /** Subjects whose traffic could prove nothing. */
  readonly unproved: readonly string[];
  readonly warnings: readonly string[];
  /** ms since the epoch. */
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Age of the newest sample when judged, in ms; absent without any. */
  readonly dataAgeMs?: number;
  /** The queries to paste, with absolute times; first the one that the reason rests on. */
  readonly queries: readonly string[];
}
