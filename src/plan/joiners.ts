// Which namespaces appeared after the plan was frozen? They join the last open batch, and are named.
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';
import { scopeOf } from './scope.ts';

/** Namespaces that the plan's own choice takes in now and that it does not know; empty where every one is planned or excluded. */
export function joiners(plan: UpgradePlan, snapshot: MeshSnapshot): readonly PlannedNamespace[] {
  const known = new Set(
    [...plan.batches.flatMap((batch) => batch.namespaces), ...plan.gatewayNamespaces, ...plan.excluded].map(
      ({ name }) => name,
    ),
  );
  return scopeOf(snapshot, { ...plan.choice, tag: plan.tag }, plan.source)
    .moving.filter((namespace) => !known.has(namespace.name))
    .map(({ labels: _labels, ...namespace }) => namespace);
}
