// How is a kind followed without losing anything? A list, then a watch from its resourceVersion; a cut stream goes on
// where it was, a 410 begins again with a list.
import type { KubeObject, Kind } from '../../mesh/kinds.ts';
import type { Change, ListOptions } from '../../ports/cluster.ts';
import { ApiError } from '../../shared/errors.ts';
import { isAlwaysServed } from './always-served.ts';
import type { Connection } from './connection.ts';
import { asStatus } from './failure.ts';
import { collectionPath } from './paths.ts';

/** `resourceVersion` is absent where the kind is not served. */
export type Lister<T> = () => Promise<{ readonly items: readonly T[]; readonly resourceVersion?: string }>;

/** The API server ends a watch after this; below the common 5 minutes of load balancers. */
const WATCH_SECONDS = 240;
/** Bookmarks come about once a minute: a stream that is quiet for longer may have died unseen. */
const QUIET_MS = 100_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** How often a kind that is not served is looked for again. */
const UNSERVED_PAUSE_MS = 30_000;
/** Trying again does not help: the request is wrong or not allowed. 404 is the kind gone: listed again. */
const FINAL = new Set([400, 401, 403, 405, 406, 422]);

/** Ends when `signal` aborts; rejects only with an `ApiError` that trying again can't mend, such as 403. */
export async function* follow<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: ListOptions,
  signal: AbortSignal,
  list: Lister<T>,
): AsyncGenerator<Change<T>> {
  let from: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (from === undefined) {
        const { items, resourceVersion } = await list();
        if (signal.aborted) return;
        yield { kind: 'sync', items };
        if (resourceVersion === undefined) {
          await connection.clock.sleep(UNSERVED_PAUSE_MS, signal);
          continue;
        }
        from = resourceVersion;
      }
      let heard = false;
      for await (const event of watch(connection, kind, options, signal, from)) {
        heard = true;
        failures = 0;
        from = event.object.metadata.resourceVersion ?? from;
        if (event.type !== 'BOOKMARK') yield { kind: event.type === 'DELETED' ? 'gone' : 'put', object: event.object };
      }
      if (!heard) failures++; // so that streams which end at once do not make us turn in circles
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError) || FINAL.has(error.status)) throw error;
      if (error.status === 410 || error.status === 404) from = undefined;
      failures++;
    }
    if (failures > 0) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      await connection.clock.sleep(pauseMs * (0.5 + Math.random() / 2), signal);
    }
  }
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

type Line<T> = WatchEvent<T> | { readonly type: 'ERROR'; readonly object: unknown };

async function* watch<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: ListOptions,
  signal: AbortSignal,
  resourceVersion: string,
): AsyncGenerator<WatchEvent<T>> {
  const what = `watch ${kind.plural}${options.namespace === undefined ? '' : ` in ${options.namespace}`}`;
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(WATCH_SECONDS),
    resourceVersion,
    labelSelector: options.labelSelector,
  };
  const path = collectionPath(kind, options.namespace);
  const mayBeUnserved = !isAlwaysServed(kind);
  for await (const line of connection.lines({ method: 'GET', path, query, signal, what, mayBeUnserved }, QUIET_MS)) {
    const event = eventIn<T>(line, what);
    if (event.type !== 'ERROR') {
      yield event;
      continue;
    }
    const status = asStatus(event.object);
    throw new ApiError(`${what}: ${status?.message ?? 'the stream reports an error'}`, {
      status: status?.code ?? 500,
      reason: status?.reason ?? 'watch',
    });
  }
}

function eventIn<T>(line: string, what: string): Line<T> {
  try {
    const event: Line<T> = JSON.parse(line);
    return event;
  } catch {
    throw new ApiError(`${what}: the stream broke in the middle of an event`, { status: 0, reason: 'NotJson' });
  }
}
