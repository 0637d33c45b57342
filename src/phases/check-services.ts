// Which Services would lose the pods whose template label this upgrade changes? Asks only in namespaces that hold such workloads.
import { type Finding } from '../mesh/finding.ts';
import { SERVICE } from '../mesh/kinds.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { servicesLeft } from '../plan/services-left.ts';
import { relabelledTemplates } from '../plan/template-labels.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { inParallel } from '../shared/in-parallel.ts';

const AT_ONCE = 8;

export async function checkServices(
  cluster: Pick<ClusterPort, 'list'>,
  plan: UpgradePlan,
  snapshot: MeshSnapshot,
): Promise<readonly Finding[]> {
  const relabelled = relabelledTemplates(plan, snapshot);
  const namespaces = [...new Set(relabelled.map(({ workload }) => workload.ref.namespace))];
  const found: Finding[][] = namespaces.map(() => []);
  await inParallel([...namespaces.entries()], AT_ONCE, async ([index, namespace]) => {
    found[index] = [...servicesLeft(await cluster.list(SERVICE, { namespace }), relabelled)];
  });
  return found.flat();
}
