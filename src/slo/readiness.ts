// What is still missing for a PASS? Things that only need time, and things that only traffic can bring.
import { doubted, straySentence } from './blame.ts';
import type { Past } from './comparison.ts';
import { ratioOf } from './counts.ts';
import { atMost } from './evidence.ts';
import { alphaOfUnit, type Rules, staleAfterMs } from './rules.ts';
import type { Ledger } from './ledger.ts';
import { objectiveSentence } from './objectives.ts';
import { isConfirmed } from './proof.ts';
import { count, names, side, span } from './sentence.ts';
import { burstsOf, hasStrayed, LOST_SAMPLES, type Unit } from './unit.ts';
import { expectedRequests, floorOf, inbound, isThin, mostFor } from './units.ts';

/** How the world stands when judged. */
export interface Moment {
  /** Prometheus' clock. */
  readonly nowMs: number;
  /** Every pod of the batch that will restart has restarted. */
  readonly rolloutOver: boolean;
}
/** One reason why a finished bake is no PASS. */
export interface Shortfall {
  readonly code: 'telemetry-lost' | 'inconclusive' | 'no-traffic';
  readonly text: string;
}

/** Fewer ticks than this are no basis for a PASS. */
const ENOUGH_SAMPLES = 3;

/** The moment from which on every subject's window is open, or undefined. */
export function allOpenSince(ledger: Ledger, { subjects }: Rules): number | undefined {
  let latest = 0;
  for (const subject of subjects) {
    const start = ledger.windows.get(subject)?.startMs;
    if (start === undefined) return undefined;
    latest = Math.max(latest, start);
  }
  return latest;
}

/** Evidence is there and waits only to be confirmed. Confirmed comparisons that may only warn hold nothing up. */
export const unconfirmed = (ledger: Ledger): boolean =>
  ledger.units.some((unit) => (unit.proven && !isConfirmed(unit.proof)) || (unit.strayed && !hasStrayed(unit))) ||
  ledger.watch.some(({ alarmed }) => alarmed === 1) ||
  Object.values(ledger.istiodStanding).some((standing) => standing > 0);

/** Bake, samples and freshness: what even a perfect batch waits for. `fresh samples` is last. */
export function waits(ledger: Ledger, rules: Rules, moment: Moment): readonly string[] {
  const waiting: string[] = [];
  if (!moment.rolloutOver) waiting.push('the rollout to end');
  const closed = rules.subjects.filter((subject) => ledger.windows.get(subject)?.startMs === undefined);
  if (closed.length > 0) waiting.push(`the window of ${names(closed, 3)} to open`);
  const since = allOpenSince(ledger, rules);
  const baked = since === undefined ? 0 : (ledger.toMs ?? since) - since;
  if (since !== undefined && baked < rules.settings.bakeMs)
    waiting.push(`${span(rules.settings.bakeMs - baked)} more of bake`);
  const samples = Math.min(...rules.subjects.map((subject) => ledger.windows.get(subject)?.samples ?? 0));
  if (since !== undefined && samples < ENOUGH_SAMPLES) waiting.push(`${String(ENOUGH_SAMPLES - samples)} more samples`);
  if (!isFresh(ledger, rules, moment)) waiting.push('fresh samples');
  return waiting;
}

/** The newest sample is young enough to speak of now. */
export function isFresh(ledger: Ledger, rules: Rules, { nowMs }: Moment): boolean {
  const age = ledger.newestMs === undefined ? Infinity : nowMs - ledger.newestMs;
  return ledger.trouble === undefined && age <= staleAfterMs(rules);
}

const missing = (text: string): Shortfall => ({ code: 'no-traffic', text });
const inconclusive = (text: string): Shortfall => ({ code: 'inconclusive', text });

/** What keeps a finished bake from a PASS, gravest first; empty when nothing does. */
export function shortfalls(ledger: Ledger, rules: Rules, past: Past): readonly Shortfall[] {
  const solid = ledger.units.filter((unit) => !isThin(unit, ledger, rules, past));
  const pool = inbound(ledger);
  const few = solid.filter((unit) => unit.counts.requests < floorOf(unit.limit));
  return [
    ...lostTelemetry(ledger),
    ...breaches(solid, ledger, rules, past),
    ...lostRoutes(solid, rules, past),
    ...(solid.length === 0 ? [missing('no namespace has enough traffic to be judged')] : []),
    ...poorest(few),
    ...(pool.requests < rules.settings.minRequests
      ? [missing(`${count(pool.requests)} of the ${count(rules.settings.minRequests)} requests that a PASS needs`)]
      : []),
  ];
}

