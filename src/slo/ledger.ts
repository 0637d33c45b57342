// What has been counted so far? Ticks in, sums out: one entry for each (subject, signal). Judges nothing.
import type { GateSettings } from '../config/config.ts';
import { type Past, badBefore, worseThan } from './comparison.ts';
import { type Counts, NO_COUNTS, plus, ratioOf } from './counts.ts';
import { poissonAtMost } from './evidence.ts';
import { limitFor } from './limits.ts';
import { type ObjectiveState, objectiveState, type Reading } from './objectives.ts';
import { isProven, openProof, type Proof, proofAfter } from './proof.ts';
import { QUIET_MS } from './queries.ts';
import type { Signal } from './verdict.ts';

/** The risk of a false alarm, for the whole batch and all looks together. */
export const ALPHA = 0.01;

export interface Rules {
  readonly settings: GateSettings;
  readonly subjects: readonly string[];
  readonly signals: readonly Signal[];
  readonly unmoved: readonly string[];
  readonly scrapeIntervalMs: number;
  readonly lagMs: number;
}
/** The batch's alpha divided by everything that could raise an alarm. */
export function alphaOf({ settings, subjects, signals }: Rules): number {
  const hard = settings.objectives.filter((objective) => objective.hard).length;
  return ALPHA / Math.max(subjects.length * signals.length + hard, 1);
}
/** So many ticks are of late. */
const NEWEST_TICKS = 4;
/** Scrapes of a second or two jitter by more than two intervals where machines are busy. */
const JITTER_MS = 5_000;
/** A sample older than this says nothing about now: the lag and two scrapes. */
export const staleAfterMs = ({ lagMs, scrapeIntervalMs }: Pick<Rules, 'lagMs' | 'scrapeIntervalMs'>): number =>
  lagMs + Math.max(2 * scrapeIntervalMs, JITTER_MS);

/** One look at Prometheus. Times are Prometheus' own. */
export type Tick =
  | {
      readonly kind: 'counted';
      /** Requests are those of (fromMs, toMs]; a first look has fromMs = toMs and counts nothing. */
      readonly fromMs: number;
      readonly toMs: number;
      readonly newestMs: number;
      readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
      readonly unmoved: ReadonlyMap<string, Counts>;
      readonly readings: ReadonlyMap<string, Reading>;
      readonly unusable: number;
    }
  /** No newer sample than at the last look, and none too old. */
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'stale' | 'unreachable' | 'misconfigured'; readonly atMs: number; readonly reason: string };

export interface Unit {
  readonly subject: string;
  readonly signal: Signal;
  readonly limit: number;
  /** In the subject's window. */
  readonly counts: Counts;
  /** In the newest tick of it. */
  readonly last: Counts;
  /** A proxy reported in the newest tick, if only zeros. */
  readonly reporting: boolean;
  readonly proof: Proof;
  /** The evidence stands at the newest tick. */
  readonly proven: boolean;
  /** Successive samples at which there was far too little traffic. */
  readonly lost: number;
}
export interface Window {
  /** When the subject's window may begin, and (once a tick began after that) where it did. */
  readonly dueMs: number;
  readonly startMs?: number;
  readonly samples: number;
}
export interface Ledger {
  readonly units: readonly Unit[];
  readonly windows: ReadonlyMap<string, Window>;
  readonly unmoved: ReadonlyMap<string, Counts>;
  /** The same in each of the newest ticks. */
  readonly newestUnmoved: readonly ReadonlyMap<string, Counts>[];
  /** Counted before the subjects' windows: the restart itself. */
  readonly restart: Counts;
  readonly objectives: ReadonlyMap<string, ObjectiveRecord>;
  readonly newestMs?: number;
  readonly toMs?: number;
  readonly unusable: number;
  /** Since when, and how many looks in a row, nothing could be measured. */
  readonly trouble?: Trouble;
}
export interface Trouble {
  readonly kind: 'blind' | 'misconfigured';
  readonly sinceMs: number;
  readonly looks: number;
  readonly reason: string;
}
export interface ObjectiveRecord {
  readonly state: ObjectiveState;
  /** Successive samples at which it was breached. */
  readonly standing: number;
  readonly reading: Reading | undefined;
}

export function openLedger({ subjects, signals, settings }: Rules): Ledger {
  const units = subjects.flatMap((subject) =>
    signals.map((signal): Unit => emptyUnit(subject, signal, limitFor(settings.maxErrorRate, subject))),
  );
  return {
    units,
    windows: new Map(),
    unmoved: new Map(),
    newestUnmoved: [],
    restart: NO_COUNTS,
    objectives: new Map(),
    unusable: 0,
  };
}

const emptyUnit = (subject: string, signal: Signal, limit: number): Unit => ({
  subject,
  signal,
  limit,
  counts: NO_COUNTS,
  last: NO_COUNTS,
  reporting: false,
  proof: openProof(limit),
  proven: false,
  lost: 0,
});

/** The error ratio this unit must be proven to exceed: its limit, or, where the hour before breaches that, clearly more than before. */
export function thresholdOf({ subject, signal, limit }: Unit, past: Past, compare: GateSettings['compare']): number {
  const before = past.hour.get(signal)?.get(subject);
  return compare !== 'off' && before !== undefined && badBefore(before, limit) ? worseThan(ratioOf(before)) : limit;
}

/** By what its counts are divided for its bounds: requests that fail together are fewer than they seem. At least 1. */
export const burstsOf = ({ signal, subject }: Pick<Unit, 'signal' | 'subject'>, past: Past): number =>
  past.bursts.get(signal)?.get(subject) ?? 1;

