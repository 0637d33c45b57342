// Is the mesh still as a completed upgrade left it? Looks at what new pods would get and at what could have been restarted; what no
// restart reaches was named at the time.
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { Journal } from './journal.ts';
import { podsOf } from './moves.ts';
import type { UpgradePlan } from './plan.ts';
import { isOfGateway } from './gateways.ts';
import { isOutOfBatch } from './out-of-batch.ts';

/** What is not on the target any more, as `tag default points to 1-31`; empty where nothing is to be done. */
export function undoneSince({ plan }: Pick<Journal, 'plan'>, snapshot: MeshSnapshot): readonly string[] {
  const { tag, target } = plan;
  const tagged = snapshot.tags.find((each) => each.tag === tag)?.revision;
  const elsewhere = new Set(
    snapshot.workloads
      .filter((workload) => isPlanned(plan, snapshot, workload))
      .filter((workload) => isElsewhere(snapshot, workload, target))
      .map(({ ref }) => ref.namespace),
  );
  return [
    ...(tagged === target ? [] : [`tag ${tag} points to ${tagged ?? 'nothing'}`]),
    ...[...elsewhere].map((namespace) => `namespace ${namespace} has workloads on another revision`),
  ];
}

const isPlanned = (plan: UpgradePlan, snapshot: MeshSnapshot, workload: Workload): boolean =>
  plan.gateways.some((gateway) => isOfGateway(gateway, workload)) ||
  ([...plan.batches.flatMap(({ namespaces }) => namespaces), ...plan.gatewayNamespaces].some(
    ({ name }) => name === workload.ref.namespace,
  ) &&
    !isOutOfBatch(plan, snapshot, workload));

function isElsewhere(snapshot: MeshSnapshot, workload: Workload, target: string): boolean {
  const { requested, immovable } = workload;
  if (requested !== undefined && requested !== target) return true;
  return (
    immovable === 'none' &&
    podsOf(snapshot, workload).some(({ injected }) => injected !== undefined && injected !== target)
  );
}