const filled = ({ counts, limit }: Unit): number => counts.requests / floorOf(limit);

/** The unit that has the longest way to go to as many requests as can be judged. */
function poorest(few: readonly Unit[]): readonly Shortfall[] {
  const [first] = few.toSorted((a, b) => filled(a) - filled(b));
  if (first === undefined) return [];
  const { subject, signal, counts, limit } = first;
  const others = few.length > 1 ? `, and ${String(few.length - 1)} more like it` : '';
  const so = `${count(counts.requests)} of the ${count(floorOf(limit))} requests`;
  return [missing(`${subject}: ${so} that can be judged (${side(signal)})${others}`)];
}

function lostTelemetry(ledger: Ledger): readonly Shortfall[] {
  const lost = ledger.units.filter(
    (unit) => unit.signal !== 'outbound' && unit.signal !== 'tcp' && unit.missing >= LOST_SAMPLES,
  );
  if (lost.length === 0) return [];
  return [
    {
      code: 'telemetry-lost',
      text: `${subjects(lost)}: far fewer requests than at the quietest time of the hour before; whether traffic or its telemetry is lost cannot be told`,
    },
  ];
}

function lostRoutes(solid: readonly Unit[], rules: Rules, past: Past): readonly Shortfall[] {
  const [first, ...others] = doubted(solid, rules, past);
  if (first === undefined) return [];
  const more = others.length > 0 ? `, and ${String(others.length)} more like it` : '';
  const untold = 'whether routes are lost, or somebody asks for what never was, cannot be told';
  return [inconclusive(`${straySentence(first, past)}${more}; ${untold}`)];
}

function breaches(solid: readonly Unit[], ledger: Ledger, rules: Rules, past: Past): readonly Shortfall[] {
  // Had they been to blame, there would be no question of a PASS.
  const worse = ledger.units.filter((unit) => unit.proven && isConfirmed(unit.proof));
  const over = solid.filter((unit) => ratioOf(unit.counts) > mostFor(unit, rules, past));
  const unproved =
    rules.settings.evidence === 'proved'
      ? solid.filter(
          (unit) => atMost(unit.counts, alphaOfUnit(unit, rules), burstsOf(unit, past)) > mostFor(unit, rules, past),
        )
      : [];
  const unmet = rules.settings.objectives.filter(
    ({ name, hard }) => hard && ledger.objectives.get(name)?.state !== 'met',
  );
  return [
    ...(over.length > 0 ? [inconclusive(`${subjects(over)}: more requests fail than the limit allows`)] : []),
    ...(worse.length > 0
      ? [
          inconclusive(
            `${subjects(worse)}: provably worse than in the hour before, and nowhere to see whether the upgrade did it`,
          ),
        ]
      : []),
    ...unmet.map((objective) =>
      inconclusive(objectiveSentence(objective, ledger.objectives.get(objective.name)?.reading)),
    ),
    ...(unproved.length > 0 ? [inconclusive(`${subjects(unproved)}: not proved to be within the limit`)] : []),
  ];
}
const subjects = (units: readonly Unit[]): string => names([...new Set(units.map(({ subject }) => subject))]);

/** Waiting until max-bake would not bring the requests that are missing. */
export function isHopeless(ledger: Ledger, rules: Rules, past: Past, { nowMs }: Moment): boolean {
  if (ledger.units.every((unit) => isThin(unit, ledger, rules, past))) return true;
  if (nowMs - (allOpenSince(ledger, rules) ?? nowMs) >= rules.settings.maxBakeMs) return true;
  const expected = (subject: string): number =>
    Math.max(
      ...ledger.units
        .filter(({ subject: of, signal }) => of === subject && signal !== 'outbound' && signal !== 'tcp')
        .map((unit) => expectedRequests(unit, ledger, rules, past)),
    );
  return rules.subjects.reduce((sum, subject) => sum + expected(subject), 0) < rules.settings.minRequests;
}
