// What do all guards look at? The mesh, what the user froze, which two revisions it is about, and the lookups several guards share.
import { isInScope } from '../../config/choose.ts';
import type { FrozenConfig } from '../../config/config.ts';
import { type Resolve, resolverOf } from '../injection.ts';
import type { Revision } from '../names.ts';
import type { ControlPlane, MeshNamespace, MeshPod, MeshSnapshot, Workload, WorkloadRef } from '../snapshot.ts';

/** The two revisions, and where the runner itself is a pod, the namespace it lives in. */
export interface Move {
  readonly source: Revision;
  readonly target: Revision;
  readonly runnerNamespace?: string;
}

export interface Concern extends Move {
  readonly snapshot: MeshSnapshot;
  readonly frozen: FrozenConfig;
  readonly resolve: Resolve;
  /** Undefined where the revision is not installed. */
  readonly sourcePlane: ControlPlane | undefined;
  readonly targetPlane: ControlPlane | undefined;
  /** Chosen by `namespaces` and `exclude-namespaces`, alive, and not Istio's own. */
  readonly inScope: (namespace: MeshNamespace) => boolean;
  readonly namespaceNamed: (name: string) => MeshNamespace | undefined;
  /** Living pods of a workload that the source injected. */
  readonly podsOnSource: (ref: WorkloadRef) => readonly MeshPod[];
}

export function concernOf(snapshot: MeshSnapshot, frozen: FrozenConfig, move: Move): Concern {
  const namespaces = new Map(snapshot.namespaces.map((namespace) => [namespace.name, namespace]));
  const onSource = Map.groupBy(
    snapshot.pods.filter((pod) => pod.injected === move.source && !pod.finished && pod.workload !== undefined),
    (pod) => (pod.workload === undefined ? '' : workloadName(pod.workload)),
  );
  const plane = (revision: Revision): ControlPlane | undefined =>
    snapshot.controlPlanes.find((candidate) => candidate.revision === revision);
  return {
    ...move,
    snapshot,
    frozen,
    resolve: resolverOf(snapshot.controlPlanes, snapshot.tags),
    sourcePlane: plane(move.source),
    targetPlane: plane(move.target),
    inScope: (namespace) =>
      !namespace.terminating && namespace.name !== snapshot.istioNamespace && isInScope(frozen, namespace),
    namespaceNamed: (name) => namespaces.get(name),
    podsOnSource: (ref) => onSource.get(workloadName(ref)) ?? [],
  };
}

/** `Deployment payments/api`, as every finding names a workload. */
export const workloadName = ({ kind, namespace, name }: WorkloadRef): string => `${kind} ${namespace}/${name}`;

/** Its next pods, or its present ones, are the source's. */
export const usesSource = (workload: Workload, { source, podsOnSource }: Concern): boolean =>
  workload.requested === source || podsOnSource(workload.ref).length > 0;

/** `3 pods`, `1 pod`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
