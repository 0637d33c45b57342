// Does anything still use the source? Reads everything anew, and then asks every replica of its istiod who is connected. An empty list
// is the proof that allows its removal; whatever cannot be asked stands on the list.
import { POD, type PodObject } from '../mesh/kinds.ts';
import { REV, type Revision } from '../mesh/names.ts';
import { connectedProxies, sourceUsers } from '../mesh/source-users.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { World } from '../ports/world.ts';
import { ApiError } from '../shared/errors.ts';
import { readMesh } from './discover.ts';

export interface Source {
  readonly source: Revision;
  readonly istioNamespace: string;
}
/** A pod that is going away stays connected until its grace period is over. */
const PATIENCE_MS = 60_000;
const BETWEEN_LOOKS_MS = 1_000;
const BETWEEN_LINES_MS = 15_000;
const METRICS_PORT = 15_014;

/**
 * Everyone who uses the source, each as a sentence; empty only when nobody does (or will, with the mesh `seenAs` it is about to be).
 * Where connections are all that is left, it waits up to a minute for them to close.
 */
export async function proveUnused(
  world: World,
  { source, istioNamespace }: Source,
  seenAs?: Parameters<typeof readMesh>[2],
): Promise<readonly string[]> {
  const begun = world.clock.now();
  for (;;) {
    world.signal.throwIfAborted();
    const users = sourceUsers(await readMesh(world.cluster, istioNamespace, seenAs), source).map(
      ({ sentence }) => sentence,
    );
    // Asked after the mesh was read: whoever has come in between is connected by now.
    const connections = await connectionsTo(world.cluster, source, istioNamespace);
    const all = [...users, ...connections];
    if (all.length === 0) world.log.line(`nothing uses ${source} any more`);
    if (all.length === 0 || users.length > 0 || world.clock.now() - begun >= PATIENCE_MS) return all;
    await untilClosed(world, { source, istioNamespace }, connections, begun + PATIENCE_MS);
  }
}

/** Until no connection is left, or patience is over. Asks istiod alone: the mesh is large, and is read again for the proof. */
async function untilClosed(
  { cluster, clock, log, signal }: World,
  { source, istioNamespace }: Source,
  before: readonly string[],
  endMs: number,
): Promise<void> {
  let connections = before;
  let lastLine = -Infinity;
  while (connections.length > 0 && clock.now() < endMs) {
    signal.throwIfAborted();
    if (clock.now() - lastLine >= BETWEEN_LINES_MS) {
      log.line(`waiting for connections to close: ${connections.join('; ')}`);
      lastLine = clock.now();
    }
    await clock.sleep(BETWEEN_LOOKS_MS, signal);
    connections = await connectionsTo(cluster, source, istioNamespace);
  }
}

/** One sentence for each replica that has a proxy connected, or that did not say. */
async function connectionsTo(
  cluster: ClusterPort,
  source: Revision,
  istioNamespace: string,
): Promise<readonly string[]> {
  const replicas = async (): Promise<readonly PodObject[]> =>
    cluster.list(POD, { namespace: istioNamespace, labelSelector: `app=istiod,${REV}=${source}` });
  const pods = await replicas();
  const sentences = await Promise.all(pods.filter(isAlive).map(async (pod) => connectionsOf(cluster, pod, replicas)));
  return sentences.flat();
}

async function connectionsOf(
  cluster: ClusterPort,
  { metadata }: PodObject,
  replicas: () => Promise<readonly PodObject[]>,
): Promise<readonly string[]> {
  const { name, namespace = '', uid } = metadata;
  const object = `Pod ${namespace}/${name}`;
  try {
    const proxies = connectedProxies(await cluster.proxyGet({ name, namespace, port: METRICS_PORT }, '/metrics'));
    if (proxies === 0) return [];
    if (proxies === undefined) return [`${object} does not say how many proxies are connected to it`];
    return [`${object} has ${proxies} ${proxies === 1 ? 'proxy' : 'proxies'} connected to it`];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // One that has gone since the list was taken has no connection any more. Listed again: no role may get a pod.
    if (error.status === 404 && !(await replicas()).some((pod) => pod.metadata.uid === uid)) return [];
    return [`${object} cannot be asked how many proxies are connected to it: ${error.message}`];
  }
}

const isAlive = ({ status }: PodObject): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
