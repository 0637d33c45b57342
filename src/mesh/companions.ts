// What is installed beside istiod, once for all revisions, and of which version? A revision upgrade moves none of it.
import type { KubeObject, WorkloadObject } from './kinds.ts';
import { parseVersion, versionOfImage } from './version.ts';

export interface Companion {
  readonly part: 'crds' | 'cni' | 'ztunnel';
  /** `DaemonSet istio-system/istio-cni-node`, `CustomResourceDefinition virtualservices.networking.istio.io`. */
  readonly object: string;
  readonly version: string;
}

/** The charts label CRDs with their version since 1.24; what is labelled with an earlier one was built from source. */
const FIRST_LABELLED = { major: 1, minor: 24 };
const VERSION = 'app.kubernetes.io/version';

/** All whose version can be told; CRDs that were applied as plain files carry none. */
export function companionsOf(crds: readonly KubeObject[], daemonSets: readonly WorkloadObject[]): readonly Companion[] {
  return [...crds.flatMap(ofCrd), ...daemonSets.flatMap(ofDaemonSet)];
}

/** A CRD's name ends with its group; Kubernetes allows no other. */
function ofCrd({ metadata }: KubeObject): readonly Companion[] {
  const version = metadata.labels?.[VERSION];
  if (version === undefined || !metadata.name.endsWith('.istio.io')) return [];
  const parsed = parseVersion(version);
  if (parsed === undefined || (parsed.major === FIRST_LABELLED.major && parsed.minor < FIRST_LABELLED.minor)) return [];
  return [{ part: 'crds', object: `CustomResourceDefinition ${metadata.name}`, version }];
}

/** Known by their own containers: the images' repositories and the objects' names are anybody's choice. */
function ofDaemonSet({ metadata, spec }: WorkloadObject): readonly Companion[] {
  const { containers } = spec.template.spec;
  const cni = containers.find(({ name }) => name === 'install-cni');
  const ztunnel =
    metadata.labels?.['app'] === 'ztunnel' ? containers.find(({ name }) => name === 'istio-proxy') : undefined;
  const version = versionOfImage((cni ?? ztunnel)?.image ?? '');
  if (version === undefined) return [];
  return [
    {
      part: cni === undefined ? 'ztunnel' : 'cni',
      object: `DaemonSet ${metadata.namespace ?? ''}/${metadata.name}`,
      version,
    },
  ];
}
