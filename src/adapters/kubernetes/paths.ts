// Where does the API server keep a kind, and one object of it?
import type { Kind, KubeObject } from '../../mesh/kinds.ts';

/** `/api/v1` for the core, `/apis/group/version` for the rest. */
export const rootPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** All objects of a kind, in one namespace or, without it, everywhere. */
export function collectionPath(kind: Kind<KubeObject>, namespace?: string): string {
  const within = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${rootPath(kind.apiVersion)}${within}/${kind.plural}`;
}

/** One object; throws where a namespaced kind comes without its namespace, for the path would mean something else. */
export function objectPath(kind: Kind<KubeObject>, name: string, namespace?: string): string {
  return `${writablePath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Where an object of the kind is created. */
export function writablePath(kind: Kind<KubeObject>, namespace?: string): string {
  if (kind.namespaced && (namespace === undefined || namespace === '')) {
    throw new Error(`${kind.kind} is namespaced, and no namespace was given`);
  }
  return collectionPath(kind, namespace);
}
