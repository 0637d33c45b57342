// Which revision's injector would a new pod meet? It follows the webhooks' selectors (istio/istio 1.31
// manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml) and istiod's own second look
// (pkg/kube/inject/inject.go, injectRequired). It only predicts: what a pod really runs is told by injected.ts.
import { DEFAULT_TAG, INJECT, INJECTION, REV, type Revision } from './names.ts';
import type { ControlPlane, NamespaceRequest, RevisionTag } from './snapshot.ts';

type Labels = Readonly<Record<string, string>>;

/** The revision whose injector answers to a label's value (a tag or a revision), or undefined: nobody does, and the pod starts bare. */
export interface Resolve {
  (value: string): Revision | undefined;
  /** Whose injector takes pods that ask for nothing in namespaces that ask for nothing; absent unless somebody switched that on. */
  readonly unasked?: Revision;
}

/** Answers as the injectors would: a tag before a revision of the same name, and never a deactivated injector. */
export function resolverOf(controlPlanes: readonly ControlPlane[], tags: readonly RevisionTag[]): Resolve {
  const answering = new Map<string, Revision>();
  for (const { revision, deactivated } of controlPlanes) if (!deactivated) answering.set(revision, revision);
  for (const { tag, revision } of tags) answering.set(tag, revision);
  const unasked =
    tags.find((tag) => tag.injectsUnasked === true)?.revision ??
    controlPlanes.find((plane) => plane.injectsUnasked === true && !plane.deactivated)?.revision;
  const resolve = (value: string): Revision | undefined => answering.get(value);
  return Object.assign(resolve, unasked === undefined ? {} : { unasked });
}

/** What a namespace's labels ask for, before any pod is looked at. */
export function namespaceRequest(labels: Labels): NamespaceRequest {
  const injection = labels[INJECTION];
  const value = labels[REV];
  if (injection !== undefined && injection !== 'enabled') return { kind: 'disabled' };
  if (injection !== undefined)
    return value === undefined ? { kind: 'follows-default' } : { kind: 'both-labels', value };
  return value === undefined ? { kind: 'unlabelled' } : { kind: 'rev-label', value };
}

/**
 * The revision whose webhook selects a pod of this template in this namespace, or undefined: none does.
 * @example requestedRevision({ 'istio-injection': 'enabled', 'istio.io/rev': 'x' }, {}, resolve) // the default tag's: x is shadowed
 */
export function requestedRevision(
  namespaceLabels: Labels,
  templateLabels: Labels,
  resolve: Resolve,
): Revision | undefined {
  const inject = templateLabels[INJECT];
  if (inject === 'false') return undefined;
  const injection = namespaceLabels[INJECTION];
  if (injection !== undefined) return injection === 'enabled' ? resolve(DEFAULT_TAG) : undefined;
  const value = namespaceLabels[REV] ?? templateLabels[REV]; // the namespace outranks the pod: by design, istio#37088
  if (value !== undefined) return resolve(value);
  if (inject === 'true') return resolve(DEFAULT_TAG);
  return inject === undefined ? resolve.unasked : undefined;
}

/** Namespaces in which istiod never injects, whatever is asked (istio/istio 1.31 pkg/kube/inject/initializer.go). */
export const IGNORED_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);

/** A pod, or the template of one, as far as injection looks at it. */
export interface Asking {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hostNetwork: boolean;
}

/**
 * The revision that will really inject a new pod, or undefined: the webhooks' selectors and istiod's second look together.
 * It does not know `neverInjectSelector` and `alwaysInjectSelector` of the injector's own configuration.
 */
export function expectedRevision(
  namespace: { readonly name: string; readonly labels: Labels },
  pod: Asking,
  resolve: Resolve,
): Revision | undefined {
  if (pod.hostNetwork || IGNORED_NAMESPACES.has(namespace.name)) return undefined;
  if (pod.labels[INJECT] === undefined && pod.annotations[INJECT] === 'false') return undefined; // the label beats the annotation
  return requestedRevision(namespace.labels, pod.labels, resolve);
}
