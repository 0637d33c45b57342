// A ledger of two namespaces in the middle of their bake, changed by name. For what is judged without any look being played.
import type { GateSettings } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { type Ledger, openLedger } from '../../src/slo/ledger.ts';
import { openProof, type Proof, proofAfter } from '../../src/slo/proof.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { counts, STEP_MS, T0 } from './gate-play.ts';
import { settingsWith } from './gate-settings.ts';

export const MINUTE = 60_000;
export const rulesWith = (settings: Partial<GateSettings> = {}, more: Partial<Rules> = {}): Rules => ({
  settings: settingsWith(settings),
  subjects: ['a', 'b'],
  signals: ['client'],
  unmoved: [],
  scrapeIntervalMs: STEP_MS,
  lagMs: 3_000,
  ...more,
});
export const RULES = rulesWith();
export const open = (samples: number, startMs = T0) => ({ dueMs: T0, startMs, samples });
export const CLOSED = { dueMs: T0, samples: 0 };
export const unit = (subject: string, requests: number, errors = 0, more: Partial<Unit> = {}): Unit => ({
  ...emptyUnit(subject, 'client', 0.01),
  counts: counts(requests, errors),
  ...more,
});
export const GOOD = [unit('a', 1_000), unit('b', 1_000)];
/** Five minutes of `a` and `b`, looked at just now. */
export const ledgerWith = (more: Partial<Ledger> = {}): Ledger => ({
  ...openLedger(RULES),
  units: GOOD,
  windows: new Map([
    ['a', open(20)],
    ['b', open(20)],
  ]),
  toMs: T0 + 5 * MINUTE,
  newestMs: T0 + 5 * MINUTE,
  ...more,
});
export const NOW = { nowMs: T0 + 5 * MINUTE, rolloutOver: true };
export const BLIND = { kind: 'blind', sinceMs: T0, looks: 1, reason: 'HTTP 503' } as const;
export const provenBy = (samples: number): Proof =>
  Array.from({ length: samples }).reduce<Proof>(
    (proof) => proofAfter(proof, { requests: 100, errors: 50 }, 0.01),
    openProof(0.01),
  );
export const hour = (signal: Signal, found: Readonly<Record<string, Partial<Counts>>>): Past => ({
  ...NO_PAST,
  hour: new Map([[signal, new Map(Object.entries(found).map(([name, each]) => [name, { ...NO_COUNTS, ...each }]))]]),
});
