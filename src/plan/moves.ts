// Which workloads does a restart move to a revision, how, and which can't be moved? Read off a fresh snapshot.
import { requestedRevision, resolverOf } from '../mesh/injection.ts';
import { REV, type Revision } from '../mesh/names.ts';
import type { Immovable, MeshPod, MeshSnapshot, Workload, WorkloadRef } from '../mesh/snapshot.ts';
import { assertNever } from '../shared/assert-never.ts';

/** How one workload gets to another revision. */
export interface Move {
  readonly ref: WorkloadRef;
  readonly how:
    | { readonly kind: 'restart' }
    /** Sets the pod template's `istio.io/rev` (`null` takes it away), which rolls it. */
    | { readonly kind: 'template-label'; readonly to: string | null }
    /** Restarted by us before, or about to roll by itself (Gateway API): only followed. */
    | { readonly kind: 'await'; readonly rollsByItself?: true };
}
export interface Moves {
  readonly items: readonly Move[];
  /** Sentences: what stays on another revision, and why. */
  readonly leftOver: readonly string[];
}

export interface MoveOrder {
  readonly snapshot: MeshSnapshot;
  readonly namespaces: readonly string[];
  /** Revision to move to. */
  readonly to: Revision;
  /** Template labels to write first, by workload (`null` takes the label away). */
  readonly templateLabels?: ReadonlyMap<Workload, string | null>;
  /** The stamp of restarts already made: those workloads are only followed, whatever their health. */
  readonly restartedAt?: string;
  /** Stamps of restarts that were in vain: those workloads are restarted once more, whatever their health. */
  readonly inVain?: readonly string[];
  /** A rollback restarts what is broken too. */
  readonly evenIfUnavailable: boolean;
}

/** Namespaces in the given order; inside one, as the snapshot lists them. What is wholly on `to` already is left out. */
export function movesOf(order: MoveOrder): Moves {
  const { snapshot } = order;
  const items: Move[] = [];
  const leftOver: string[] = [];
  for (const namespace of order.namespaces) {
    const workloads = snapshot.workloads.filter((workload) => workload.ref.namespace === namespace);
    for (const workload of workloads) {
      const move = moveOf(workload, podsOf(snapshot, workload), order);
      if (move === undefined) continue;
      if (typeof move === 'string') leftOver.push(move);
      else items.push(move);
    }
    leftOver.push(...unrestartable(snapshot, namespace, order.to));
  }
  return { items, leftOver };
}

function moveOf(workload: Workload, pods: readonly MeshPod[], order: MoveOrder): Move | string | undefined {
  // Its template asks for no injection, so what a new pod would meet tells nothing: the Gateway decides.
  if (workload.gateway === 'gateway-api') return gatewayApi(workload, pods, order);
  if (workload.immovable === 'host-network') return hostNetwork(workload, pods, order);
  const label = order.templateLabels?.get(workload);
  if (label === undefined && workload.requested !== order.to) return undefined;
  if (workload.gateway === 'fixed-image') return undefined;
  return restartOf(workload, pods, label, order);
}

/**
 * How a workload whose next pods are to be on `to` gets there, with the template label to write where there is one; undefined where it
 * is there already, or has no pods; a sentence where a restart can't or should not move it.
 */
export function restartOf(
  workload: Workload,
  pods: readonly MeshPod[],
  label: string | null | undefined,
  order: Pick<MoveOrder, 'to' | 'restartedAt' | 'inVain' | 'evenIfUnavailable'>,
): Move | string | undefined {
  const { ref } = workload;
  const relabel = label !== undefined && (workload.templateLabels[REV] ?? null) !== label;
  if (!relabel && isSettled(pods, order.to)) return undefined;
  const begun = order.restartedAt !== undefined && workload.restartedAt === order.restartedAt;
  if (begun && !relabel) return { ref, how: { kind: 'await' } };
  const ours = workload.restartedAt !== undefined && order.inVain?.includes(workload.restartedAt) === true;
  // Forward only: a restart would inject it for the first time, or be blamed for what it never had. The way back restarts what is ours.
  if (!order.evenIfUnavailable && !ours && pods.length > 0 && pods.every(({ sidecar }) => sidecar === 'none'))
    return `${ref.kind} ${ref.namespace}/${ref.name}: has no sidecar although its labels ask for one, so it is not restarted; restart it yourself where it should have one`;
  // Its label rolls nothing then, and decides for the pods that it gets later.
  const why =
    relabel && workload.immovable === 'scaled-to-zero'
      ? undefined
      : whyNot(workload.immovable, order.evenIfUnavailable || ours, relabel);
  if (why !== undefined) {
    if (pods.length === 0) return undefined;
    const stays = relabel && order.evenIfUnavailable && !rollsNothing(workload) ? labelThatStays(workload, label) : '';
    return `${ref.kind} ${ref.namespace}/${ref.name}: ${why}${stays}`;
  }
  return { ref, how: relabel ? { kind: 'template-label', to: label } : { kind: 'restart' } };
}

