// What has been counted so far? Ticks in, sums out: one entry for each (subject, signal). Judges nothing.
import type { Past } from './comparison.ts';
import { type Counts, NO_COUNTS, plus } from './counts.ts';
import { addIstiods, type IstiodFault, type Istiods, istiodState, NO_ISTIODS } from './istiod.ts';
import { limitFor } from './limits.ts';
import { type ObjectiveState, objectiveState, type Reading } from './objectives.ts';
import { alphaBeside, alphaOf, type Rules } from './rules.ts';
import type { Counted, Tick } from './tick.ts';
import { type Trouble, troubled } from './trouble.ts';
import { emptyUnit, nextUnit, type Seen, type Unit } from './unit.ts';
import { nextWatch, openWatch, type WatchedUnit } from './watch-list.ts';
import { nextWindows, shifted, type Windows } from './windows.ts';

/** So many ticks are of late. */
const NEWEST_TICKS = 4;
export interface Ledger {
  readonly units: readonly Unit[];
  readonly windows: Windows;
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
  return {
    ...ledger,
    windows: shifted(ledger.windows, missedMs),
    newestMs,
    toMs,
    uncountedMs: ledger.uncountedMs + missedMs,
    trouble: troubled(ledger.trouble, { ...tick, kind: 'stale' }),
  };
}

function seen(unit: Unit, tick: Counted, windows: Windows, windowsBefore: Windows): Seen | undefined {
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

function restartCounts(before: Counts, tick: Counted, windows: Windows, { signals, subjects }: Rules): Counts {
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
