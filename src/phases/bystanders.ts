// What must survive a removal, and did it? CRDs, the root CA, other revisions and tags are noted with their UIDs before, and looked
// for after.
import {
  CONFIG_MAP,
  CRD,
  DEPLOYMENT,
  MUTATING,
  SERVICE,
  VALIDATING,
  nameOf,
  type Kind,
  type KubeObject,
} from '../mesh/kinds.ts';
import { REV, type Revision } from '../mesh/names.ts';
import type { ClusterPort } from '../ports/cluster.ts';

/** Names and UIDs. */
export type Bystanders = ReadonlyMap<string, string>;

const ROOT_CA = 'istio-ca-root-cert';

/** Everything of Istio's that is shared, or of another revision. */
export async function readBystanders(
  cluster: ClusterPort,
  source: Revision,
  istioNamespace: string,
): Promise<Bystanders> {
  const revisioned = { namespace: istioNamespace, labelSelector: REV };
  const [crds, root, mutating, validating, deployments, services] = await Promise.all([
    cluster.listMetadata(CRD),
    cluster.get(CONFIG_MAP, ROOT_CA, istioNamespace),
    cluster.list(MUTATING, { labelSelector: REV }),
    cluster.list(VALIDATING),
    cluster.list(DEPLOYMENT, revisioned),
    cluster.list(SERVICE, revisioned),
  ]);
  const isOther = ({ metadata }: KubeObject): boolean => metadata.labels?.[REV] !== source;
  return new Map([
    ...noted(
      CRD,
      crds.filter(({ metadata }) => metadata.name.endsWith('.istio.io')),
    ),
    ...noted(CONFIG_MAP, root === undefined ? [] : [root]),
    ...noted(MUTATING, mutating.filter(isOther)),
    ...noted(
      VALIDATING,
      validating.filter((object) => isOther(object) && object.metadata.name.startsWith('istio')),
    ),
    ...noted(DEPLOYMENT, deployments.filter(isOther)),
    ...noted(SERVICE, services.filter(isOther)),
  ]);
}

/** Those that are no longer there, or have been made anew; empty when all survived. */
export function missingAmong(before: Bystanders, after: Bystanders): readonly string[] {
  return [...before].filter(([name, uid]) => after.get(name) !== uid).map(([name]) => name);
}

const noted = (kind: Kind<KubeObject>, objects: readonly KubeObject[]): readonly (readonly [string, string])[] =>
  objects.map(({ metadata }) => [nameOf({ kind, ...metadata }), metadata.uid ?? '']);
