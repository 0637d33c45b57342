// What do the workloads and pods of a rollout look like right now? One watch a kind, kept in memory, read by `roll`.
import { POD, WORKLOAD_KINDS, type Kind, type KubeObject, type PodObject, type WorkloadObject } from '../mesh/kinds.ts';
import { meshPod } from '../mesh/pod.ts';
import type { MeshPod, WorkloadRef } from '../mesh/snapshot.ts';
import type { World } from '../ports/world.ts';

export interface WorkloadView {
  workload(ref: WorkloadRef): WorkloadObject | undefined;
  pods(ref: WorkloadRef): readonly MeshPod[];
  /** Those of its pods that are done or dying, which `pods` leaves out. */
  leaving(ref: WorkloadRef): readonly MeshPod[];
  /** Resolves at the next change, after `ms`, or when the view's signal aborts. */
  changed(ms: number): Promise<void>;
  /** Rejects when a watch fails for good; otherwise resolves once the view's signal has aborted. */
  readonly ended: Promise<void>;
}

/** Resolves when every kind has been listed once; follows until `signal` aborts. A single namespace is followed alone. */
export async function viewWorkloads(
  world: World,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<WorkloadView> {
  const workloads = new Map<string, WorkloadObject>();
  const pods = new Map<string, Map<string, MeshPod>>();
  const ownerOf = new Map<string, string>();
  let wake = asleep;
  const wanted = new Set(namespaces);
  const inScope = (object: KubeObject): boolean => wanted.has(object.metadata.namespace ?? '');
  const options = namespaces.length === 1 && namespaces[0] !== undefined ? { namespace: namespaces[0] } : {};

  const forgetPod = (uid: string): void => {
    pods.get(ownerOf.get(uid) ?? '')?.delete(uid);
    ownerOf.delete(uid);
  };
  const putPod = (object: PodObject): void => {
    const pod = meshPod(object);
    forgetPod(pod.uid);
    if (pod.workload === undefined) return;
    const owner = idOf(pod.workload);
    ownerOf.set(pod.uid, owner);
    const siblings = pods.get(owner) ?? new Map<string, MeshPod>();
    pods.set(owner, siblings.set(pod.uid, pod));
  };
  const follow = async <T extends KubeObject>(
    kind: Kind<T>,
    listed: () => void,
    store: { put(object: T): void; drop(object: T): void; clear(): void },
  ): Promise<void> => {
    for await (const change of world.cluster.follow(kind, options, signal)) {
      if (change.kind === 'sync') {
        store.clear();
        for (const object of change.items) if (inScope(object)) store.put(object);
        listed();
      } else if (inScope(change.object)) {
        if (change.kind === 'put') store.put(change.object);
        else store.drop(change.object);
      }
      wake();
    }
  };

  const first: Promise<void>[] = [];
  const listing = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    first.push(promise);
    return resolve;
  };
  const streams = [
    follow(POD, listing(), {
      put: putPod,
      drop: (object) => {
        forgetPod(object.metadata.uid ?? '');
      },
      clear: () => {
        pods.clear();
        ownerOf.clear();
      },
    }),
    ...WORKLOAD_KINDS.map(async (kind) => {
      const id = (object: WorkloadObject): string =>
        `${kind.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      await follow(kind, listing(), {
        put: (object) => workloads.set(id(object), object),
        drop: (object) => workloads.delete(id(object)),
        clear: () => {
          for (const key of workloads.keys()) if (key.startsWith(`${kind.kind} `)) workloads.delete(key);
        },
      });
    }),
  ];
  const ended = Promise.all(streams).then(() => undefined);
  await Promise.race([Promise.all(first), ended]);
  const podsOf = (ref: WorkloadRef): readonly MeshPod[] => [...(pods.get(idOf(ref))?.values() ?? [])];
  return {
    workload: (ref) => workloads.get(idOf(ref)),
    pods: (ref) => podsOf(ref).filter((pod) => !pod.finished),
    leaving: (ref) => podsOf(ref).filter((pod) => pod.finished),
    ended,
    changed: async (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await Promise.race([promise, world.clock.sleep(ms, signal), ended]);
    },
  };
}

const asleep = (): void => undefined;

export const idOf = (ref: WorkloadRef): string => `${ref.kind} ${ref.namespace}/${ref.name}`;
