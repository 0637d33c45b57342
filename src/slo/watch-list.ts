// Which namespaces that passed are bad again? One detector for each (subject, signal); it does not ask since when they are watched.
import { badBefore, type Past } from './comparison.ts';
import type { Trials } from './evidence.ts';
import { limitFor } from './limits.ts';
import type { Rules } from './rules.ts';
import { count, limitText, percent, side } from './sentence.ts';
import { thresholdOf } from './unit.ts';
import type { Signal, UnitVerdict } from './verdict.ts';
import { alarmLevel, type Detector, levelOf, NEW_DETECTOR, strongestRun, watched } from './watch.ts';
import type { Counts } from './counts.ts';

export interface WatchedUnit {
  readonly subject: string;
  readonly signal: Signal;
  readonly limit: number;
  readonly detector: Detector;
  /** Since its strongest evidence began. */
  readonly lately: Trials & { readonly fromMs?: number | undefined };
  /** Successive looks, each with requests, at which the detector was alarmed. */
  readonly alarmed: number;
}

export const openWatch = ({ watched: names = [], signals, settings }: Rules): readonly WatchedUnit[] =>
  names.flatMap((subject) =>
    signals.map((signal) => ({
      subject,
      signal,
      limit: limitFor(settings.maxErrorRate, subject),
      detector: NEW_DETECTOR,
      lately: { errors: 0, requests: 0 },
      alarmed: 0,
    })),
  );

interface Found {
  readonly fromMs: number;
  readonly counts: ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;
}

export function nextWatch(
  units: readonly WatchedUnit[],
  { fromMs, counts }: Found,
  { settings, scrapeIntervalMs }: Rules,
  past: Past,
): readonly WatchedUnit[] {
  const level = alarmLevel(units.length, scrapeIntervalMs);
  return units.map((unit) => {
    const look = counts.get(unit.signal)?.get(unit.subject);
    if (look === undefined || look.requests <= 0) return unit;
    const trials = { requests: look.requests, errors: look.errors, fromMs };
    const detector = watched(unit.detector, trials, thresholdOf(unit, past, settings.compare));
    const bursts = past.bursts.get(unit.signal)?.get(unit.subject);
    const lately = strongestRun(detector, bursts);
    return { ...unit, detector, lately, alarmed: levelOf(detector, bursts) >= level ? unit.alarmed + 1 : 0 };
  });
}

/** Alarms must stand on two successive looks. */
const CONFIRMATIONS = 2;

/** Those that are bad again beyond the stated rate of false alarms; what was bad in the hour before is not, where nothing is left to compare with. */
export const relapsed = (
  units: readonly WatchedUnit[],
  past: Past,
  comparable: () => boolean,
): readonly WatchedUnit[] =>
  units.filter(
    (unit) =>
      unit.alarmed >= CONFIRMATIONS &&
      (!badBefore(past.hour.get(unit.signal)?.get(unit.subject), unit.limit) || comparable()),
  );

/** `cart, which had passed: 40 of 200 requests failed of late (20 %), limit 1 %, client side`. */
export function relapseSentence({ subject, signal, limit, lately: { errors, requests } }: WatchedUnit): string {
  const ratio = requests > 0 ? errors / requests : 0;
  return `${subject}, which had passed: ${count(errors)} of ${count(requests)} requests failed of late (${percent(ratio, limit)}), limit ${limitText(limit)}, ${side(signal)}`;
}

/** The same with its bounds, as a unit that failed. The detector has proven that it is above what is allowed, and no more than that. */
export function relapsedUnit(unit: WatchedUnit, { settings }: Rules, past: Past): UnitVerdict {
  const { subject, signal, limit, lately } = unit;
  const before = past.hour.get(signal)?.get(subject);
  return {
    subject,
    signal,
    requests: lately.requests,
    errors: lately.errors,
    limit,
    atLeast: thresholdOf(unit, past, settings.compare),
    atMost: 1,
    state: 'fail',
    ...(before === undefined ? {} : { before: { requests: before.requests, errors: before.errors } }),
    sentence: relapseSentence(unit),
  };
}
