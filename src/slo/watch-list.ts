// Which namespaces that passed are bad again? One detector for each (subject, signal); it does not ask since when they are watched.
import { badBefore, type Past } from './comparison.ts';
import type { Trials } from './evidence.ts';
import { limitFor } from './limits.ts';
import type { Rules } from './ledger.ts';
import { count, percent, side } from './sentence.ts';
import { thresholdOf } from './unit.ts';
import type { Signal } from './verdict.ts';
import { alarmLevel, type Detector, levelOf, NEW_DETECTOR, strongestRun, watched } from './watch.ts';
import type { Counts } from './counts.ts';

export interface WatchedUnit {
  readonly subject: string;
  readonly signal: Signal;
  readonly limit: number;
  readonly detector: Detector;
  /** Since its strongest evidence began. */
  readonly lately: Trials;
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

type Found = ReadonlyMap<Signal, ReadonlyMap<string, Counts>>;

export function nextWatch(
  units: readonly WatchedUnit[],
  found: Found,
  { settings, scrapeIntervalMs }: Rules,
  past: Past,
): readonly WatchedUnit[] {
  const level = alarmLevel(units.length, scrapeIntervalMs);
  return units.map((unit) => {
    const look = found.get(unit.signal)?.get(unit.subject);
    if (look === undefined || look.requests <= 0) return unit;
    const detector = watched(unit.detector, look, thresholdOf(unit, past, settings.compare));
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
  return `${subject}, which had passed: ${count(errors)} of ${count(requests)} requests failed of late (${percent(ratio)}), limit ${percent(limit)}, ${side(signal)}`;
}
