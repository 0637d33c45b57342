// Has a rollout finished? The arithmetic of `kubectl rollout status` (k8s.io/kubectl, polymorphichelpers/rollout_status.go): an object
// goes in, an answer comes out. It waits for nothing, and it does not look at pods.
import type { WorkloadObject } from './kinds.ts';

export interface RolloutStatus {
  readonly done: boolean;
  /** Kubernetes has given up (progress deadline) or never begins (`OnDelete`): waiting longer is of no use. */
  readonly failed: boolean;
  /** A sentence for people. */
  readonly message: string;
}
const done = (message: string): RolloutStatus => ({ done: true, failed: false, message });
const waiting = (message: string): RolloutStatus => ({ done: false, failed: false, message });
const failed = (message: string): RolloutStatus => ({ done: false, failed: true, message });

/**
 * Never done before the controller has seen the latest spec: until then every other number is about the old one. The kind is told by
 * the fields that only one kind has, since objects in a list do not carry it.
 */
export function rolloutStatus(object: WorkloadObject): RolloutStatus {
  const observed = object.status?.observedGeneration ?? 0;
  if (observed === 0 || (object.metadata.generation ?? 0) > observed)
    return waiting('waiting for the new spec to be observed');
  if (object.spec.updateStrategy === undefined) return deployment(object); // a Deployment's is called `strategy`
  return object.status?.desiredNumberScheduled === undefined ? statefulSet(object) : daemonSet(object);
}

/** `ReplicaFailure` is where a Deployment says that a quota or an admission webhook refuses its pods. */
function deployment({ spec, status }: WorkloadObject): RolloutStatus {
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return failed('exceeded its progress deadline');
  const wanted = spec.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const old = (status?.replicas ?? 0) - updated;
  const available = status?.availableReplicas ?? 0;
  const refusal = status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  if (updated < wanted)
    return waiting(
      `${updated} of ${wanted} new pods have been created${refusal?.message === undefined ? '' : `: ${refusal.message}`}`,
    );
  if (old > 0) return waiting(`${old} old pods are pending termination`);
  if (available < updated) return waiting(`${available} of ${updated} new pods are available`);
  return done(`all ${updated} pods are new and available`);
}

function statefulSet({ spec, status }: WorkloadObject): RolloutStatus {
  if (spec.updateStrategy?.type === 'OnDelete') return failed('is updated only when its pods are deleted (OnDelete)');
  const wanted = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (ready < wanted) return waiting(`${ready} of ${wanted} pods are ready`);
  if (updated < wanted - partition) return waiting(`${updated} of ${wanted - partition} new pods have been created`);
  if (partition > 0)
    return done(`${updated} pods are new, ${wanted - updated} are held back by partition ${partition}`);
  return done(`all ${updated} pods are new and ready`);
}

function daemonSet({ spec, status }: WorkloadObject): RolloutStatus {
  if (spec.updateStrategy?.type === 'OnDelete') return failed('is updated only when its pods are deleted (OnDelete)');
  const wanted = status?.desiredNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  const available = status?.numberAvailable ?? 0;
  if (updated < wanted) return waiting(`${updated} of ${wanted} new pods have been created`);
  if (available < wanted) return waiting(`${available} of ${wanted} new pods are available`);
  return done(`all ${updated} pods are new and available`);
}
