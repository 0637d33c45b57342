// Did the rollback help? Said from two verdicts of the same gate, before and after.
import { badBefore, worseThan } from './comparison.ts';
import { ratioOf } from './counts.ts';
import type { ReasonCode, UnitVerdict, Verdict } from './verdict.ts';

export type Recovery = 'recovered' | 'not caused by the upgrade' | 'not recovered' | 'recovery not measured';

/** What is seen on requests alone: found again where nothing runs on the target any more, it is not the target's doing. */
const OF_REQUESTS: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'error-rate',
  'relapse',
  'objective',
  'traffic-lost',
  'routes-lost',
]);

/**
 * What the gate after a rollback says of the failure before it. Units that failed and now, with enough requests, keep their limit:
 * recovered. Units that provably still breach, or a mesh that breaches as a whole: not caused by the upgrade. That is said of failed
 * requests alone, and only where nothing of the mesh is on the target any more (`isAllBack`); whatever else fails after a rollback has not recovered. Else not measured.
 */
export function recoveryOf(failure: Verdict | undefined, after: Verdict | undefined, isAllBack: boolean): Recovery {
  if (after === undefined) return 'recovery not measured';
  if (after.reasonCode === 'mesh-wide-incident') return 'not caused by the upgrade';
  const still = isAllBack ? 'not caused by the upgrade' : 'not recovered';
  if (after.kind === 'FAIL') {
    const isSame = [failure ?? after, after].every(({ reasonCode }) => OF_REQUESTS.has(reasonCode));
    return isSame ? still : 'not recovered';
  }
  if (after.reasonCode === 'no-traffic-accepted') return 'recovery not measured';
  const failed = failure?.units.filter(({ state }) => state === 'fail') ?? [];
  const now = failed.map((unit) =>
    after.units.find(({ subject, signal }) => subject === unit.subject && signal === unit.signal),
  );
  if (now.some((unit) => unit !== undefined && unit.atLeast > mostOf(unit))) return still;
  if (after.kind === 'PASS') return now.every(isMeasured) ? 'recovered' : 'recovery not measured';
  return now.length > 0 && now.every((unit) => isMeasured(unit) && ratioOf(unit) <= mostOf(unit))
    ? 'recovered'
    : 'recovery not measured';
}

/** What was over its limit before has recovered where it is no worse than then. */
const mostOf = ({ before, limit }: UnitVerdict): number =>
  before !== undefined && badBefore(before, limit) ? Math.max(limit, worseThan(ratioOf(before))) : limit;

const isMeasured = (unit: UnitVerdict | undefined): unit is UnitVerdict =>
  unit !== undefined && unit.state !== 'thin' && unit.state !== 'no-data';
