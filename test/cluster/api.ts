// How do the test cluster's own parts talk to the API server? In raw JSON over one keep-alive agent, so that no field is lost.
// It refuses to retry answers: a test must see each 409 and 5xx. Only a connection that had died while idle is dialled again.
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { readKubeconfig } from './kubeconfig.ts';
import { type Access, type Verb, lines, open, textOf } from './transport.ts';

export type { Access } from './transport.ts';

export interface KubeMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  finalizers?: string[];
}

/** What every Kubernetes object has; a caller names the rest it reads by extending it. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: KubeMeta;
}

export interface KubeList<T extends KubeObject = KubeObject> {
  /** `<kind of its items>List`; the items themselves carry none. */
  kind?: string;
  metadata: { resourceVersion?: string; continue?: string };
  items: T[];
}

export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
}

export type PatchKind = 'merge' | 'strategic' | 'apply' | 'json';

const patchTypes: Record<PatchKind, string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
  json: 'application/json-patch+json',
};

/** The API server answered, and not with success. */
export class ApiError extends Error {
  readonly verb: string;
  readonly path: string;
  readonly status: number;
  readonly reason: string | undefined;

  constructor(verb: string, path: string, status: number, body: string) {
    const told = readStatus(body);
    super(`${verb} ${path}: ${status} ${told.reason ?? ''} ${told.message ?? body.slice(0, 300)}`.trimEnd());
    this.name = 'ApiError';
    this.verb = verb;
    this.path = path;
    this.status = status;
    this.reason = told.reason;
  }
}

function readStatus(body: string): { reason?: string; message?: string } {
  try {
    const told: { reason?: string; message?: string } = JSON.parse(body);
    return told;
  } catch {
    return {}; // a plain-text error page
  }
}

export class Api {
  readonly access: Access;
  readonly #agent: https.Agent;

  constructor(access: Access, options: { maxSockets?: number } = {}) {
    this.access = access;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: options.maxSockets ?? 32, ca: access.ca });
  }

  static fromKubeconfig(path: string): Api {
    return new Api(readKubeconfig(path));
  }

  get<T extends KubeObject = KubeObject>(path: string): Promise<T> {
    return this.#json<T>('GET', path);
  }

  list<T extends KubeObject = KubeObject>(path: string): Promise<KubeList<T>> {
    return this.#json<KubeList<T>>('GET', path);
  }

  create<T extends KubeObject = KubeObject>(path: string, body: object): Promise<T> {
    return this.#json<T>('POST', path, body);
  }

  replace<T extends KubeObject = KubeObject>(path: string, body: object): Promise<T> {
    return this.#json<T>('PUT', path, body);
  }

  /** `apply` is server-side apply by force, as field manager `test-cluster` unless the path names another. */
  patch<T extends KubeObject = KubeObject>(path: string, body: object, kind: PatchKind = 'merge'): Promise<T> {
    const to = kind === 'apply' ? withQuery(path, 'fieldManager', 'test-cluster', 'force', 'true') : path;
    return this.#json<T>('PATCH', to, body, patchTypes[kind]);
  }

  delete(path: string, options?: object): Promise<unknown> {
    return this.#json('DELETE', path, options && { apiVersion: 'v1', kind: 'DeleteOptions', ...options });
  }

  /** The body as it came, for `…/proxy/metrics` and the like. */
  text(path: string): Promise<string> {
    return this.#text('GET', path);
  }

  /**
   * One watch stream: resolves when it ends (the server ends each after some minutes, and when it stops) or the signal aborts it;
   * throws ApiError when it is refused or reports an error, such as 410 for a version that is too old.
   */
  async watch<T extends KubeObject = KubeObject>(
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const to = withQuery(path, 'watch', 'true');
      const response = await open(this.access, { verb: 'GET', path: to, agent: false, signal });
      if (response.statusCode !== 200)
        throw new ApiError('WATCH', path, response.statusCode ?? 0, await textOf(response));
      for await (const line of lines(response)) {
        const event: WatchEvent<T> | { type: 'BOOKMARK' } | { type: 'ERROR'; object: { code?: number } } =
          JSON.parse(line);
        if (event.type === 'ERROR')
          throw new ApiError('WATCH', path, event.object.code ?? 0, JSON.stringify(event.object));
        if (event.type !== 'BOOKMARK') onEvent(event);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /**
   * Lists, then watches, again and again until aborted, outliving restarts of the API server. Each list is told as MODIFIED
   * events and followed by `onListed` with all of it, from which a caller learns what vanished unseen.
   */
  async follow<T extends KubeObject = KubeObject>(
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
    onListed?: (items: T[]) => void,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const listed = await this.list<T>(path);
        for (const object of listed.items) onEvent({ type: 'MODIFIED', object });
        onListed?.(listed.items);
        const from = withQuery(
          path,
          'resourceVersion',
          listed.metadata.resourceVersion ?? '0',
          'allowWatchBookmarks',
          'true',
        );
        await this.watch<T>(from, onEvent, signal);
      } catch {
        await pause(200, undefined, { signal }).catch(() => undefined); // away, or the version was too old: list again
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #json<T>(verb: Verb, path: string, body?: object, contentType?: string): Promise<T> {
    const answer = await this.#text(verb, path, body, contentType);
    const parsed: T = JSON.parse(answer === '' ? '{}' : answer);
    return parsed;
  }

  async #text(verb: Verb, path: string, body?: object, contentType?: string): Promise<string> {
    const text = body && JSON.stringify(body);
    const response = await open(this.access, { verb, path, agent: this.#agent, body: text, contentType });
    const answer = await textOf(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status >= 300) throw new ApiError(verb, path, status, answer);
    return answer;
  }
}

function withQuery(path: string, ...pairs: string[]): string {
  const url = new URL(path, 'https://x');
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] ?? '';
    if (!url.searchParams.has(key)) url.searchParams.set(key, pairs[i + 1] ?? '');
  }
  return url.pathname + url.search;
}
