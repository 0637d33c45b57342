// What does the whole mesh look like, object by object, in a form that two moments can be compared in? Beside what an observer of the
// mesh sees: every object of the control planes, and every workload's spec.
import { setTimeout as pause } from 'node:timers/promises';
import { asRevision } from '../../src/mesh/names.ts';
import { isNameOfRevision } from '../../src/mesh/revision-objects.ts';
import type { Api, KubeObject } from '../cluster/api.ts';
import { observe, type Picture } from '../mesh-builder/observe.ts';

export const SYSTEM = '/api/v1/namespaces/istio-system';
export const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const SETTLE_MS = 10_000;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** What a control plane stands on first, what calls it last. */
const CONTROL_PLANE: Readonly<Record<string, string>> = {
  ServiceAccount: `${SYSTEM}/serviceaccounts`,
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
  Role: `${RBAC}/namespaces/istio-system/roles`,
  RoleBinding: `${RBAC}/namespaces/istio-system/rolebindings`,
  ConfigMap: `${SYSTEM}/configmaps`,
  Service: `${SYSTEM}/services`,
  Deployment: '/apis/apps/v1/namespaces/istio-system/deployments',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/istio-system/poddisruptionbudgets',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/istio-system/horizontalpodautoscalers',
  ValidatingWebhookConfiguration: `${ADMISSION}/validatingwebhookconfigurations`,
  MutatingWebhookConfiguration: `${ADMISSION}/mutatingwebhookconfigurations`,
};
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'];

export interface Labelled extends KubeObject {
  webhooks?: object[];
  spec?: { template?: { metadata?: { annotations?: Record<string, string> } }; [field: string]: unknown };
  data?: Record<string, string>;
}

/** JSON all the way down: what a run leaves behind, to be compared with what another one leaves. */
export interface Scene extends Picture {
  /** `kind name` of everything that makes up the source's and the target's control planes. */
  readonly controlPlanes: readonly string[];
  /** Path to the spec of every workload of the mesh, but for the time of its last restart. */
  readonly workloads: Record<string, object>;
}

/** An object and where it is created. */
export interface Saved {
  readonly collection: string;
  readonly object: Labelled;
}

export interface Place {
  readonly api: Api;
  /** Namespaces of the mesh. */
  readonly namespaces: readonly string[];
  readonly revisions: readonly string[];
}

export async function sceneOf(place: Place): Promise<Scene> {
  const [picture, planes, workloads] = await Promise.all([observe(place), planesOf(place), workloadsOf(place)]);
  return {
    ...picture,
    controlPlanes: planes.map(({ object: { kind, metadata } }) => `${kind ?? ''} ${metadata.name}`).toSorted(),
    workloads: Object.fromEntries(
      workloads.map(({ collection, object }) => [`${collection}/${object.metadata.name}`, specOf(object)]),
    ),
  };
}

/** The same, once controllers have had their time: a rollout that was cut short may still be replacing a pod. */
export async function settledDifferences(place: Place, wanted: Scene): Promise<string[]> {
  const untilMs = Date.now() + SETTLE_MS;
  for (;;) {
    const wrong = differences(await sceneOf(place), wanted);
    if (wrong.length === 0 || Date.now() > untilMs) return wrong;
    await pause(250);
  }
}

/** One sentence for each part of the scene that is not as it should be. */
export function differences(now: Scene, wanted: Scene): string[] {
  const sentences: string[] = [];
  compare(now, wanted, '', sentences);
  return sentences;
}

function compare(now: unknown, wanted: unknown, at: string, sentences: string[]): void {
  if (isRecord(now) && isRecord(wanted)) {
    for (const key of new Set([...Object.keys(now), ...Object.keys(wanted)]))
      compare(now[key], wanted[key], at === '' ? key : `${at}: ${key}`, sentences);
    return;
  }
  const [a, b] = [JSON.stringify(now), JSON.stringify(wanted)];
  if (a !== b) sentences.push(`${at} is ${a ?? 'absent'}, not ${b ?? 'absent'}`);
}
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export async function planesOf({ api, revisions }: Place): Promise<Saved[]> {
  const lists = await Promise.all(
    Object.entries(CONTROL_PLANE).map(async ([kind, collection]) =>
      (await list(api, collection)).map((each) => ({ ...each, object: { ...each.object, kind } })),
    ),
  );
  return lists
    .flat()
    .filter(({ object: { kind, metadata } }) =>
      revisions.some((revision) => isNameOfRevision(kind, metadata.name, asRevision(revision), 'istio-system')),
    );
}

export async function workloadsOf({ api, namespaces }: Place): Promise<Saved[]> {
  const lists = await Promise.all(
    namespaces.flatMap((namespace) =>
      WORKLOADS.map((plural) => list(api, `/apis/apps/v1/namespaces/${namespace}/${plural}`)),
    ),
  );
  return lists.flat();
}

export async function list(api: Api, collection: string): Promise<Saved[]> {
  return (await api.list<Labelled>(collection)).items.map((object) => ({ collection, object }));
}

function specOf(object: Labelled): object {
  const copy: { spec?: { template?: { metadata?: { annotations?: Record<string, string> } } } } = structuredClone({
    spec: object.spec ?? {},
  });
  const metadata = copy.spec?.template?.metadata;
  if (metadata?.annotations !== undefined) {
    delete metadata.annotations['kubectl.kubernetes.io/restartedAt'];
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
  }
  return copy.spec ?? {};
}
