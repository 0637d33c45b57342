// Is a controller's work done? Object in, the reason why not out. Generation is checked first: an old status proves nothing.
import type { KubeObject } from '../cluster/api.ts';

export interface Controller extends KubeObject {
  spec: { replicas?: number; updateStrategy?: { type?: string }; paused?: boolean };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
  };
}

/** What is missing, such as `1 of 3 pods available`; undefined when nothing is. */
export function missing(controller: Controller): string | undefined {
  const { metadata, spec, status = {} } = controller;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'not seen by its controller yet';
  const daemon = controller.kind === 'DaemonSet';
  const wanted = daemon ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const updated = (daemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available = (daemon ? status.numberAvailable : status.availableReplicas) ?? 0;
  const all = (daemon ? wanted : status.replicas) ?? 0;
  if (daemon && wanted === 0) return 'no node for it yet';
  if (available < wanted) return `${available} of ${wanted} pods available`;
  if (spec.updateStrategy?.type !== 'OnDelete' && spec.paused !== true && updated < wanted)
    return `${updated} of ${wanted} pods on the newest template`;
  return all > wanted ? `${all - wanted} old pods left` : undefined;
}
