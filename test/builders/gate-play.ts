// The judge on counts alone, tick by tick: no queries, no phases. For laws that must hold whatever is counted.
import type { GateSettings } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { type Judgement, judge } from '../../src/slo/judge.ts';
import { observe, openLedger } from '../../src/slo/ledger.ts';
import type { Rules } from '../../src/slo/rules.ts';
import type { Counted } from '../../src/slo/tick.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { settingsWith } from './gate-settings.ts';

export const T0 = 1_000_000_000;
export const STEP_MS = 15_000;

export const counts = (requests: number, errors: number): Counts => ({ ...NO_COUNTS, requests, errors });

/** A look of one step from T0 on that found nothing. */
export const aTick = (over: Partial<Counted> = {}): Counted => ({
  kind: 'counted',
  fromMs: T0,
  toMs: T0 + STEP_MS,
  newestMs: T0 + STEP_MS,
  counts: new Map(),
  unmoved: new Map(),
  readings: new Map(),
  unusable: 0,
  ...over,
});

/** What callers counted in one tick, by namespace. */
export type Seen = ReadonlyMap<string, Counts>;

export interface Play {
  readonly ticks: readonly Seen[];
  readonly subjects: readonly string[];
  readonly settings?: Partial<GateSettings>;
  readonly rules?: Partial<Rules>;
  readonly past?: Past;
  readonly signal?: Signal;
  /** Namespaces not moved yet, tick by tick. */
  readonly unmoved?: readonly Seen[];
}

/** Judged after every tick, until there is a verdict or nothing more to see. */
export function play({
  ticks,
  subjects,
  settings = {},
  rules = {},
  past,
  signal = 'client',
  unmoved = [],
}: Play): Judgement {
  const law: Rules = {
    settings: settingsWith(settings),
    subjects,
    signals: BATCH_SIGNALS,
    unmoved: [],
    scrapeIntervalMs: STEP_MS,
    lagMs: 0,
    ...rules,
  };
  const known = past ?? { ...NO_PAST, complete: true };
  const due = new Map(subjects.map((subject) => [subject, T0]));
  let ledger = openLedger(law);
  let judgement: Judgement = { kind: 'continue', needs: [], worst: undefined };
  for (const [index, seen] of ticks.entries()) {
    const toMs = T0 + (index + 1) * STEP_MS;
    const tick = aTick({
      fromMs: toMs - STEP_MS,
      toMs,
      newestMs: toMs,
      counts: new Map([[signal, seen]]),
      unmoved: unmoved[index] ?? new Map(),
    });
    ledger = observe(ledger, tick, due, law, known);
    judgement = judge(ledger, law, known, { nowMs: toMs, rolloutOver: true });
    if (judgement.kind === 'verdict') break;
  }
  return judgement;
}

/** PASS, FAIL, HOLD or continue. */
export const kindOf = (judgement: Judgement): string =>
  judgement.kind === 'verdict' ? judgement.verdict.kind : judgement.kind;
