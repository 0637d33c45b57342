// What has been counted so far? Ticks in, sums out: one entry for each (subject, signal). Judges nothing.
import type { GateSettings } from '../config/config.ts';
import type { Past } from './comparison.ts';
import { type Counts, NO_COUNTS, plus } from './counts.ts';
import {
  addIstiods,
  type ControlPlanes,
  ISTIOD_FAULTS,
  type IstiodFault,
  type Istiods,
  istiodState,
  NO_ISTIODS,
} from './istiod.ts';
import { limitFor } from './limits.ts';
import { type ObjectiveState, objectiveState, type Reading } from './objectives.ts';
import { type Trouble, troubled } from './trouble.ts';
import { emptyUnit, hasRoutes, nextUnit, type Seen, type Unit } from './unit.ts';
import type { Signal } from './verdict.ts';
import { nextWatch, openWatch, type WatchedUnit } from './watch-list.ts';

/** The risk of a false alarm, for the whole batch and all looks together. */
export const ALPHA = 0.01;

export interface Rules {
  readonly settings: GateSettings;
  readonly subjects: readonly string[];
  /** How many subjects the risk was divided among, where some are gone since: no later look may raise it. */
  readonly among?: number;
  readonly signals: readonly Signal[];
  readonly unmoved: readonly string[];
  /** Namespaces that passed earlier (in a soak: all) and stay under watch. */
  readonly watched?: readonly string[];
  /**
   * Subjects of which people know that they were over their limit before, or whose hour before is from before the upgrade: where they
   * were, it is enough for a PASS that they are no worse.
   */
  readonly overBefore?: readonly string[];
  /** Absent where no istiod is to be compared with another. */
  readonly controlPlanes?: ControlPlanes;
  readonly scrapeIntervalMs: number;
  readonly lagMs: number;
}
/** Of that risk, the share of what is not a failed request: connections, routes, istiod. They are seldom the first to tell. */
const BESIDE = 0.1;
/** The batch's alpha divided by everything that could raise an alarm over failed requests. */
export function alphaOf({
  settings,
  subjects,
  among = subjects.length,
  signals,
}: Pick<Rules, 'settings' | 'subjects' | 'among' | 'signals'>): number {
  const hard = settings.objectives.filter((objective) => objective.hard).length;
  const units = among * signals.filter((signal) => signal !== 'tcp').length;
  return ((1 - BESIDE) * ALPHA) / Math.max(units + hard, 1);
}
/** The rest of it, divided by everything beside. */
export function alphaBeside({
  subjects,
  among = subjects.length,
  signals,
}: Pick<Rules, 'subjects' | 'among' | 'signals'>): number {
  const each = signals.filter((signal) => signal === 'tcp' || hasRoutes(signal)).length;
  return (BESIDE * ALPHA) / Math.max(among * each + ISTIOD_FAULTS.length, 1);
}
export const alphaOfUnit = ({ signal }: Pick<Unit, 'signal'>, rules: Rules): number =>
  signal === 'tcp' ? alphaBeside(rules) : alphaOf(rules);
/** So many ticks are of late. */
const NEWEST_TICKS = 4;
/** Scrapes of a second or two jitter by more than two intervals where machines are busy. */
const JITTER_MS = 5_000;
/** In so long every proxy that is scraped has been scraped, also where Prometheus has only just begun. */
export const allScrapedMs = ({ scrapeIntervalMs }: Pick<Rules, 'scrapeIntervalMs'>): number =>
  Math.max(2 * scrapeIntervalMs, JITTER_MS);
/** A sample older than this says nothing about now: the lag and two scrapes. */
export const staleAfterMs = (rules: Pick<Rules, 'lagMs' | 'scrapeIntervalMs'>): number =>
  rules.lagMs + allScrapedMs(rules);

/** One look at Prometheus. Times are Prometheus' own. */
export type Tick =
  | {
      readonly kind: 'counted';
      /** Requests are those of (fromMs, toMs]; a first look has fromMs = toMs and counts nothing. */
      readonly fromMs: number;
      readonly toMs: number;
      readonly newestMs: number;
      readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
      /** Of the client side, what callers outside of the batch sent; absent: not told apart. */
      readonly fromOthers?: ReadonlyMap<string, Counts>;
      readonly unmoved: ReadonlyMap<string, Counts>;
      readonly readings: ReadonlyMap<string, Reading>;
      readonly istiods?: Istiods;
      readonly unusable: number;
    }
  /** No newer sample than at the last look, and none too old. */
  | { readonly kind: 'nothing-new' }
  /** Nothing is known of the time before the tick: its counters are as old as their proxies. Counting goes on from its end. */
  | {
      readonly kind: 'nothing-before';
      readonly atMs: number;
      readonly toMs: number;
      readonly newestMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'stale' | 'unreachable' | 'misconfigured'; readonly atMs: number; readonly reason: string };

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
  readonly watch: readonly WatchedUnit[];
  /** Since the gate's first look: proxies refuse configuration when they connect, which is during the restart. */
  readonly istiods: Istiods;
  /** Successive samples at which the target's istiod did worse than the source's. */
  readonly istiodStanding: Readonly<Record<IstiodFault, number>>;
  readonly newestMs?: number;
  readonly toMs?: number;
  /** When the first look was. */
  readonly sinceMs?: number;
  readonly unusable: number;
  /** Of the time since the first look, so much was counted by nobody. */
  readonly uncountedMs: number;
  /** Since when, and how many looks in a row, nothing could be measured. */
  readonly trouble?: Trouble;
}
export interface ObjectiveRecord {
  readonly state: ObjectiveState;
  /** Successive samples at which it was breached. */
  readonly standing: number;
  readonly reading: Reading | undefined;
}

