// By which name does an object ask for its revision, and does an upgrade move what asks by that name? Several tags may point to the
// source: who follows another one is not this upgrade's to move. Where a name leads now is told by injection.ts and gateway-api.ts.
import { DEFAULT_TAG, INJECTION, REV, type Revision, type Tag } from './names.ts';
import type { ApiGateway, CronJob, MeshSnapshot, Workload } from './snapshot.ts';

type Labels = Readonly<Record<string, string>>;

/** The value of the label `istio.io/rev` that decides; undefined where none does, which asks for the tag `default`. */
export type AskedName = string | undefined;

/** By which name a pod of this template asks an injector (the rule is in injection.ts); means nothing where nobody injects it. */
export const askedByPod = (namespaceLabels: Labels, templateLabels: Labels): AskedName =>
  namespaceLabels[INJECTION] === undefined ? (namespaceLabels[REV] ?? templateLabels[REV]) : undefined;

/** By which name a Gateway asks for the istiod that deploys it: `istio-injection` means nothing to it (IsMine, see gateway-api.ts). */
export const askedByGateway = (namespaceLabels: Labels, { revLabel }: Pick<ApiGateway, 'revLabel'>): AskedName =>
  revLabel ?? namespaceLabels[REV];

/** What an upgrade moves. */
export interface MovedNames {
  readonly tag: Tag;
  readonly source: Revision;
}

/**
 * Whether a name is the upgrade's tag, or the source itself, or neither: then what asks by it is left alone, wherever it points. A tag
 * takes its name away from a revision that is called the same: `istio.io/rev=default` names an istiod without a revision only while
 * there is no such tag.
 * @example whatIsAsked('prod-stable', { tag: 'prod-canary', source: '1-31' }, tags) // 'another', though both tags point to 1-31
 */
export function whatIsAsked(
  name: AskedName,
  { tag, source }: MovedNames,
  tags: MeshSnapshot['tags'],
): 'the-tag' | 'the-source' | 'another' {
  if ((name ?? DEFAULT_TAG) === tag) return 'the-tag';
  return name === source && !tags.some((other) => other.tag === name) ? 'the-source' : 'another';
}

/** The same for the pod template of a workload or a CronJob, as its namespace is labelled now. */
export const whatTemplateAsks = (
  { ref, templateLabels }: Pick<Workload | CronJob, 'ref' | 'templateLabels'>,
  moved: MovedNames,
  { namespaces, tags }: Pick<MeshSnapshot, 'namespaces' | 'tags'>,
): ReturnType<typeof whatIsAsked> =>
  whatIsAsked(askedByPod(labelsIn(namespaces, ref.namespace), templateLabels), moved, tags);

/** Empty for a namespace that is not listed: it says nothing then. */
export const labelsIn = (namespaces: MeshSnapshot['namespaces'], name: string): Labels =>
  namespaces.find((namespace) => namespace.name === name)?.labels ?? {};
