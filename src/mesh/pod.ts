// What is one pod to the upgrade: who made it, what injected it, is it ready, and if not, who is to blame? Whether it should look like
// that is for the phases to ask.
import { INJECTED_CONTAINERS, injectedRevision, PROXY, proxyOf } from './injected.ts';
import type { ContainerStatus, PodObject } from './kinds.ts';
import { RESTARTED_AT } from './names.ts';
import type { MeshPod, PodTrouble, WorkloadRef } from './snapshot.ts';

/** The facts of one pod, from a list or a watch event alike. */
export function meshPod(pod: PodObject): MeshPod {
  const { metadata, spec, status } = pod;
  const { shape, container } = proxyOf(spec);
  const injected = injectedRevision(pod);
  const workload = workloadBehind(pod);
  const restartedAt = metadata.annotations?.[RESTARTED_AT];
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const isDone = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const sinceMs = Date.parse(ready?.lastTransitionTime ?? '');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    ownerKind: controllerOf(pod)?.kind ?? 'none',
    labels: metadata.labels ?? {},
    sidecar: shape,
    ready: isReady,
    proxyReady: statusesOf(pod).some(({ name, ready: containerReady }) => name === PROXY && containerReady),
    finished: isDeleted || isDone,
    hostNetwork: spec.hostNetwork ?? false,
    trouble: troubleOf(pod),
    ...(isDeleted && !isDone ? { draining: true } : {}),
    ...(workload === undefined ? {} : { workload }),
    ...(injected === undefined ? {} : { injected }),
    ...(restartedAt === undefined ? {} : { restartedAt }),
    ...(container?.image === undefined ? {} : { proxyImage: container.image }),
    ...(Number.isNaN(sinceMs) ? {} : isReady ? { readySinceMs: sinceMs } : { unreadySinceMs: sinceMs }),
  };
}

const controllerOf = ({ metadata }: PodObject): { readonly kind: string; readonly name: string } | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/**
 * The Deployment, StatefulSet or DaemonSet whose restart replaces the pod. A Deployment's ReplicaSet is called after it and the
 * pod's `pod-template-hash`; a ReplicaSet of anything else (Argo Rollouts has a label of its own) has none, and no restart moves it.
 */
function workloadBehind(pod: PodObject): WorkloadRef | undefined {
  const controller = controllerOf(pod);
  const namespace = pod.metadata.namespace ?? '';
  if (controller?.kind === 'StatefulSet' || controller?.kind === 'DaemonSet')
    return { kind: controller.kind, namespace, name: controller.name };
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (controller?.kind !== 'ReplicaSet' || hash === undefined || !controller.name.endsWith(`-${hash}`))
    return undefined;
  return { kind: 'Deployment', namespace, name: controller.name.slice(0, -hash.length - 1) };
}

const statusesOf = ({ status }: PodObject): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** By whether it may pass: a registry that is busy or away for a while answers the kubelet's next attempt. */
const PULL_FAILURES: ReadonlyMap<string, boolean> = new Map([
  ['ErrImagePull', true],
  ['ImagePullBackOff', true],
  ['InvalidImageName', false],
  ['ErrImageNeverPull', false],
]);
/** Fails on a node whose CNI plugin is not there yet; istio-cni then repairs the pod (istio/istio cni/pkg/repair). */
const VALIDATION = 'istio-validation';

/** What Istio brought is named first: while its proxy fails, an application can't be blamed for failing too. */
function troubleOf(pod: PodObject): PodTrouble {
  const waiting = statusesOf(pod)
    .map(({ name, state }) => ({ name, reason: state?.waiting?.reason ?? '', message: state?.waiting?.message ?? '' }))
    .toSorted((a, b) => Number(INJECTED_CONTAINERS.has(b.name)) - Number(INJECTED_CONTAINERS.has(a.name)));
  for (const { name, reason, message } of waiting) {
    const ofIstio = INJECTED_CONTAINERS.has(name);
    if (reason === 'CrashLoopBackOff')
      return ofIstio
        ? { kind: 'proxy-crash-loop', message, ...(name === VALIDATION ? { mayPass: true } : {}) }
        : { kind: 'app-crash-loop', container: name };
    const mayPass = PULL_FAILURES.get(reason);
    if (mayPass !== undefined)
      return { kind: 'image-pull', container: name, proxy: ofIstio, ...(mayPass ? { mayPass } : {}) };
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable')
    return { kind: 'unschedulable', message: scheduled.message ?? '' };
  const unready = statusesOf(pod).filter(({ ready }) => !ready);
  const proxyReady = statusesOf(pod).some(({ name, ready }) => name === PROXY && ready);
  const begun = unready.some((status) => INJECTED_CONTAINERS.has(status.name) && hasBegun(status));
  if (proxyReady || begun || proxyOf(pod.spec).container === undefined) return { kind: 'none' };
  return { kind: 'not-started', message: whatHoldsUp(pod) };
}

/** Reasons of a container that waits for its pod: for volumes, the network, or the init containers before it. */
const NOT_YET: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Runs, has ended, or waits for a cause of its own. */
function hasBegun({ state = {} }: ContainerStatus): boolean {
  const { waiting, running, terminated } = state;
  return running !== undefined || terminated !== undefined || !NOT_YET.has(waiting?.reason ?? 'ContainerCreating');
}

function whatHoldsUp({ status }: PodObject): string {
  const holds = status?.initContainerStatuses?.find((init) => !init.ready && hasBegun(init));
  if (holds === undefined) return 'its containers are not created yet';
  const { reason, message = '' } = holds.state?.waiting ?? {};
  return `init container ${holds.name} ${reason === undefined ? 'is not done' : `waits: ${reason} ${message}`.trimEnd()}`;
}
