// Which namespaces does istiod discover, as its mesh configuration says? YAML in, selectors out, or what is wrong with it; of the rest of
// that configuration nothing is read.
import { parse } from 'yaml';
import { anyObject, type Check, listOf, mapOf, oneOf, optional, shape, text } from '../shared/shape.ts';

/** Kubernetes' own: all of it has to match. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Expression[];
}
interface Expression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export type DiscoverySelectors =
  /** None are given: every namespace. */
  | { readonly kind: 'all' }
  /** Namespaces that any of them matches. */
  | { readonly kind: 'selected'; readonly selectors: readonly LabelSelector[] }
  /** What istiod makes of it cannot be told; a phrase. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** As much of it as is read; protobuf's JSON takes either spelling. */
interface MeshConfig {
  readonly discoverySelectors?: readonly LabelSelector[] | null;
  readonly discovery_selectors?: readonly LabelSelector[] | null;
}

/**
 * From the texts that istiod merges, in its order: what a later one says counts, and what it does not mention stays
 * (istio/istio 1.31 pkg/config/mesh/mesh.go, ApplyMeshConfig). Never throws.
 */
export function discoverySelectorsIn(texts: readonly string[]): DiscoverySelectors {
  let found: readonly LabelSelector[] | undefined;
  for (const one of texts) {
    const mesh = meshConfigIn(one);
    if (typeof mesh === 'string') return { kind: 'unreadable', problem: mesh };
    found = mesh.discoverySelectors ?? mesh.discovery_selectors ?? found;
  }
  if (found === undefined) return { kind: 'all' };
  const problem = SELECTORS(found, 'discoverySelectors') ?? firstWrongNumber(found);
  if (problem !== undefined) return { kind: 'unreadable', problem };
  return found.length === 0 ? { kind: 'all' } : { kind: 'selected', selectors: found };
}

/** As istiod's parser reads it: `yes` is true, and of two equal keys the last counts. A phrase where it is none. */
function meshConfigIn(yaml: string): MeshConfig | string {
  try {
    const mesh: MeshConfig | null = parse(yaml, { version: '1.1', uniqueKeys: false, logLevel: 'error' });
    return mesh === null ? {} : anyObject(mesh, 'it') === undefined ? mesh : 'it is not a mapping';
  } catch {
    return 'it is not YAML';
  }
}

const selectorShape = shape<LabelSelector>({
  matchLabels: optional(mapOf(text)),
  matchExpressions: optional(
    listOf(
      shape<Expression>({
        key: text,
        operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: optional(listOf(text)),
      }),
    ),
  ),
});
/** A field of another spelling would leave a selector that chooses everything. */
const SELECTORS: Check = listOf((value, path) => {
  const wrong = selectorShape(value, path);
  if (wrong !== undefined) return wrong;
  const stranger = Object.keys(value ?? {}).find((key) => !KNOWN.has(key));
  return stranger === undefined ? undefined : `${path} has a field ${stranger}`;
});
const KNOWN = new Set(['matchLabels', 'matchExpressions']);

/** Kubernetes refuses such a selector, and istiod with it all of them. */
function firstWrongNumber(selectors: readonly LabelSelector[]): string | undefined {
  const wrong = selectors
    .flatMap(({ matchExpressions = [] }) => matchExpressions)
    .find(({ operator, values = [] }) => (operator === 'In' || operator === 'NotIn') !== values.length > 0);
  if (wrong === undefined) return undefined;
  const { key, operator, values = [] } = wrong;
  return `discoverySelectors: ${operator} of ${key} ${values.length === 0 ? 'without' : 'with'} values`;
}
