// Which pod templates need another `istio.io/rev` to reach a revision? Only where no namespace label decides.
import { REV, type Revision } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';

/** For namespaces that move `by-template`: the label each workload gets. Those that follow a moved tag need none. */
export function templateLabelsFor(
  plan: Pick<UpgradePlan, 'strategy' | 'source' | 'target'>,
  snapshot: MeshSnapshot,
  namespaces: readonly PlannedNamespace[],
): ReadonlyMap<Workload, string | null> {
  const byTemplate = new Set(
    namespaces.filter((namespace) => namespace.move === 'by-template').map((namespace) => namespace.name),
  );
  const labels = new Map<Workload, string | null>();
  for (const workload of snapshot.workloads) {
    if (!byTemplate.has(workload.ref.namespace) || workload.gateway !== 'not-a-gateway') continue;
    const likeForLike = workload.templateLabels[REV] === plan.source && workload.requested === plan.source;
    if (likeForLike || (plan.strategy === 'relabel' && workload.requested === plan.source))
      labels.set(workload, plan.target);
  }
  return labels;
}

/** Held back on the source while the tag stays on the target: every workload of these namespaces names the source itself. */
export function templateLabelsToHoldBack(
  snapshot: MeshSnapshot,
  namespaces: readonly PlannedNamespace[],
  target: Revision,
  source: Revision,
): ReadonlyMap<Workload, string | null> {
  const byTemplate = new Set(
    namespaces.filter((namespace) => namespace.move === 'by-template').map((namespace) => namespace.name),
  );
  return new Map(
    snapshot.workloads
      .filter(
        (workload) =>
          byTemplate.has(workload.ref.namespace) &&
          workload.requested === target &&
          workload.gateway === 'not-a-gateway',
      )
      .map((workload) => [workload, source]),
  );
}
