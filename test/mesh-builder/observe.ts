// What does the mesh look like, in a form that two moments can be compared in? Labels, webhooks, Services, gateways and what injected
// whom; left out are versions, times, managed fields, pod names and everything else that changes without anyone's doing.
import { type Api, ApiError, type KubeObject } from '../cluster/api.ts';
import { type Pod, readMember } from '../cluster/traffic/member.ts';

/** JSON all the way down: `expect(await observe(cluster)).toEqual(before)`. */
export interface Picture {
  readonly namespaces: Record<string, Record<string, string>>;
  readonly mutatingWebhooks: Record<string, WebhooksSeen>;
  readonly validatingWebhooks: Record<string, WebhooksSeen>;
  /** Of istio-system. */
  readonly services: Record<string, object>;
  /** `kind namespace/name` to the pod template's labels: of every workload, gateways among them. */
  readonly templateLabels: Record<string, Record<string, string>>;
  /** `namespace/name` to the labels of Gateway API's Gateways; empty without the CRDs. */
  readonly gateways: Record<string, Record<string, string>>;
  /** `namespace/workload` to how many pods each revision injected; `none` for those without a sidecar. */
  readonly injected: Record<string, Record<string, number>>;
}

export interface WebhooksSeen {
  readonly labels: Record<string, string>;
  readonly webhooks: readonly object[];
}

export interface ObserveOptions {
  /** Leaves out the control plane of this revision (labelled `istio.io/rev` and no tag's), which a rollback rightly leaves in place. */
  readonly withoutRevision?: string;
}

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const KINDS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };

export async function observe({ api }: { api: Api }, options: ObserveOptions = {}): Promise<Picture> {
  const counts = (object: KubeObject) => !isOf(options.withoutRevision, object);
  const list = async <T extends KubeObject>(path: string) => (await api.list<T>(path)).items.filter(counts);
  const [namespaces, mutating, validating, services, gateways, pods] = await Promise.all([
    list('/api/v1/namespaces'),
    list<Webhooks>(`${ADMISSION}/mutatingwebhookconfigurations`),
    list<Webhooks>(`${ADMISSION}/validatingwebhookconfigurations`),
    list<Service>('/api/v1/namespaces/istio-system/services'),
    list('/apis/gateway.networking.k8s.io/v1/gateways').catch(noneWithoutCrds),
    list<Pod>('/api/v1/pods'),
  ]);
  return {
    namespaces: byName(namespaces, ({ metadata }) => metadata.labels ?? {}),
    mutatingWebhooks: byName(mutating, webhooks),
    validatingWebhooks: byName(validating, webhooks),
    services: byName(services, ({ metadata, spec }) => ({
      labels: metadata.labels ?? {},
      selector: spec.selector ?? {},
      ports: spec.ports?.map(({ name, port, targetPort }) => ({ name, port, targetPort })),
    })),
    templateLabels: await templateLabels(list),
    gateways: byName(gateways, ({ metadata }) => metadata.labels ?? {}),
    injected: injected(pods),
  };
}

interface Webhooks extends KubeObject {
  webhooks?: object[];
}
interface Service extends KubeObject {
  spec: { selector?: Record<string, string>; ports?: { name?: string; port: number; targetPort?: unknown }[] };
}
interface Workload extends KubeObject {
  spec: { template: { metadata?: { labels?: Record<string, string> } } };
}

function noneWithoutCrds(error: unknown): [] {
  if (error instanceof ApiError && error.status === 404) return [];
  throw error;
}

function isOf(revision: string | undefined, { metadata }: KubeObject): boolean {
  const labels = metadata.labels ?? {};
  return revision !== undefined && labels['istio.io/rev'] === revision && isControlPlane(metadata.namespace, labels);
}

/** What a revision's installation brings, not what only asks for it: a namespace or a workload carries the same label. */
function isControlPlane(namespace: string | undefined, labels: Readonly<Record<string, string>>): boolean {
  const installed = labels['app'] === 'istiod' || labels['app'] === 'sidecar-injector';
  return (installed || namespace === 'istio-system') && labels['istio.io/tag'] === undefined;
}

const webhooks = ({ metadata, webhooks: seen = [] }: Webhooks): WebhooksSeen => ({
  labels: metadata.labels ?? {},
  webhooks: seen,
});

function byName<T extends KubeObject, Seen>(objects: readonly T[], see: (object: T) => Seen): Record<string, Seen> {
  const named = objects.map((object) => [nameOf(object), see(object)] as const);
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const nameOf = ({ metadata: { namespace, name } }: KubeObject) =>
  namespace === undefined ? name : `${namespace}/${name}`;

async function templateLabels(
  list: <T extends KubeObject>(path: string) => Promise<T[]>,
): Promise<Record<string, Record<string, string>>> {
  const lists = await Promise.all(
    Object.entries(KINDS).map(async ([kind, plural]) => {
      const workloads = byName(await list<Workload>(`/apis/apps/v1/${plural}`), labelsOfTemplate);
      return Object.entries(workloads).map(([name, labels]) => [`${kind} ${name}`, labels] as const);
    }),
  );
  return Object.fromEntries(lists.flat());
}

const labelsOfTemplate = ({ spec }: Workload) => spec.template.metadata?.labels ?? {};

function injected(pods: readonly Pod[]): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  const alive = pods.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && !isOver(status?.phase),
  );
  const members = alive.map(readMember).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const member of members) {
    const count = (counts[keyOf(member)] ??= {});
    const revision = member.revision ?? 'none';
    count[revision] = (count[revision] ?? 0) + 1;
  }
  return counts;
}

const keyOf = ({ namespace, workload }: { namespace: string; workload: string }) => `${namespace}/${workload}`;
const isOver = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';
