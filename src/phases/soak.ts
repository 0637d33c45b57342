// After the last batch: is everything still well, all batches together, for as long as `soak` says?
import { passedOverLimit, pastOfMoved } from '../plan/baseline.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { Verdict } from '../slo/verdict.ts';
import { runGate } from './gate.ts';
import { namespacesThere } from './namespaces-there.ts';
import type { Session } from './session.ts';

/** Undefined when there is nothing to watch or `soak` is 0. */
export async function soak(session: Session): Promise<Verdict | undefined> {
  const { world } = session;
  const { plan } = session.journal();
  const namespaces = joinedNames(plan);
  if (plan.soakMs === 0 || namespaces.length === 0) return undefined;
  const now = world.clock.now();
  return runGate(world, {
    settings: { ...plan.gate, bakeMs: plan.soakMs, maxBakeMs: Math.max(plan.soakMs, plan.gate.maxBakeMs) },
    subject: { kind: 'batch', namespaces },
    unmoved: [],
    watched: namespaces,
    overBefore: passedOverLimit(session.journal()),
    source: plan.source,
    opened: new Map(namespaces.map((name) => [name, now])),
    ...pastOfMoved(session.journal(), now),
    isRolloutOver: () => true,
    target: plan.target,
    present: async () => namespacesThere(world.cluster),
    batchLabel: 'soak',
    signal: world.signal,
  });
}
