// What are the names a mesh is made of, and which keys does Istio give them? Sources: istio/api label/labels.yaml,
// annotation/annotations.yaml.
import type { Brand } from '../shared/brand.ts';

/** The name of a control plane, such as `1-32-0`; `default` for one installed without a revision. */
export type Revision = Brand<string, 'Revision'>;
/** An alias of a revision, such as `default` or `prod-stable`. */
export type Tag = Brand<string, 'Tag'>;

export const asRevision = (name: string): Revision => name as Revision;
export const asTag = (name: string): Tag => name as Tag;

/** The Helm release that `install: helm` makes of a revision. */
export const helmRelease = (revision: Revision): string => `istiod-${revision}`;

/** The tag that `istio-injection=enabled` follows. */
export const DEFAULT_TAG: Tag = asTag('default');

/** As a label: the *requested* revision or tag. As a pod annotation: the *injected* revision. */
export const REV = 'istio.io/rev';
/** Marks a revision tag's objects; its value is the tag. */
export const TAG = 'istio.io/tag';
/** On a namespace: `enabled` follows the default tag, any other value turns injection off. */
export const INJECTION = 'istio-injection';
/** On a pod: `false` keeps every injector away, `true` asks the default tag's. */
export const INJECT = 'sidecar.istio.io/inject';
/** What `kubectl rollout restart` writes into a pod template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** Who we are, as server-side field manager, lease and journal name. */
export const OURSELVES = 'istio-canary-upgrade';
