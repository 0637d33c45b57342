// Is the upgrade to blame? FAIL, or HOLD where the whole mesh suffers; only from evidence, never from the lack of it.
import { badBefore, type Elsewhere, type Past } from './comparison.ts';
import { ratioOf } from './counts.ts';
import { ISTIOD_FAULTS, ISTIOD_REASONS, istiodSentence } from './istiod.ts';
import type { Ledger } from './ledger.ts';
import type { Rules } from './rules.ts';
import { objectiveSentence } from './objectives.ts';
import { isConfirmed } from './proof.ts';
import { BASELINE_MS, istiodPasteQuery, pasteQuery } from './queries.ts';
import { count, names, percent, side } from './sentence.ts';
import { hasLostRoutes, isInDoubt, LOST_SAMPLES, type Unit } from './unit.ts';
import type { ReasonCode, UnitVerdict } from './verdict.ts';
import { relapsed, relapsedUnit, relapseSentence } from './watch-list.ts';

/** A hard objective must be breached on two successive samples. */
const CONFIRMATIONS = 2;

/** None is to blame before the past is known, for what was bad before is not our fault; unless nothing is compared with it. */
const mayBlame = (past: Past, { settings }: Rules): boolean => past.complete || settings.compare === 'off';

/** Units with confirmed evidence that the upgrade can be blamed for. */
export function blamed(ledger: Ledger, rules: Rules, past: Past, around: () => Elsewhere): ReadonlySet<Unit> {
  if (!mayBlame(past, rules)) return new Set();
  return new Set(
    ledger.units.filter((unit) => unit.proven && isConfirmed(unit.proof) && blamable(unit, rules, past, around)),
  );
}

/** What was bad before is judged by comparison only, and comparison needs somewhere that is well. */
const blamable = (unit: Unit, rules: Rules, past: Past, around: () => Elsewhere): boolean =>
  !badBefore(past.hour.get(unit.signal)?.get(unit.subject), unit.limit) || isComparable(rules, around);

/** Units whose routes may be lost: no FAIL, but no PASS either. Only comparison can tell, and is not asked where it decides nothing. */
export const doubted = (units: readonly Unit[], { settings }: Rules, past: Past): readonly Unit[] =>
  settings.compare === 'on' ? units.filter((unit) => isInDoubt(unit, past)) : [];

export interface Charge {
  readonly kind: 'FAIL' | 'HOLD';
  readonly reasonCode: ReasonCode;
  /** Absent where the worst unit's own sentence says it. */
  readonly reason?: string;
  /** What failed, where it is none of the batch's own units. */
  readonly unit?: UnitVerdict;
  /** To paste: what the reason rests on. */
  readonly queries?: readonly string[];
}

/** The charge against the batch, or undefined. A mesh-wide incident comes before any FAIL that requests are the evidence of. */
export function chargeOf(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  around: () => Elsewhere,
  units: ReadonlySet<Unit>,
): Charge | undefined {
  if (!mayBlame(past, rules)) return undefined;
  const { settings } = rules;
  const failures = [
    units.size > 0 ? ({ kind: 'FAIL', reasonCode: 'error-rate' } as const) : undefined,
    breachedObjective(ledger, rules),
    relapse(ledger, rules, past, around),
    routesLost(ledger, rules, past, around),
    lostTraffic(ledger, around),
  ];
  const failure = failures.find((charge) => charge !== undefined);
  if (failure !== undefined && settings.compare === 'on') {
    const others = around();
    if (others.kind === 'breached') return incident(others);
  }
  return failure ?? istiodCharge(ledger, rules, past);
}

function breachedObjective(ledger: Ledger, { settings }: Rules): Charge | undefined {
  const objective = settings.objectives.find(
    ({ name, hard }) => hard && (ledger.objectives.get(name)?.standing ?? 0) >= CONFIRMATIONS,
  );
  if (objective === undefined) return undefined;
  const reading = ledger.objectives.get(objective.name)?.reading;
  // Only the user knows where a time would stand in his own query.
  const at = ledger.toMs === undefined ? '' : ` # at ${new Date(ledger.toMs).toISOString()}`;
  const queries = (reading?.asked ?? []).map((query) => `${query.trimEnd()}${at}`);
  return { kind: 'FAIL', reasonCode: 'objective', reason: objectiveSentence(objective, reading), queries };
}

/** What was bad before may be blamed for having become worse: where nothing is compared at all, or where others are well. */
export const isComparable = ({ settings }: Rules, around: () => Elsewhere): boolean =>
  settings.compare === 'off' || (settings.compare === 'on' && around().kind === 'well');

function relapse(ledger: Ledger, rules: Rules, past: Past, around: () => Elsewhere): Charge | undefined {
  const [worst, ...others] = relapsed(ledger.watch, past, () => isComparable(rules, around));
  if (worst === undefined) return undefined;
  const more = names([...new Set(others.map(({ subject }) => subject))].filter((name) => name !== worst.subject));
  const reason = `${relapseSentence(worst)}${more === '' ? '' : `; so do ${more}`}`;
  const { subject, signal, lately } = worst;
  const toMs = ledger.toMs ?? 0;
  const scope = { signal, subjects: [subject], matchers: rules.settings.matchers };
  const queries = [pasteQuery(scope, lately.fromMs ?? ledger.sinceMs ?? toMs, toMs)];
  return { kind: 'FAIL', reasonCode: 'relapse', reason, unit: relapsedUnit(worst, rules, past), queries };
}

