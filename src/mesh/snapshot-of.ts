// What does the mesh look like, given the objects of the cluster? Puts the facts of the files beside it together; asks nothing, judges
// nothing.
import { companionsOf } from './companions.ts';
import { apiGatewayOf, gatewayOwnerOf } from './gateway-api.ts';
import { controlPlanesOf } from './control-planes.ts';
import { namespaceRequest, resolverOf } from './injection.ts';
import type {
  ApiGatewayObject,
  CronJobObject,
  GatewayClassObject,
  Kind,
  KubeObject,
  PodObject,
  ServiceObject,
  WebhookConfigurationObject,
  WorkloadObject,
} from './kinds.ts';
import { asRevision, REV } from './names.ts';
import { meshPod } from './pod.ts';
import type { MeshNamespace, MeshSnapshot, Workload, WorkloadKind } from './snapshot.ts';
import { DEFAULT_VALIDATOR, tagsOf } from './tags.ts';
import { webhookTargetsOf } from './webhook-targets.ts';
import { cronJobOf, workloadOf } from './workload.ts';

/** Objects as the API server lists them: without `kind`, so each kind has a place of its own. */
export interface RawMesh {
  readonly istioNamespace: string;
  /** All namespaces; `kube-system` among them says which cluster this is. */
  readonly namespaces: readonly KubeObject[];
  readonly mutating: readonly WebhookConfigurationObject[];
  readonly validating: readonly WebhookConfigurationObject[];
  /** Services of the Istio namespace. */
  readonly services: readonly ServiceObject[];
  readonly deployments: readonly WorkloadObject[];
  readonly statefulSets: readonly WorkloadObject[];
  readonly daemonSets: readonly WorkloadObject[];
  readonly cronJobs: readonly CronJobObject[];
  readonly pods: readonly PodObject[];
  readonly gateways: readonly ApiGatewayObject[];
  readonly gatewayClasses: readonly GatewayClassObject[];
  /** Without their schemas. */
  readonly crds: readonly KubeObject[];
  /** Config objects with the label `istio.io/rev`, by their kind. */
  readonly labelledConfig: readonly { readonly kind: Kind<KubeObject>; readonly objects: readonly KubeObject[] }[];
}

/** The same objects always give the same snapshot: everything is in order of namespace and name. */
export function snapshotOf(raw: RawMesh): MeshSnapshot {
  const inIstioNamespace = raw.deployments.filter(({ metadata }) => metadata.namespace === raw.istioNamespace);
  const controlPlanes = controlPlanesOf({ ...raw, deployments: inIstioNamespace });
  const tags = tagsOf(raw);
  const resolve = resolverOf(controlPlanes, tags);
  const validator = raw.validating.find(({ metadata }) => metadata.name === DEFAULT_VALIDATOR)?.metadata.labels?.[REV];
  const ownerFor = gatewayOwnerOf(controlPlanes, tags, validator === undefined ? undefined : asRevision(validator));
  const labelsOf = new Map(raw.namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const labelsAround = (object: KubeObject): Readonly<Record<string, string>> =>
    labelsOf.get(object.metadata.namespace ?? '') ?? {};
  const workloads = (kind: WorkloadKind, objects: readonly WorkloadObject[]): readonly Workload[] =>
    inOrder(objects).map((object) => workloadOf(kind, object, labelsAround(object), resolve));
  return {
    clusterUid: raw.namespaces.find(({ metadata }) => metadata.name === 'kube-system')?.metadata.uid ?? '',
    istioNamespace: raw.istioNamespace,
    controlPlanes,
    tags,
    namespaces: inOrder(raw.namespaces).map(namespaceOf),
    workloads: [
      ...workloads('Deployment', raw.deployments),
      ...workloads('StatefulSet', raw.statefulSets),
      ...workloads('DaemonSet', raw.daemonSets),
    ],
    cronJobs: inOrder(raw.cronJobs).map((object) => cronJobOf(object, labelsAround(object), resolve)),
    pods: inOrder(raw.pods).map(meshPod),
    apiGateways: inOrder(raw.gateways)
      .map((gateway) => apiGatewayOf(gateway, raw.gatewayClasses, labelsAround(gateway), ownerFor))
      .filter((gateway) => gateway !== undefined),
    companions: companionsOf(raw.crds, raw.daemonSets),
    pinnedConfig: raw.labelledConfig.flatMap(({ kind, objects }) =>
      inOrder(objects).flatMap((object) => pin(kind, object)),
    ),
    webhookTargets: webhookTargetsOf(raw, controlPlanes),
  };
}

function namespaceOf({ metadata }: KubeObject): MeshNamespace {
  const labels = metadata.labels ?? {};
  return {
    name: metadata.name,
    labels,
    request: namespaceRequest(labels),
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

function pin(kind: Kind<KubeObject>, { metadata }: KubeObject): MeshSnapshot['pinnedConfig'] {
  const value = metadata.labels?.[REV];
  if (value === undefined) return [];
  const { name, namespace } = metadata;
  return [{ ref: { kind, name, ...(namespace === undefined ? {} : { namespace }) }, value }];
}

const byName = (a: KubeObject, b: KubeObject): number =>
  compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const inOrder = <T extends KubeObject>(objects: readonly T[]): readonly T[] => objects.toSorted(byName);
