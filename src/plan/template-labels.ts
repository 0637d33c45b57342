// Which pod templates need another `istio.io/rev` to reach a revision? Only where no namespace label decides.
import { whatTemplateAsks } from '../mesh/asked-name.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { isOfGateway } from './gateways.ts';
import { canPin } from './labels.ts';
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

/** A workload whose pod template gets another `istio.io/rev`. */
export interface Relabelled {
  readonly workload: Workload;
  readonly to: string | null;
}

/** All that this plan may relabel: in its batches, on the way back of one, and among its gateways. */
export function relabelledTemplates(plan: UpgradePlan, snapshot: MeshSnapshot): readonly Relabelled[] {
  const namespaces = plan.batches.flatMap((batch) => batch.namespaces);
  const moved = templateLabelsFor(plan, snapshot, namespaces);
  // Asked of the snapshot as it is, where all that is to move is on the source still.
  const asIfMoved = { tag: plan.tag, source: plan.source, target: plan.source };
  const heldBack =
    plan.onFail === 'rollback-batch' && plan.strategy === 'tag' && canPin(plan)
      ? templateLabelsToHoldBack(asIfMoved, snapshot, namespaces)
      : new Map<Workload, string | null>();
  const gateways = snapshot.workloads.filter((workload) =>
    plan.gateways.some((gateway) => gateway.kind === 'template-label' && isOfGateway(gateway, workload)),
  );
  return [
    ...[...moved, ...heldBack].map(([workload, to]) => ({ workload, to })),
    ...gateways.map((workload) => ({ workload, to: plan.target })),
  ];
}
