// Is the upgrade to blame? FAIL, or HOLD where the whole mesh suffers; only from evidence, never from the lack of it.
import { badBefore, type Elsewhere, type Past } from './comparison.ts';
import { ratioOf } from './counts.ts';
import type { Ledger, Rules, Unit } from './ledger.ts';
import { objectiveSentence } from './objectives.ts';
import { isConfirmed } from './proof.ts';
import { BASELINE_MS } from './queries.ts';
import { count, names, percent } from './sentence.ts';
import type { ReasonCode } from './verdict.ts';

/** A hard objective must be breached on two successive samples. */
const CONFIRMATIONS = 2;
/** Traffic is lost only when two successive samples miss it. */
export const LOST_SAMPLES = 2;

/** Units with confirmed evidence that the upgrade can be blamed for. None before the past is known: what was bad before is not our fault. */
export function blamed(ledger: Ledger, rules: Rules, past: Past, around: () => Elsewhere): ReadonlySet<Unit> {
  if (!past.complete) return new Set();
  return new Set(
    ledger.units.filter((unit) => unit.proven && isConfirmed(unit.proof) && blamable(unit, rules, past, around)),
  );
}

/** What was bad before is judged by comparison only, and comparison needs somewhere that is well. */
function blamable(unit: Unit, { settings }: Rules, past: Past, around: () => Elsewhere): boolean {
  if (settings.compare === 'off') return true;
  const before = past.hour.get(unit.signal)?.get(unit.subject);
  return !badBefore(before, unit.limit) || (settings.compare === 'on' && around().kind === 'well');
}

export interface Charge {
  readonly kind: 'FAIL' | 'HOLD';
  readonly reasonCode: ReasonCode;
  /** Absent where the worst unit's own sentence says it. */
  readonly reason?: string;
}

/** The charge against the batch, or undefined. A mesh-wide incident comes before any FAIL. */
export function chargeOf(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  around: () => Elsewhere,
  units: ReadonlySet<Unit>,
): Charge | undefined {
  if (!past.complete) return undefined;
  const { settings } = rules;
  const lost = lostTraffic(ledger, past, around);
  const objective = settings.objectives.find(
    ({ name, hard }) => hard && (ledger.objectives.get(name)?.standing ?? 0) >= CONFIRMATIONS,
  );
  if (units.size === 0 && lost.length === 0 && objective === undefined) return undefined;
  const others = around();
  if (settings.compare === 'on' && others.kind === 'breached') return incident(others);
  if (units.size > 0) return { kind: 'FAIL', reasonCode: 'error-rate' };
  if (objective !== undefined) {
    const reason = objectiveSentence(objective, ledger.objectives.get(objective.name)?.reading);
    return { kind: 'FAIL', reasonCode: 'objective', reason };
  }
  return {
    kind: 'FAIL',
    reasonCode: 'traffic-lost',
    reason: `${names(lost)}: callers and proxies both count far fewer requests than in the quietest five minutes of the hour before, while other namespaces are as busy as ever`,
  };
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

/**
 * Subjects whose requests are really gone: their callers count fewer too, their own proxies still report, and untouched
 * namespaces are at least half as busy as in the hour before. Anything less is lost telemetry, which never is a FAIL.
 */
function lostTraffic(ledger: Ledger, past: Past, around: () => Elsewhere): readonly string[] {
  if (ledger.units.every(({ lost }) => lost < LOST_SAMPLES)) return [];
  const others = around();
  if (others.kind !== 'well' || others.before.requests === 0) return [];
  const starts = [...ledger.windows.values()].flatMap(({ startMs }) => (startMs === undefined ? [] : [startMs]));
  const windowMs = (ledger.toMs ?? 0) - Math.min(...starts);
  if (others.counts.requests < (others.before.requests * windowMs) / BASELINE_MS / 2) return [];
  const gone = (signal: 'client' | 'server', subject: string): boolean =>
    (past.quietest.get(signal)?.get(subject) ?? 0) > 0 &&
    ledger.units.some(
      (unit) =>
        unit.subject === subject &&
        unit.signal === signal &&
        unit.lost >= LOST_SAMPLES &&
        (unit.reporting || signal === 'client'),
    );
  return [...ledger.windows.keys()].filter((subject) => gone('client', subject) && gone('server', subject));
}
