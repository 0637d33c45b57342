// How is a long list read? Page by page, in one consistent state; begun again when that state expires in the middle.
import type { KubeObject, Kind } from '../../mesh/kinds.ts';
import type { ListOptions } from '../../ports/cluster.ts';
import { ApiError } from '../../shared/errors.ts';
import { isAlwaysServed } from './always-served.ts';
import type { Connection, Request } from './connection.ts';
import { collectionPath } from './paths.ts';

export interface Listing extends ListOptions {
  /** Leaves out everything but apiVersion, kind and metadata. */
  readonly metadataOnly?: boolean;
}
/** `resourceVersion` is absent where the kind is not served. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly resourceVersion?: string;
}
interface Page<T> {
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items?: readonly T[] | null;
}

const PAGE = '500';
const ATTEMPTS = 3;
/** Objects as they are, whole, are right too: they are only more. */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** All objects, with the apiVersion and kind that the server leaves out of lists; empty where it does not serve the kind. */
export async function listPages<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: Listing,
  signal?: AbortSignal,
): Promise<Listed<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      // The last attempt takes everything at once, which cannot expire.
      return await pages(connection, kind, options, attempt < ATTEMPTS ? PAGE : undefined, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 410 || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function pages<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  { namespace, labelSelector, metadataOnly }: Listing,
  limit: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Listed<T>> {
  const what = `list ${kind.plural}${namespace === undefined ? '' : ` in ${namespace}`}`;
  const items: T[] = [];
  for (let next: string | undefined; ;) {
    // Only a first page can tell that a kind is not served. Any other 404 is a failure: nothing may pass for an empty list that
    // is none, nor take back the pages that were read.
    const mayBeUnserved = next === undefined && !isAlwaysServed(kind);
    const request: Request = {
      method: 'GET',
      path: collectionPath(kind, namespace),
      query: { limit, continue: next, labelSelector },
      what,
      mayBeUnserved,
      ...(metadataOnly === true ? { accept: METADATA } : {}),
      ...(signal === undefined ? {} : { signal }),
    };
    const page: Page<T> | undefined = mayBeUnserved
      ? await connection.find<Page<T>>(request)
      : await connection.json<Page<T>>(request);
    if (page === undefined) return { items: [] };
    for (const item of page.items ?? []) items.push({ ...item, apiVersion: kind.apiVersion, kind: kind.kind });
    next = page.metadata?.continue;
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}
