// Phase 1: what is in the cluster? Reads, each kind once and in parallel, and writes nothing. What it means is told by src/mesh.
import {
  API_GATEWAY,
  CRD,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  GATEWAY_CLASS,
  type Kind,
  type KubeObject,
  MUTATING,
  NAMESPACE,
  POD,
  SERVICE,
  STATEFUL_SET,
  VALIDATING,
} from '../mesh/kinds.ts';
import { REV } from '../mesh/names.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { type RawMesh, snapshotOf } from '../mesh/snapshot-of.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { allOf } from '../shared/all-of.ts';

/**
 * The mesh at one moment, as nearly as a dozen lists taken together can show it; `seenAs` shows what it would be with other objects.
 * Throws `ApiError` where a list is refused.
 */
export async function readMesh(
  cluster: ClusterPort,
  istioNamespace: string,
  seenAs: (raw: RawMesh) => RawMesh = (raw) => raw,
): Promise<MeshSnapshot> {
  const lists = await allOf<Omit<RawMesh, 'istioNamespace'>>({
    namespaces: cluster.list(NAMESPACE),
    mutating: cluster.list(MUTATING),
    validating: cluster.list(VALIDATING),
    services: cluster.list(SERVICE, { namespace: istioNamespace }),
    deployments: cluster.list(DEPLOYMENT),
    statefulSets: cluster.list(STATEFUL_SET),
    daemonSets: cluster.list(DAEMON_SET),
    cronJobs: cluster.list(CRON_JOB),
    pods: cluster.list(POD),
    gateways: cluster.list(API_GATEWAY),
    gatewayClasses: cluster.list(GATEWAY_CLASS),
    crds: cluster.listMetadata(CRD),
    labelledConfig: readLabelledConfig(cluster),
  });
  return snapshotOf(seenAs({ istioNamespace, ...lists }));
}

/** Config objects that only one revision sees. The API server picks them by label, so this stays small in any mesh. */
async function readLabelledConfig(cluster: ClusterPort): Promise<RawMesh['labelledConfig']> {
  const kinds = (await cluster.servedKinds(CONFIG_GROUPS)).filter(isConfig);
  return Promise.all(kinds.map(async (kind) => ({ kind, objects: await cluster.list(kind, { labelSelector: REV }) })));
}

const CONFIG_GROUPS: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  'gateway.networking.k8s.io',
]);

/** A Gateway of the Gateway API is none: its label chooses who deploys it (istio/istio 1.31 pkg/revisions/tag_watcher.go). */
const isConfig = ({ apiVersion, kind }: Kind<KubeObject>): boolean =>
  !(apiVersion.startsWith('gateway.networking.k8s.io/') && ['Gateway', 'GatewayClass'].includes(kind));
