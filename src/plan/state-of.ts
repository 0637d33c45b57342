// Where are things now? The mesh as seen, against what the plan wants.
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { EndingState } from './ending.ts';
import type { Journal } from './journal.ts';
import { isOfGateway } from './gateways.ts';
import { podsOf } from './moves.ts';
import { isOutOfBatch } from './out-of-batch.ts';
import type { PlannedGateway, UpgradePlan } from './plan.ts';
import { strangeProxies } from './strange-proxies.ts';
import { isTakenBack } from './taken-back.ts';

/** `journal` tells what was left over; absent where nothing was begun. */
export function stateOf(snapshot: MeshSnapshot, plan: UpgradePlan, journal?: Journal): EndingState {
  const planned = [...plan.batches.flatMap((batch) => batch.namespaces), ...plan.gatewayNamespaces];
  const live = snapshot.pods.filter((pod) => !pod.finished && pod.injected !== undefined);
  const others = new Set(
    snapshot.workloads
      .filter((workload) => isOutOfBatch(plan, snapshot, workload))
      .flatMap((workload) => podsOf(snapshot, workload)),
  );
  const onTarget = (namespace: string): boolean => {
    const pods = live.filter((pod) => pod.namespace === namespace && !others.has(pod));
    return pods.length > 0 && pods.every((pod) => pod.injected === plan.target);
  };
  const podsByRevision: Record<string, number> = {};
  for (const pod of live) podsByRevision[pod.injected ?? ''] = (podsByRevision[pod.injected ?? ''] ?? 0) + 1;
  const tagRevision = snapshot.tags.find((tag) => tag.tag === plan.tag)?.revision;
  return {
    moved: planned.filter((namespace) => onTarget(namespace.name)).length,
    total: planned.length,
    ...(tagRevision === undefined ? {} : { tagRevision }),
    podsByRevision,
    gatewaysOnTarget: plan.gateways.filter((gateway) => gatewayOnTarget(snapshot, gateway, plan.target)).length,
    gatewaysTotal: plan.gateways.length,
    sourceAvailable:
      snapshot.controlPlanes
        .find((plane) => plane.revision === plan.source)
        ?.deployments.reduce((sum, deployment) => sum + deployment.available, 0) ?? 0,
    leftOver: journal === undefined ? [] : leftOverOf(journal, snapshot),
  };
}

/** What the journal tells, and pods on the target whose proxy is another one all the same. */
const leftOverOf = (journal: Journal, { pods }: MeshSnapshot): readonly string[] => [
  ...(journal.leftOver ?? []).map(({ text }) => text),
  ...(isTakenBack(journal) ? [] : strangeProxies(pods, journal.plan.target, journal.targetVersion)),
];

function gatewayOnTarget(snapshot: MeshSnapshot, gateway: PlannedGateway, target: string): boolean {
  const workloads = snapshot.workloads.filter((workload) => isOfGateway(gateway, workload));
  const pods = workloads.flatMap((workload) => podsOf(snapshot, workload));
  return pods.length > 0 && pods.every((pod) => pod.injected === target);
}
