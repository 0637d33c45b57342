// How does a test put a whole mesh back to where it was, without the code under test? It keeps every object that an upgrade
// changes, raw, and writes what differs. It waits for pods; it judges nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, ApiError, type KubeObject } from '../cluster/api.ts';
import { bare, type Labelled } from './bare.ts';
import {
  ADMISSION,
  differences,
  list,
  type Place,
  planesOf,
  type Saved,
  type Scene,
  sceneOf,
  SYSTEM,
  workloadsOf,
} from './scene.ts';

const JOURNAL = `${SYSTEM}/configmaps/istio-canary-upgrade`;
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/istio-canary-upgrade';

export interface SavedState {
  readonly scene: Scene;
  readonly objects: readonly Saved[];
  readonly journal: Labelled | undefined;
}
export async function save(place: Place): Promise<SavedState> {
  const [scene, objects, journal] = await Promise.all([
    sceneOf(place),
    everything(place),
    found<Labelled>(place.api, JOURNAL),
  ]);
  return { scene, objects, journal };
}

/** The mesh looks as it did when it was saved, its pods included, and nobody holds the lease. */
export async function restore(place: Place, saved: SavedState): Promise<void> {
  const { api } = place;
  await remove(api, LEASE);
  await remove(api, JOURNAL);
  const now = new Map((await everything(place)).map((each) => [idOf(each), each]));
  for (const each of saved.objects) await putBack(api, each, now.get(idOf(each))?.object);
  const wanted = new Set(saved.objects.map(idOf));
  const strangers = [...now].filter(([id]) => !wanted.has(id));
  // A control plane that was installed since: what calls it first, what it stands on last.
  for (const [, { collection, object }] of strangers.toReversed())
    await remove(api, `${collection}/${object.metadata.name}`);
  if (saved.journal !== undefined) await api.create(`${SYSTEM}/configmaps`, bare(saved.journal));
  await untilItLooksLike(place, saved.scene);
}

/** As its ConfigMap says for people; undefined without one. */
export async function journalState(api: Api): Promise<string | undefined> {
  return (await found<Labelled>(api, JOURNAL))?.data?.['state'];
}

/** Whoever took the lease and did not hand it back. */
export async function leaseHolder(api: Api): Promise<string | undefined> {
  const held = (await found<HeldLease>(api, LEASE))?.spec?.holderIdentity;
  return held === null || held === '' ? undefined : held;
}
interface HeldLease extends KubeObject {
  spec?: { holderIdentity?: string | null };
}

async function putBack(api: Api, { collection, object }: Saved, current: Labelled | undefined): Promise<void> {
  if (current === undefined) {
    await api.create(collection, bare(object));
    return;
  }
  const same = JSON.stringify(bare(current)) === JSON.stringify(bare(object));
  if (same) return;
  const at = `${collection}/${object.metadata.name}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { metadata } = await api.get<Labelled>(at);
      await api.replace(at, {
        ...bare(object),
        metadata: { ...bare(object).metadata, resourceVersion: metadata.resourceVersion },
      });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || attempt >= 10) throw error; // istiod writes CA bundles
    }
  }
}

/** Pods that run on another revision than they should are replaced. */
async function untilItLooksLike(place: Place, scene: Scene): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let look = 1; ; look += 1) {
    const now = await sceneOf(place);
    const wrong = differences(now, scene);
    if (wrong.length === 0 && (await allReady(place))) return;
    if (Date.now() > deadline) throw new Error(`the mesh could not be put back: ${wrong.join('; ')}`);
    if (look % 10 === 0) await replacePods(place, now, scene);
    await pause(200);
  }
}

async function replacePods({ api, namespaces }: Place, now: Scene, wanted: Scene): Promise<void> {
  const wrong = Object.keys(wanted.injected).filter(
    (name) => JSON.stringify(now.injected[name]) !== JSON.stringify(wanted.injected[name]),
  );
  for (const namespace of namespaces)
    if (wrong.some((name) => name.startsWith(`${namespace}/`)))
      await api.delete(`/api/v1/namespaces/${namespace}/pods`);
}

interface Rolled extends KubeObject {
  spec: { replicas?: number };
  status?: {
    readyReplicas?: number;
    updatedReplicas?: number;
    observedGeneration?: number;
    replicas?: number;
  };
}

async function allReady({ api, namespaces }: Place): Promise<boolean> {
  const lists = await Promise.all(
    [...namespaces, 'istio-system'].flatMap((namespace) =>
      ['deployments', 'statefulsets'].map((plural) =>
        api.list<Rolled>(`/apis/apps/v1/namespaces/${namespace}/${plural}`),
      ),
    ),
  );
  return lists
    .flatMap(({ items }) => items)
    .every(
      ({ metadata, spec, status = {} }) =>
        status.observedGeneration === metadata.generation &&
        (status.readyReplicas ?? 0) === (spec.replicas ?? 1) &&
        (status.replicas ?? 0) === (spec.replicas ?? 1) &&
        (status.updatedReplicas ?? 0) === (spec.replicas ?? 1),
    );
}

async function everything(place: Place): Promise<Saved[]> {
  const { api, namespaces } = place;
  const [planes, workloads, spaces, mutating, validating, services] = await Promise.all([
    planesOf(place),
    workloadsOf(place),
    list(api, '/api/v1/namespaces'),
    list(api, `${ADMISSION}/mutatingwebhookconfigurations`),
    list(api, `${ADMISSION}/validatingwebhookconfigurations`),
    list(api, `${SYSTEM}/services`),
  ]);
  const tags = [...mutating, ...validating, ...services].filter(
    ({ object }) =>
      object.metadata.labels?.['istio.io/tag'] !== undefined ||
      object.metadata.name.startsWith('istiod-default-validator'),
  );
  const mine = spaces.filter(({ object }) => namespaces.includes(object.metadata.name));
  return [...planes, ...tags, ...mine, ...workloads];
}

const idOf = ({ collection, object }: Saved): string => `${collection}/${object.metadata.name}`;

async function found<T extends KubeObject>(api: Api, path: string): Promise<T | undefined> {
  try {
    return await api.get<T>(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

async function remove(api: Api, path: string): Promise<void> {
  try {
    await api.delete(path);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}
