// How does a test get its mesh? `await buildMesh(cluster, [namespace('payments', {injection: 'enabled'}, deployment('api')), …])` writes
// everything; `await mesh.ready()` waits until it runs. It installs neither Istio nor CRDs.
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, ApiError, type KubeObject } from '../cluster/api.ts';
import { type Manifest, controllerOf, namespaceObject, objectsOf } from './objects.ts';
import { collection } from './paths.ts';
import type { NamespacePiece, Placed } from './pieces.ts';
import { type Controller, missing } from './readiness.ts';

export interface Mesh {
  readonly namespaces: readonly string[];
  /** Resolves when every pod that can be ready is, and what was to be paused is; else throws and names what is not ready. */
  ready(options?: ReadyOptions): Promise<void>;
}

interface PodWithConditions extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

export interface ReadyOptions {
  /** 120 s unless told. */
  readonly timeoutMs?: number;
  /** Told the number of pieces that are not ready, whenever it changes. */
  readonly onProgress?: (left: number, of: number) => void;
}

const LOOK_MS = 100;

export async function buildMesh(cluster: { api: Api }, parts: readonly (NamespacePiece | Placed)[]): Promise<Mesh> {
  const { api } = cluster;
  const named = parts.flatMap((part) => ('piece' in part ? [] : [part]));
  const placed = parts.flatMap((part) => ('piece' in part ? [part] : part.pieces));
  const labelled = new Map(named.map(({ name, labels }) => [name, labels]));
  for (const { namespace } of placed)
    if (!labelled.has(namespace) && !(await exists(api, namespace))) labelled.set(namespace, {});
  await Promise.all([...labelled].map(([name, labels]) => write(api, namespaceObject(name, labels))));
  await Promise.all([...labelled.keys()].map((name) => untilItHasItsAccount(api, name)));
  await Promise.all(placed.flatMap(objectsOf).map((object) => write(api, object)));
  return {
    namespaces: [...new Set([...labelled.keys(), ...placed.map(({ namespace }) => namespace)])],
    ready: async (options) => {
      await untilReady(api, placed, options);
      await pauseWhatIsToBe(api, placed);
    },
  };
}

/** Applied, so that a mesh can be built again over an older one; a bare pod cannot be changed and is only created. */
async function write(api: Api, object: Manifest): Promise<void> {
  const at = collection(object.apiVersion, object.kind, object.metadata.namespace);
  if (object.kind === 'Pod') await api.create(at, object);
  else await api.patch(`${at}/${object.metadata.name}`, object, 'apply');
}

async function exists(api: Api, namespace: string): Promise<boolean> {
  return (await found(api, `/api/v1/namespaces/${namespace}`)) !== undefined;
}

/** Without it the API server refuses a bare pod. */
async function untilItHasItsAccount(api: Api, namespace: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await found(api, `/api/v1/namespaces/${namespace}/serviceaccounts/default`)) === undefined) {
    if (Date.now() > deadline) throw new Error(`namespace ${namespace} got no default ServiceAccount within 30 s`);
    await pause(LOOK_MS);
  }
}

async function untilReady(api: Api, placed: readonly Placed[], options: ReadyOptions = {}): Promise<void> {
  const { timeoutMs = 120_000, onProgress } = options;
  const deadline = Date.now() + timeoutMs;
  let before = -1;
  for (;;) {
    const reasons = (await Promise.all(placed.map((one) => reason(api, one)))).filter((why) => why !== undefined);
    if (reasons.length !== before) onProgress?.(reasons.length, placed.length);
    before = reasons.length;
    if (reasons.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`the mesh is not ready after ${timeoutMs / 1000} s: ${reasons.join('; ')}`);
    await pause(LOOK_MS);
  }
}

/** Why a piece is not ready; what cannot become ready, and Jobs, which end, are not waited for. */
async function reason(api: Api, { namespace, piece }: Placed): Promise<string | undefined> {
  if ('options' in piece && piece.options.unavailable === true) return undefined;
  if (piece.kind === 'Job') return undefined;
  if (piece.kind === 'Pod') {
    const path = `${collection('v1', 'Pod', namespace)}/${piece.name}`;
    const pod = await found<PodWithConditions>(api, path);
    const ready = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return ready === true ? undefined : `Pod ${namespace}/${piece.name}: not ready`;
  }
  const controller = controllerOf(piece);
  if (controller === undefined) return undefined;
  const path = `${collection('apps/v1', controller.kind, namespace)}/${controller.name}`;
  const object = await found<Controller>(api, path);
  const why = object === undefined ? 'not made yet' : missing({ ...object, kind: controller.kind });
  return why && `${controller.kind} ${namespace}/${controller.name}: ${why}`;
}

async function pauseWhatIsToBe(api: Api, placed: readonly Placed[]): Promise<void> {
  for (const { namespace, piece } of placed)
    if (piece.kind === 'Deployment' && piece.options.paused === true)
      await api.patch(`${collection('apps/v1', piece.kind, namespace)}/${piece.name}`, { spec: { paused: true } });
}

async function found<T extends KubeObject>(api: Api, path: string): Promise<T | undefined> {
  try {
    return await api.get<T>(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
