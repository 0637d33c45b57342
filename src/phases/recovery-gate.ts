// After a rollback: does the same gate say that it helped? It judges what had failed: gateways by their traffic, namespaces by theirs.
import { baselineEndMs, lastBegun } from '../plan/baseline.ts';
import type { Verdict } from '../slo/verdict.ts';
import { readMesh } from './discover.ts';
import { runGate } from './gate.ts';
import type { GateSubject } from './gate-input.ts';
import { namespacesThere } from './namespaces-there.ts';
import type { RollbackResult } from './roll-back.ts';
import type { Session } from './session.ts';
import { gatewayWorkloads, withRequests } from './upgrade-gateways.ts';

/** Undefined where it can't be measured: no Prometheus given, or nothing went back. */
export async function recoveryGate(session: Session, result: RollbackResult): Promise<Verdict | undefined> {
  const { world } = session;
  const { plan, spoilt } = session.journal();
  const begun = lastBegun(session.journal());
  if (world.prometheus === undefined || result.namespaces.length === 0) return undefined;
  return runGate(world, {
    settings: plan.gate,
    subject: await subjectOf(session, result),
    unmoved: [],
    // Back where it was, it has to be no worse than it was.
    overBefore: result.namespaces,
    opened: result.opened,
    ...(begun === undefined ? {} : { beganMs: baselineEndMs(Date.parse(begun), spoilt) }),
    isRolloutOver: () => true,
    target: plan.source,
    present: async () => namespacesThere(world.cluster),
    batchLabel: 'after the rollback',
    signal: world.signal,
  });
}

async function subjectOf({ world, journal }: Session, { namespaces }: RollbackResult): Promise<GateSubject> {
  const { plan, batches, gatewayVerdict } = journal();
  const failed = gatewayVerdict?.kind === 'FAIL' && batches.every(({ status }) => status === 'open');
  if (!failed) return { kind: 'batch', namespaces };
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  return { kind: 'gateways', gateways: withRequests(gatewayWorkloads(plan, snapshot), snapshot) };
}
