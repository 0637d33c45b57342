// Which workloads of a namespace that moves by its pod templates do not move with its batch? Gateways, which phase 4 moves where they are
// chosen, and followers of another tag, which the plan left alone: where these run says nothing about the batch.
import { askedByPod, labelsIn } from '../mesh/asked-name.ts';
import { DEFAULT_TAG } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { UpgradePlan } from './plan.ts';

/** Never true where a namespace's label decides: its workloads are planned all together. */
export function isOutOfBatch(
  plan: Pick<UpgradePlan, 'tag' | 'batches'>,
  { namespaces, tags }: Pick<MeshSnapshot, 'namespaces' | 'tags'>,
  { ref, gateway, templateLabels }: Workload,
): boolean {
  const isByTemplate = plan.batches.some((batch) =>
    batch.namespaces.some(({ name, move }) => name === ref.namespace && move === 'by-template'),
  );
  const name = askedByPod(labelsIn(namespaces, ref.namespace), templateLabels) ?? DEFAULT_TAG;
  const isOfAnotherTag = name !== plan.tag && tags.some(({ tag }) => tag === name);
  return isByTemplate && (gateway !== 'not-a-gateway' || isOfAnotherTag);
}