/** The ledger after one more look. `due` says from when each subject that has opened may be counted; a later time restarts its window. */
export function observe(
  ledger: Ledger,
  tick: Tick,
  due: ReadonlyMap<string, number>,
  rules: Rules,
  past: Past,
): Ledger {
  if (tick.kind === 'nothing-new') return ledger;
  if (tick.kind !== 'counted') return { ...ledger, trouble: troubled(ledger.trouble, tick) };
  const windows = nextWindows(ledger.windows, tick, due);
  const alpha = alphaOf(rules);
  const units = ledger.units.map((unit) => nextUnit(unit, tick, windows, ledger.windows, rules, past, alpha));
  const counting = [...windows.values()].some((window) => window.startMs !== undefined);
  const { trouble: _, ...rest } = ledger;
  return {
    ...rest,
    units,
    windows,
    unmoved: counting ? merged(ledger.unmoved, tick.unmoved) : ledger.unmoved,
    newestUnmoved: [...ledger.newestUnmoved, tick.unmoved].slice(-NEWEST_TICKS),
    restart: restartCounts(ledger.restart, tick, windows, rules),
    objectives: counting ? nextObjectives(ledger, tick, rules, alpha) : ledger.objectives,
    newestMs: tick.newestMs,
    toMs: tick.toMs,
    unusable: ledger.unusable + tick.unusable,
  };
}

type Counted = Extract<Tick, { kind: 'counted' }>;

type Failed = Exclude<Tick, { kind: 'counted' | 'nothing-new' }>;

function troubled(before: Trouble | undefined, tick: Failed): Trouble {
  const kind = tick.kind === 'misconfigured' ? 'misconfigured' : 'blind';
  if (before?.kind !== kind) return { kind, sinceMs: before?.sinceMs ?? tick.atMs, looks: 1, reason: tick.reason };
  return { ...before, looks: before.looks + 1, reason: tick.reason };
}

function nextWindows(
  windows: ReadonlyMap<string, Window>,
  { fromMs, toMs }: Counted,
  due: ReadonlyMap<string, number>,
): ReadonlyMap<string, Window> {
  const next = new Map<string, Window>();
  for (const [subject, dueMs] of due) {
    const known = windows.get(subject);
    const window = known !== undefined && known.dueMs >= dueMs ? known : { dueMs, samples: 0 };
    const begins = window.startMs ?? (fromMs >= window.dueMs && toMs > fromMs ? fromMs : undefined);
    next.set(subject, begins === undefined ? window : { ...window, startMs: begins, samples: window.samples + 1 });
  }
  return next;
}

function nextUnit(
  unit: Unit,
  tick: Counted,
  windows: ReadonlyMap<string, Window>,
  windowsBefore: ReadonlyMap<string, Window>,
  rules: Rules,
  past: Past,
  alpha: number,
): Unit {
  const window = windows.get(unit.subject);
  if (window?.startMs === undefined) return emptyUnit(unit.subject, unit.signal, unit.limit);
  const restarted = windowsBefore.get(unit.subject)?.startMs !== window.startMs;
  const found = tick.counts.get(unit.signal)?.get(unit.subject);
  const last = found ?? NO_COUNTS;
  const counts = restarted ? last : plus(unit.counts, last);
  const before = restarted ? emptyUnit(unit.subject, unit.signal, unit.limit) : unit;
  const proof = proofAfter(before.proof, last, thresholdOf(unit, past, rules.settings.compare));
  return {
    ...unit,
    counts,
    last,
    reporting: found !== undefined,
    proof,
    proven: isProven(proof, alpha, past.bursts.get(unit.signal)?.get(unit.subject)),
    lost: isLost(unit, counts, tick.toMs - window.startMs, past, alpha) ? before.lost + 1 : 0,
  };
}

/** Less than half of what the quietest five minutes of the hour before promise, and too little for chance. */
function isLost({ subject, signal }: Unit, counts: Counts, windowMs: number, past: Past, alpha: number): boolean {
  const quietest = past.quietest.get(signal)?.get(subject) ?? 0;
  const expected = (quietest * windowMs) / QUIET_MS;
  return counts.requests < expected / 2 && poissonAtMost(counts.requests, expected) <= alpha;
}

function merged(into: ReadonlyMap<string, Counts>, more: ReadonlyMap<string, Counts>): ReadonlyMap<string, Counts> {
  const sum = new Map(into);
  for (const [name, counts] of more) sum.set(name, plus(sum.get(name) ?? NO_COUNTS, counts));
  return sum;
}

function restartCounts(
  before: Counts,
  tick: Counted,
  windows: ReadonlyMap<string, Window>,
  { signals }: Rules,
): Counts {
  const inbound = signals.includes('gateway') ? 'gateway' : 'client';
  let sum = before;
  for (const [subject, counts] of tick.counts.get(inbound) ?? [])
    if (windows.get(subject)?.startMs === undefined) sum = plus(sum, counts);
  return sum;
}

function nextObjectives(ledger: Ledger, tick: Counted, { settings }: Rules, alpha: number): Ledger['objectives'] {
  return new Map(
    settings.objectives.map((objective) => {
      const reading = tick.readings.get(objective.name);
      const state = objectiveState(objective, reading, alpha);
      const standing = state === 'breached' ? (ledger.objectives.get(objective.name)?.standing ?? 0) + 1 : 0;
      return [objective.name, { state, standing, reading }];
    }),
  );
}
