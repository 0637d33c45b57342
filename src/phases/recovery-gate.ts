// After a rollback: does the same gate say that it helped?
import { baselineEndMs, lastBegun } from '../plan/baseline.ts';
import type { Verdict } from '../slo/verdict.ts';
import { runGate } from './gate.ts';
import type { RollbackResult } from './roll-back.ts';
import type { Session } from './session.ts';

/** Undefined where it can't be measured: no Prometheus given, or nothing went back. */
export async function recoveryGate(
  session: Session,
  { namespaces, opened }: RollbackResult,
): Promise<Verdict | undefined> {
  const { world } = session;
  const { plan, spoilt } = session.journal();
  const begun = lastBegun(session.journal());
  if (world.prometheus === undefined || namespaces.length === 0) return undefined;
  return runGate(world, {
    settings: plan.gate,
    subject: { kind: 'batch', namespaces },
    unmoved: [],
    opened,
    ...(begun === undefined ? {} : { beganMs: baselineEndMs(Date.parse(begun), spoilt) }),
    isRolloutOver: () => true,
    target: plan.source,
    batchLabel: 'after the rollback',
    signal: world.signal,
  });
}
