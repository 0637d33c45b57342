// How is a kind followed without losing anything? A list, then a watch from its resourceVersion; a cut stream goes on
// where it was, a 410 begins again with a list.
import type { KubeObject, Kind } from '../../mesh/kinds.ts';
import type { Change, ListOptions } from '../../ports/cluster.ts';
import { ApiError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';
import { pathOf } from './paths.ts';

export type Lister<T> = () => Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
/** The API server ends a watch after this; below the common 5 minutes of load balancers. */
const WATCH_SECONDS = 240;
/** Failures in a row, with a growing pause between them, before it is given up. */
const ATTEMPTS = 8;

interface Event<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string };
}

export async function* follow<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: ListOptions,
  signal: AbortSignal,
  list: Lister<T>,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<Change<T>> {
  let from: string | undefined;
  for (let failures = 0; !signal.aborted;) {
    try {
      if (from === undefined) {
        const { items, resourceVersion } = await list();
        from = resourceVersion;
        yield { kind: 'sync', items };
      }
      for await (const event of watch<T>(connection, kind, options, signal, from)) {
        if (event.type === 'ERROR')
          throw new ApiError(`watch ${kind.kind}: ${event.object.message ?? ''}`, {
            status: event.object.code ?? 0,
            reason: 'watch',
          });
        from = event.object.metadata.resourceVersion ?? from;
        failures = 0;
        if (event.type === 'BOOKMARK') continue;
        yield { kind: event.type === 'DELETED' ? 'gone' : 'put', object: event.object };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 410) from = undefined;
      else if (error instanceof ApiError && (error.status === 401 || error.status === 403)) throw error;
      else if ((failures += 1) >= ATTEMPTS) throw error;
      await pause(Math.min(5_000, 100 * 2 ** failures), signal);
    }
  }
}

async function* watch<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: ListOptions,
  signal: AbortSignal,
  resourceVersion: string,
): AsyncGenerator<Event<T>> {
  const lines = connection.lines({
    method: 'GET',
    path: pathOf(kind, options.namespace),
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(WATCH_SECONDS),
      resourceVersion,
      labelSelector: options.labelSelector,
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout((WATCH_SECONDS + 30) * 1000)]),
    what: `watch ${kind.kind}`,
  });
  for await (const line of lines) {
    const event: Event<T> = JSON.parse(line);
    yield event;
  }
}