/** All its pods run with that revision's proxy and are ready. */
export const isSettled = (pods: readonly MeshPod[], on: Revision): boolean =>
  pods.length > 0 && pods.every(({ injected, ready }) => injected === on && ready);

/** Whether a label in its template restarts none of its pods by itself. Of a StatefulSet with a partition it would some. */
export const rollsNothing = ({ immovable }: Pick<Workload, 'immovable'>): boolean =>
  immovable === 'paused' || immovable === 'on-delete';

const labelThatStays = ({ templateLabels }: Workload, to: string | null): string =>
  `; its pod template has ${REV}=${templateLabels[REV] ?? ''} still, which would restart pods if it were written: ${to === null ? 'take it away' : `set it to ${to}`} together with the partition`;

/**
 * istiod rolls it as soon as its Gateway asks for another revision (istio/istio 1.31
 * pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go). Nobody waits for one that asks for another than `to`, or that nobody
 * deploys: it would never come. On the way there, one without any new pod that was broken before is named, for the move is not to blame;
 * on the way back, being on the source is all that is asked of it.
 */
function gatewayApi(workload: Workload, pods: readonly MeshPod[], order: MoveOrder): Move | string | undefined {
  const { ref, madeByGateway } = workload;
  const { snapshot, to, evenIfUnavailable } = order;
  const owner = snapshot.apiGateways.find(
    ({ namespace, name }) => namespace === ref.namespace && name === madeByGateway,
  );
  if (owner?.managed !== true || owner.requested !== to) return undefined;
  if (pods.every((pod) => pod.injected === to && (pod.ready || evenIfUnavailable))) return undefined;
  return brokenBefore(workload, pods, order) ?? { ref, how: { kind: 'await', rollsByItself: true } };
}

/** A sentence for what istiod rolls by itself and was in no good state before: nobody's new proxy is to blame where it does not come. */
export const brokenBefore = (
  { ref, immovable }: Workload,
  pods: readonly MeshPod[],
  { to, evenIfUnavailable }: Pick<MoveOrder, 'to' | 'evenIfUnavailable'>,
): string | undefined =>
  !evenIfUnavailable && immovable === 'unavailable-before' && pods.every((pod) => pod.injected !== to)
    ? `${ref.kind} ${ref.namespace}/${ref.name}: was not fully available before, so it is not waited for: it rolls by itself`
    : undefined;

/** It asks like its neighbours and is never served: named when its batch comes. A rollback has nothing to put back. */
function hostNetwork(
  { ref, templateLabels }: Workload,
  pods: readonly MeshPod[],
  { snapshot, to, evenIfUnavailable }: MoveOrder,
): string | undefined {
  const labels = snapshot.namespaces.find(({ name }) => name === ref.namespace)?.labels ?? {};
  const asksFor = requestedRevision(labels, templateLabels, resolverOf(snapshot.controlPlanes, snapshot.tags));
  if (asksFor !== to || pods.length === 0 || evenIfUnavailable) return undefined;
  return `${ref.kind} ${ref.namespace}/${ref.name}: ${whyNot('host-network', false) ?? ''}`;
}

function whyNot(immovable: Immovable, evenIfUnavailable: boolean, relabel = false): string | undefined {
  switch (immovable) {
    case 'none':
      return undefined;
    case 'host-network':
      return 'uses the host network and never gets a sidecar';
    case 'paused':
      // A pod that is deleted comes again from the ReplicaSet, with the label that this one has.
      return `is paused, so a restart does nothing: resume it${relabel ? '' : ', or delete its pods yourself'}`;
    case 'on-delete':
      return 'has update strategy OnDelete: delete its pods yourself';
    case 'partition':
      return 'has a rolling update partition: pods below it are not replaced';
    case 'scaled-to-zero':
      return 'is scaled to zero';
    case 'unavailable-before':
      return evenIfUnavailable ? undefined : 'was not fully available before, so it is not restarted';
    default:
      return assertNever(immovable);
  }
}

function unrestartable(snapshot: MeshSnapshot, namespace: string, to: Revision): string[] {
  return snapshot.pods
    .filter(
      (pod) =>
        pod.namespace === namespace &&
        pod.workload === undefined &&
        !pod.finished &&
        pod.injected !== undefined &&
        pod.injected !== to,
    )
    .map(
      (pod) =>
        `pod ${pod.namespace}/${pod.name} (${pod.ownerKind === 'none' ? 'bare' : `of a ${pod.ownerKind}`}) stays on ${pod.injected ?? ''} until it ends or you replace it`,
    );
}

export const podsOf = (snapshot: MeshSnapshot, { ref }: Pick<Workload, 'ref'>): readonly MeshPod[] =>
  snapshot.pods.filter(
    (pod) =>
      !pod.finished &&
      pod.workload?.kind === ref.kind &&
      pod.workload.namespace === ref.namespace &&
      pod.workload.name === ref.name,
  );
