// Which workloads of a namespace that moves by its pod templates follow another tag? The plan left them alone, so where they run says
// nothing about the upgrade.
import { askedByPod, labelsIn } from '../mesh/asked-name.ts';
import { DEFAULT_TAG } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { UpgradePlan } from './plan.ts';

/** Never true where a namespace's label decides: its workloads are planned all together. */
export function isOfAnotherTag(
  plan: Pick<UpgradePlan, 'tag' | 'batches'>,
  { namespaces, tags }: Pick<MeshSnapshot, 'namespaces' | 'tags'>,
  { ref, templateLabels }: Workload,
): boolean {
  const isByTemplate = plan.batches.some((batch) =>
    batch.namespaces.some(({ name, move }) => name === ref.namespace && move === 'by-template'),
  );
  const name = askedByPod(labelsIn(namespaces, ref.namespace), templateLabels) ?? DEFAULT_TAG;
  return isByTemplate && name !== plan.tag && tags.some(({ tag }) => tag === name);
}
