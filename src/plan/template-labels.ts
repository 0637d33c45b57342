// Which pod templates need another `istio.io/rev` to reach a revision? Only where no namespace label decides.
import { whatTemplateAsks } from '../mesh/asked-name.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';

/** For namespaces that move `by-template`: the label each workload gets. Those that follow a moved tag need none, those of another tag get none. */
export function templateLabelsFor(
  plan: Pick<UpgradePlan, 'strategy' | 'tag' | 'source' | 'target'>,
  snapshot: MeshSnapshot,
  namespaces: readonly PlannedNamespace[],
): ReadonlyMap<Workload, string | null> {
  const byTemplate = new Set(
    namespaces.filter((namespace) => namespace.move === 'by-template').map((namespace) => namespace.name),
  );
  const labels = new Map<Workload, string | null>();
  for (const workload of snapshot.workloads) {
    if (!byTemplate.has(workload.ref.namespace) || workload.gateway !== 'not-a-gateway') continue;
    if (workload.requested !== plan.source) continue;
    const asked = whatTemplateAsks(workload, plan, snapshot);
    if (asked === 'the-source' || (plan.strategy === 'relabel' && asked === 'the-tag'))
      labels.set(workload, plan.target);
  }
  return labels;
}

/** Held back on the source while the tag stays on the target: every workload that went with the tag, or got the target's name, names the source itself. */
export function templateLabelsToHoldBack(
  { tag, source, target }: Pick<UpgradePlan, 'tag' | 'source' | 'target'>,
  snapshot: MeshSnapshot,
  namespaces: readonly PlannedNamespace[],
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
          workload.gateway === 'not-a-gateway' &&
          whatTemplateAsks(workload, { tag, source: target }, snapshot) !== 'another',
      )
      .map((workload) => [workload, source]),
  );
}