/**
 * What found its route before and finds none now was led astray by what changed: that needs no others to compare with. Where there are
 * others, and they fail or have fallen silent too, it is not this upgrade's doing alone.
 */
function routesLost(ledger: Ledger, { settings }: Rules, past: Past, around: () => Elsewhere): Charge | undefined {
  const unit = settings.compare === 'on' ? ledger.units.find(hasLostRoutes) : undefined;
  if (unit === undefined) return undefined;
  const others = around();
  const reason = straySentence(unit, past);
  if (others.kind !== 'well' || isBusy(ledger, others)) return { kind: 'FAIL', reasonCode: 'routes-lost', reason };
  const silent = `namespaces that were not moved and have no traffic with the batch are less than half as busy as in the hour before too`;
  return { kind: 'HOLD', reasonCode: 'mesh-wide-incident', reason: `${reason}; ${silent}` };
}

/** `edge/ingress: 640 of 800 requests found no route (NR, 80 %), 0.1 % in the hour before, gateway; 160 found one, of 790 to be expected`. */
export function straySentence({ subject, signal, counts, routed }: Unit, past: Past): string {
  const before = past.hour.get(signal)?.get(subject);
  const was =
    before === undefined || before.requests <= 0
      ? 'nothing is known of the hour before'
      : `${percent(before.noRoute / before.requests)} in the hour before`;
  const found = `${count(counts.requests - counts.noRoute)} found one`;
  const promised = routed.promised > 0 ? `, of ${count(routed.promised)} to be expected` : '';
  return `${subject}: ${count(counts.noRoute)} of ${count(counts.requests)} requests found no route (NR, ${percent(counts.noRoute / Math.max(counts.requests, 1))}), ${was}, ${side(signal)}; ${found}${promised}`;
}

function istiodCharge(ledger: Ledger, { controlPlanes, settings }: Rules, past: Past): Charge | undefined {
  const fault = ISTIOD_FAULTS.find((each) => ledger.istiodStanding[each] >= CONFIRMATIONS);
  if (fault === undefined || controlPlanes === undefined) return undefined;
  const reason = istiodSentence(fault, controlPlanes, ledger.istiods, past.istiods?.source);
  const toMs = ledger.toMs ?? 0;
  const queries = [istiodPasteQuery(controlPlanes, settings.matchers, ledger.sinceMs ?? toMs, toMs)];
  return { kind: 'FAIL', reasonCode: ISTIOD_REASONS[fault], reason, queries };
}

function incident({ counts, before }: Extract<Elsewhere, { kind: 'breached' }>): Charge {
  const now = `${count(counts.errors)} of ${count(counts.requests)} requests (${percent(ratioOf(counts))}`;
  const then = before.requests > 0 ? `, ${percent(ratioOf(before))} in the hour before)` : ')';
  return {
    kind: 'HOLD',
    reasonCode: 'mesh-wide-incident',
    reason: `namespaces that were not moved and have no traffic with the batch fail too: ${now}${then}; that is not this upgrade's doing alone`,
  };
}

/** Untouched namespaces are at least half as busy as in the hour before. */
function isBusy(ledger: Ledger, { counts, before }: Extract<Elsewhere, { kind: 'well' }>): boolean {
  const starts = [...ledger.windows.values()].flatMap(({ startMs }) => (startMs === undefined ? [] : [startMs]));
  const windowMs = (ledger.toMs ?? 0) - Math.min(...starts);
  return counts.requests >= (before.requests * windowMs) / BASELINE_MS / 2;
}

/**
 * Subjects whose requests are really gone: callers outside of the batch, whose proxies are as they were, count fewer too, their own
 * proxies still report, and untouched namespaces are at least half as busy as in the hour before. Anything less is lost telemetry,
 * which never is a FAIL.
 */
function lostTraffic(ledger: Ledger, around: () => Elsewhere): Charge | undefined {
  if (ledger.units.every(({ lost }) => lost < LOST_SAMPLES)) return undefined;
  const others = around();
  if (others.kind !== 'well' || others.before.requests === 0) return undefined;
  if (!isBusy(ledger, others)) return undefined;
  const gone = (subject: string, signal: 'client' | 'server'): boolean =>
    ledger.units.some(
      (unit) =>
        unit.subject === subject &&
        unit.signal === signal &&
        unit.lost >= LOST_SAMPLES &&
        (signal === 'client' ? unit.fromOthers.lost >= LOST_SAMPLES : unit.reporting),
    );
  const lost = [...ledger.windows.keys()].filter((subject) => gone(subject, 'client') && gone(subject, 'server'));
  if (lost.length === 0) return undefined;
  return {
    kind: 'FAIL',
    reasonCode: 'traffic-lost',
    reason: `${names(lost)}: callers and proxies both count far fewer requests than at the quietest time of the hour before, while other namespaces are as busy as ever`,
  };
}
