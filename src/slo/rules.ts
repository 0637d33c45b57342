// What is a batch judged by? What is counted of it, against what, and the share of the risk that each question may take.
import type { GateSettings } from '../config/config.ts';
import { type ControlPlanes, ISTIOD_FAULTS } from './istiod.ts';
import { hasRoutes, type Unit } from './unit.ts';
import type { Signal } from './verdict.ts';

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

/** Scrapes of a second or two jitter by more than two intervals where machines are busy. */
const JITTER_MS = 5_000;
/** In so long every proxy that is scraped has been scraped, also where Prometheus has only just begun. */
export const allScrapedMs = ({ scrapeIntervalMs }: Pick<Rules, 'scrapeIntervalMs'>): number =>
  Math.max(2 * scrapeIntervalMs, JITTER_MS);
/** A sample older than this says nothing about now: the lag and two scrapes. */
export const staleAfterMs = (rules: Pick<Rules, 'lagMs' | 'scrapeIntervalMs'>): number =>
  rules.lagMs + allScrapedMs(rules);
