// Does istiod discover a namespace with these labels? What it does not discover is not there for its proxies: no Services, no endpoints, no
// config (istio/istio 1.31 pkg/kube/namespace/filter.go).
import { type DiscoverySelectors, discoverySelectorsIn, type LabelSelector } from '../config/mesh-config.ts';
import type { WorkloadObject } from './kinds.ts';
import type { Revision } from './names.ts';

/** A control plane, and what its mesh configuration says of discovery. */
export interface Discoverer {
  readonly revision: Revision;
  /** The ConfigMap that says so, in the Istio namespace. */
  readonly configMap: string;
  readonly selectors: DiscoverySelectors;
}

/** The texts of its ConfigMaps, those that there are; `served` is false where nothing of this cluster runs it. */
export function discovererOf(
  revision: Revision,
  mesh: { readonly shared?: string | undefined; readonly own?: string | undefined; readonly served: boolean },
): Discoverer {
  const texts = [mesh.shared, mesh.own].filter((text) => text !== undefined);
  const selectors: DiscoverySelectors =
    texts.length === 0 && !mesh.served
      ? { kind: 'unreadable', problem: 'it runs elsewhere, and so may its mesh configuration' }
      : discoverySelectorsIn(texts);
  return { revision, configMap: meshConfigMapOf(revision), selectors };
}

type Labels = Readonly<Record<string, string>>;

/** Undefined where it cannot be told. */
export function discovers({ selectors }: Discoverer, labels: Labels): boolean | undefined {
  if (selectors.kind === 'unreadable') return undefined;
  return selectors.kind === 'all' || selectors.selectors.some((selector) => matches(selector, labels));
}

/** By Kubernetes' rules a label that is not there is in no set, so `NotIn` matches; an empty selector matches everything. */
function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      const isIn = value !== undefined && values.includes(value);
      return { In: isIn, NotIn: !isIn, Exists: value !== undefined, DoesNotExist: value === undefined }[operator];
    })
  );
}

/** The label keys that it chooses by. */
export const selectorKeys = ({ selectors }: Discoverer): ReadonlySet<string> =>
  new Set(
    selectors.kind !== 'selected'
      ? []
      : selectors.selectors.flatMap(({ matchLabels = {}, matchExpressions = [] }) => [
          ...Object.keys(matchLabels),
          ...matchExpressions.map(({ key }) => key),
        ]),
  );

/** Holds the mesh configuration under the key `mesh` (istio/istio 1.31 pilot/pkg/bootstrap/mesh.go, getMeshConfigMapName). */
export const meshConfigMapOf = (revision: Revision): string =>
  String(revision) === 'default' ? 'istio' : `istio-${revision}`;

/** A second ConfigMap, whose settings the first one's outrank (istio/istio 1.31 pilot/pkg/features/pilot.go). */
export const sharedMeshConfigOf = ({ spec }: WorkloadObject): string | undefined =>
  spec.template.spec.containers
    .find(({ name }) => name === 'discovery')
    ?.env?.find(({ name, value }) => name === 'SHARED_MESH_CONFIG' && value !== '')?.value;
