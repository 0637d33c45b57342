// Which status would a real kubelet write for a pod in this state? Pure; both sidecar shapes.
import { type Container, type Pod, isNativeSidecar, isProxy } from './pod.ts';

/** Whose containers crashed, and how often. */
export interface Crashes {
  which: 'proxy' | 'app';
  count: number;
}

export type PodState =
  | { kind: 'starting' }
  | { kind: 'ready'; after?: Crashes }
  | { kind: 'crashing'; crashes: Crashes }
  /** The proxy runs, and its probes fail. */
  | { kind: 'proxy-unready' }
  | { kind: 'no-image'; image: string }
  | { kind: 'succeeded' }
  | { kind: 'failed' };

export interface Addresses {
  podIP: string;
  hostIP: string;
}

type Part =
  | 'up'
  | 'unready'
  | 'initialized'
  | 'creating'
  | 'waiting-for-init'
  | 'crashing'
  | 'no-image'
  | 'completed'
  | 'killed';

export function podStatus(pod: Pod, state: PodState, { podIP, hostIP }: Addresses, now: Date): object {
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const init = pod.spec.initContainers ?? [];
  const held =
    (state.kind === 'proxy-unready' || (state.kind === 'crashing' && state.crashes.which === 'proxy')) &&
    init.some((each) => isNativeSidecar(each) && isProxy(each));
  const restarts = (each: Container): number => restartsOf(each, state);
  const initStatuses = init.map((each) =>
    isNativeSidecar(each)
      ? containerStatus(each, partOf(each, state, false), restarts(each), time)
      : containerStatus(each, 'initialized', 0, time),
  );
  const statuses = pod.spec.containers.map((each) =>
    containerStatus(each, partOf(each, state, held), restarts(each), time),
  );
  const ready = [...statuses, ...initStatuses.filter((_, i) => isNativeSidecar(init[i] ?? { name: '' }))].every(
    (each) => each.ready,
  );
  const condition = (type: string, holds: boolean, reason = 'ContainersNotReady') => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: time,
    ...(!holds && { reason }),
  });
  const whyNot = state.kind === 'succeeded' ? 'PodCompleted' : 'ContainersNotReady';
  return {
    phase: phaseOf(state, held),
    observedGeneration: pod.metadata.generation ?? 0,
    startTime: pod.status?.startTime ?? time,
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP,
    hostIPs: [{ ip: hostIP }],
    containerStatuses: statuses,
    ...(init.length > 0 && { initContainerStatuses: initStatuses }),
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', !held, 'ContainersNotInitialized'),
      condition('ContainersReady', ready, whyNot),
      condition('Ready', ready, whyNot),
    ],
  };
}

function phaseOf(state: PodState, held: boolean): string {
  if (state.kind === 'succeeded') return 'Succeeded';
  if (state.kind === 'failed') return 'Failed';
  const allCreated = state.kind === 'ready' || ((state.kind === 'crashing' || state.kind === 'proxy-unready') && !held);
  return allCreated ? 'Running' : 'Pending';
}

/** A native sidecar that does not come up holds back every container after it; a classic one does not. */
function partOf(container: Container, state: PodState, held: boolean): Part {
  if (state.kind === 'crashing') {
    if (isProxy(container) === (state.crashes.which === 'proxy')) return 'crashing';
    return held ? 'waiting-for-init' : 'up';
  }
  if (state.kind === 'proxy-unready') return isProxy(container) ? 'unready' : held ? 'waiting-for-init' : 'up';
  if (state.kind === 'no-image') return container.image === state.image ? 'no-image' : 'up';
  return steady[state.kind];
}

function restartsOf(container: Container, state: PodState): number {
  const crashes = state.kind === 'crashing' ? state.crashes : state.kind === 'ready' ? state.after : undefined;
  return crashes !== undefined && isProxy(container) === (crashes.which === 'proxy') ? crashes.count : 0;
}

const steady = { starting: 'creating', ready: 'up', succeeded: 'completed', failed: 'killed' } as const;
const waiting = (reason: string, message: string) => ({ waiting: { reason, message } });

function containerStatus(container: Container, part: Part, restarts: number, time: string) {
  const ended = (exitCode: number, reason: string) => ({
    terminated: { exitCode, reason, startedAt: time, finishedAt: time },
  });
  const image = container.image ?? '';
  const states: Record<Part, object> = {
    up: { running: { startedAt: time } },
    unready: { running: { startedAt: time } },
    creating: waiting('ContainerCreating', ''),
    'waiting-for-init': waiting('PodInitializing', ''),
    crashing: waiting('CrashLoopBackOff', `back-off restarting failed container ${container.name}`),
    'no-image': waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
    completed: ended(0, 'Completed'),
    initialized: ended(0, 'Completed'),
    killed: ended(137, 'Error'),
  };
  return {
    name: container.name,
    image,
    imageID: '',
    ready: part === 'up' || part === 'initialized',
    started: part === 'up',
    restartCount: restarts,
    state: states[part],
    ...(part === 'crashing' && { lastState: ended(1, 'Error') }),
  };
}