export function openLedger(rules: Rules): Ledger {
  const { subjects, signals, settings } = rules;
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
    watch: openWatch(rules),
    istiods: NO_ISTIODS,
    istiodStanding: { rejects: 0, failures: 0 },
    unusable: 0,
    uncountedMs: 0,
  };
}

/** The ledger after one more look. `due` says from when each subject that has opened may be counted; a later time restarts its window. */
export function observe(
  ledger: Ledger,
  tick: Tick,
  due: ReadonlyMap<string, number>,
  rules: Rules,
  past: Past,
): Ledger {
  if (tick.kind === 'nothing-new') return ledger;
  if (tick.kind === 'nothing-before') return uncounted(ledger, tick);
  if (tick.kind !== 'counted') return { ...ledger, trouble: troubled(ledger.trouble, tick) };
  const windows = nextWindows(ledger.windows, tick, due);
  const alpha = alphaOf(rules);
  const beside = alphaBeside(rules);
  const units = ledger.units.map((unit) => {
    const looked = seen(unit, tick, windows, ledger.windows);
    if (looked === undefined) return emptyUnit(unit.subject, unit.signal, unit.limit);
    const alphas = { errors: unit.signal === 'tcp' ? beside : alpha, routes: beside };
    return nextUnit(unit, looked, past, rules.settings.compare, alphas);
  });
  const counting = [...windows.values()].some((window) => window.startMs !== undefined);
  // An objective covers the whole batch: one read while some of it restarts would be breached by the restart.
  const allOpen = rules.subjects.every((subject) => windows.get(subject)?.startMs !== undefined);
  const istiods = addIstiods(ledger.istiods, tick.istiods ?? NO_ISTIODS);
  const standing = (fault: IstiodFault): number =>
    istiodState(fault, istiods, past.istiods?.source, beside) === 'worse' ? ledger.istiodStanding[fault] + 1 : 0;
  const { trouble: _, ...rest } = ledger;
  return {
    ...rest,
    units,
    windows,
    unmoved: counting ? merged(ledger.unmoved, tick.unmoved) : ledger.unmoved,
    newestUnmoved: [...ledger.newestUnmoved, tick.unmoved].slice(-NEWEST_TICKS),
    restart: restartCounts(ledger.restart, tick, windows, rules),
    objectives: allOpen ? nextObjectives(ledger, tick, rules, alpha) : new Map(),
    watch: nextWatch(ledger.watch, tick, rules, past),
    istiods,
    istiodStanding: { rejects: standing('rejects'), failures: standing('failures') },
    newestMs: tick.newestMs,
    toMs: tick.toMs,
    sinceMs: ledger.sinceMs ?? tick.fromMs,
    unusable: ledger.unusable + tick.unusable,
  };
}

/** Windows are as long as what was counted in them: no bake is over, and no traffic lost, by what nobody saw. */
function uncounted(ledger: Ledger, tick: Extract<Tick, { kind: 'nothing-before' }>): Ledger {
  const { toMs, newestMs } = tick;
  const missedMs = toMs - (ledger.toMs ?? toMs);
  const shifted = [...ledger.windows].map(
    ([subject, window]) =>
      [subject, window.startMs === undefined ? window : { ...window, startMs: window.startMs + missedMs }] as const,
  );
  return {
    ...ledger,
    windows: new Map(shifted),
    newestMs,
    toMs,
    uncountedMs: ledger.uncountedMs + missedMs,
    trouble: troubled(ledger.trouble, { ...tick, kind: 'stale' }),
  };
}

type Counted = Extract<Tick, { kind: 'counted' }>;

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

function seen(
  unit: Unit,
  tick: Counted,
  windows: ReadonlyMap<string, Window>,
  windowsBefore: ReadonlyMap<string, Window>,
): Seen | undefined {
  const startMs = windows.get(unit.subject)?.startMs;
  if (startMs === undefined) return undefined;
  return {
    found: tick.counts.get(unit.signal)?.get(unit.subject),
    fromOthers: unit.signal === 'client' ? tick.fromOthers?.get(unit.subject)?.requests : undefined,
    windowMs: tick.toMs - startMs,
    restarted: windowsBefore.get(unit.subject)?.startMs !== startMs,
  };
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
  { signals, subjects }: Rules,
): Counts {
  const found = tick.counts.get(signals.includes('gateway') ? 'gateway' : 'client');
  const restarting = subjects.filter((subject) => windows.get(subject)?.startMs === undefined);
  return restarting.reduce((sum, subject) => plus(sum, found?.get(subject) ?? NO_COUNTS), before);
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
