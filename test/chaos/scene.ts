// What does the whole mesh look like, object by object, in a form that two moments can be compared in? Beside what an observer of the
// mesh sees: the content of every object of the control planes, and every workload's spec.
import { setTimeout as pause } from 'node:timers/promises';
import { asRevision } from '../../src/mesh/names.ts';
import { isNameOfRevision } from '../../src/mesh/revision-objects.ts';
import type { Api } from '../cluster/api.ts';
import { observe, type ObserveOptions, type Picture } from '../mesh-builder/observe.ts';
import { bare, type Labelled, unflipped } from './bare.ts';

export const SYSTEM = '/api/v1/namespaces/istio-system';
export const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const SETTLE_MS = 10_000;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** What a control plane stands on first, what calls it last. */
const CONTROL_PLANE = [
  `${SYSTEM}/serviceaccounts`,
  `${RBAC}/clusterroles`,
  `${RBAC}/clusterrolebindings`,
  `${RBAC}/namespaces/istio-system/roles`,
  `${RBAC}/namespaces/istio-system/rolebindings`,
  `${SYSTEM}/configmaps`,
  `${SYSTEM}/services`,
  '/apis/apps/v1/namespaces/istio-system/deployments',
  '/apis/policy/v1/namespaces/istio-system/poddisruptionbudgets',
  '/apis/autoscaling/v2/namespaces/istio-system/horizontalpodautoscalers',
  `${ADMISSION}/validatingwebhookconfigurations`,
  `${ADMISSION}/mutatingwebhookconfigurations`,
];
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets'];

/** JSON all the way down: what a run leaves behind, to be compared with what another one leaves. */
export interface Scene extends Picture {
  /** `kind name` of everything that makes up the source's and the target's control planes, to what somebody meant it to be. */
  readonly controlPlanes: Record<string, object>;
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

export async function sceneOf(place: Place, options: ObserveOptions = {}): Promise<Scene> {
  const revisions = place.revisions.filter((revision) => revision !== options.withoutRevision);
  const [picture, planes, workloads] = await Promise.all([
    observe(place, options),
    planesOf({ ...place, revisions }),
    workloadsOf(place),
  ]);
  return {
    ...picture,
    validatingWebhooks: Object.fromEntries(
      Object.entries(picture.validatingWebhooks).map(([name, { labels, webhooks }]) => [
        name,
        { labels, webhooks: unflipped(webhooks) },
      ]),
    ),
    controlPlanes: Object.fromEntries(
      planes.map(({ object }) => [`${object.kind ?? ''} ${object.metadata.name}`, bare(object)]),
    ),
    workloads: Object.fromEntries(
      workloads.map(({ collection, object }) => [`${collection}/${object.metadata.name}`, specOf(object)]),
    ),
  };
}

/** The same, once controllers have had their time: a rollout that was cut short may still be replacing a pod. */
export async function settledDifferences(place: Place, wanted: Scene, options: ObserveOptions = {}): Promise<string[]> {
  const untilMs = Date.now() + SETTLE_MS;
  for (;;) {
    const wrong = differences(await sceneOf(place, options), wanted);
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
  if (isComposed(now) && isComposed(wanted) && Array.isArray(now) === Array.isArray(wanted)) {
    for (const key of new Set([...Object.keys(now), ...Object.keys(wanted)]))
      compare(now[key], wanted[key], at === '' ? key : `${at}: ${key}`, sentences);
    return;
  }
  const [is, should] = [textOf(now), textOf(wanted)];
  if (is !== should) sentences.push(`${at} is ${whatTells(is, should)}, not ${whatTells(should, is)}`);
}
/** An object or a list. */
const isComposed = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

/** Of a text as long as istiod's templates, the part where it begins to differ. */
function whatTells(text: string, other: string): string {
  if (text.length <= LEGIBLE) return text;
  let same = 0;
  while (same < text.length && text[same] === other[same]) same += 1;
  const from = Math.max(0, same - LEGIBLE / 4);
  return `…${text.slice(from, from + LEGIBLE)}…`;
}
const LEGIBLE = 200;

export async function planesOf({ api, revisions }: Place): Promise<Saved[]> {
  const lists = await Promise.all(CONTROL_PLANE.map(async (collection) => list(api, collection)));
  return lists
    .flat()
    .filter(({ object: { kind = '', metadata } }) =>
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

/** Each with its kind, which the items of a list do not say themselves. */
export async function list(api: Api, collection: string): Promise<Saved[]> {
  const { kind = '', items } = await api.list<Labelled>(collection);
  return items.map((object) => ({ collection, object: { kind: kind.replace(/List$/u, ''), ...object } }));
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
