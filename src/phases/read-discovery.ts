// Which namespaces does each istiod discover? Reads the ConfigMaps that say so, of control planes that are there, and of a target that is
// only rendered yet.
import { type Discoverer, discovererOf, meshConfigMapOf, sharedMeshConfigOf } from '../mesh/discovery.ts';
import type { Finding } from '../mesh/finding.ts';
import {
  CONFIG_MAP,
  type ConfigMapObject,
  DEPLOYMENT,
  type Kind,
  type KubeObject,
  type WorkloadObject,
} from '../mesh/kinds.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { discoveryFindings } from '../plan/discovery.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { readMesh } from './discover.ts';

type Cluster = Pick<ClusterPort, 'get'>;

/** What would hide namespaces of the mesh from an istiod. `rendered`: the target as it would be installed; empty where it is there. */
export async function checkDiscovery(
  cluster: Cluster,
  plan: UpgradePlan,
  snapshot: MeshSnapshot,
  rendered: readonly KubeObject[] = [],
): Promise<readonly Finding[]> {
  const [source, target] = await Promise.all([
    discovererNow(cluster, plan.source, snapshot),
    rendered.length === 0 ? discovererNow(cluster, plan.target, snapshot) : discovererThen(cluster, plan, rendered),
  ]);
  // Another finding says that there is none, or why it does not render.
  if (source === undefined) return [];
  return discoveryFindings(plan, snapshot, { source, ...(target === undefined ? {} : { target }) });
}

/** The same of what has been installed, before anything else is written. Throws `BrokenWorld` where a namespace of the mesh would be hidden. */
export async function verifyDiscovery(cluster: ClusterPort, plan: UpgradePlan): Promise<void> {
  const findings = await checkDiscovery(cluster, plan, await readMesh(cluster, plan.istioNamespace));
  const [first] = findings.filter(({ severity }) => severity === 'blocks');
  if (first === undefined) return;
  throw new BrokenWorld(`${first.subject}: ${first.message}`, {
    remedy: `${first.remedy} Then run the same command again. Nothing has been moved; doing nothing is safe.`,
  });
}

async function discovererNow(
  cluster: Cluster,
  revision: Discoverer['revision'],
  { controlPlanes, istioNamespace }: MeshSnapshot,
): Promise<Discoverer | undefined> {
  const plane = controlPlanes.find((candidate) => candidate.revision === revision);
  if (plane === undefined) return undefined;
  const [shared, own] = await Promise.all([
    plane.sharedMeshConfig && meshIn(cluster, istioNamespace, plane.sharedMeshConfig),
    meshIn(cluster, istioNamespace, meshConfigMapOf(revision)),
  ]);
  return discovererOf(revision, { shared, own, served: plane.deployments.length > 0 });
}

/** What is not rendered may be there. */
async function discovererThen(
  cluster: Cluster,
  { target, istioNamespace }: UpgradePlan,
  rendered: readonly KubeObject[],
): Promise<Discoverer> {
  const istiods = rendered.filter((object) => is(DEPLOYMENT, object));
  const sharedName = istiods.map(sharedMeshConfigOf).find((name) => name !== undefined);
  const mesh = async (name: string): Promise<string | undefined> => {
    const configMaps = rendered.filter((object): object is ConfigMapObject => is(CONFIG_MAP, object));
    const found = configMaps.find(({ metadata }) => metadata.name === name && metadata.namespace === istioNamespace);
    return found === undefined ? meshIn(cluster, istioNamespace, name) : found.data?.['mesh'];
  };
  const shared = sharedName === undefined ? undefined : await mesh(sharedName);
  return discovererOf(target, { shared, own: await mesh(meshConfigMapOf(target)), served: istiods.length > 0 });
}

const meshIn = async (cluster: Cluster, namespace: string, name: string): Promise<string | undefined> =>
  (await cluster.get(CONFIG_MAP, name, namespace))?.data?.['mesh'];

const is = <T extends ConfigMapObject | WorkloadObject>(kind: Kind<T>, object: KubeObject): object is T =>
  object.apiVersion === kind.apiVersion && object.kind === kind.kind;
