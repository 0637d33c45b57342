// The API server as the phases see it: raw objects over client-node's authentication and HTTP.
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { nameOf, type KubeObject, type Kind, type ObjectRef } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import type { AccessQuestion, Change, ClusterPort, ListOptions } from '../../ports/cluster.ts';
import { ApiError, isNotFound } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { Connection, type Request } from './connection.ts';
import { follow } from './follow.ts';
import { pathOf } from './paths.ts';

const PAGE = '500';
/** A list that expires between two pages begins again; twice is enough for any cluster that is well. */
const LIST_ATTEMPTS = 3;
interface Place {
  readonly name: string;
  readonly namespace?: string;
}
interface Page<T> {
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items?: readonly T[] | null;
}

export class KubeCluster implements ClusterPort {
  readonly #connection: Connection;
  readonly #config: KubeConfig;
  constructor(config: KubeConfig, connection = new Connection(config)) {
    this.#config = config;
    this.#connection = connection;
  }

  async get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined> {
    try {
      return await this.#json<T>({
        method: 'GET',
        path: pathOf(kind, namespace, name),
        what: whatOf('read', kind, { name, ...(namespace === undefined ? {} : { namespace }) }),
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<readonly T[]> {
    try {
      return (await this.#listAll(kind, options)).items;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  follow<T extends KubeObject>(kind: Kind<T>, options: ListOptions, signal: AbortSignal): AsyncIterable<Change<T>> {
    const list = async () => this.#listAll(kind, options);
    return follow(this.#connection, kind, options, signal, list, wait);
  }

  async create<T extends KubeObject>(
    kind: Kind<T>,
    object: T,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<T> {
    const body = { apiVersion: kind.apiVersion, kind: kind.kind, ...object };
    return this.#json<T>({
      method: 'POST',
      path: pathOf(kind, object.metadata.namespace),
      query: writing(options),
      body: JSON.stringify(body),
      what: whatOf('create', kind, object.metadata),
    });
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: Place,
    patch: JsonObject,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<T> {
    return this.#json<T>({
      method: 'PATCH',
      path: pathOf(kind, ref.namespace, ref.name),
      query: writing(options),
      body: JSON.stringify(patch),
      contentType: 'application/merge-patch+json',
      what: whatOf('patch', kind, ref),
    });
  }

  async replace<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    const { name, namespace } = object.metadata;
    return this.#json<T>({
      method: 'PUT',
      path: pathOf(kind, namespace, name),
      query: writing({}),
      body: JSON.stringify(object),
      what: whatOf('update', kind, object.metadata),
    });
  }

  async apply(object: KubeObject, options: { readonly dryRun?: boolean } = {}): Promise<KubeObject> {
    const kind = await this.#kindOf(object);
    return this.#json({
      method: 'PATCH',
      path: pathOf(kind, object.metadata.namespace, object.metadata.name),
      query: { ...writing(options), force: 'true' },
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml',
      what: whatOf('apply', kind, object.metadata),
    });
  }

  async delete({ kind, name, namespace }: ObjectRef, options: { readonly uid?: string } = {}): Promise<void> {
    const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...preconditions };
    try {
      await this.#connection.text({
        method: 'DELETE',
        path: pathOf(kind, namespace, name),
        body: JSON.stringify(body),
        what: whatOf('delete', kind, { name, ...(namespace === undefined ? {} : { namespace }) }),
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async proxyGet(
    pod: { readonly namespace: string; readonly name: string; readonly port: number },
    path: string,
  ): Promise<string> {
    const base = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}:${String(pod.port)}/proxy`;
    return this.#connection.text({
      method: 'GET',
      path: base + path,
      what: `GET ${path} of pod ${pod.namespace}/${pod.name}:${String(pod.port)}`,
    });
  }

  async mayI({ verb, group, resource, namespace }: AccessQuestion): Promise<boolean> {
    const resourceAttributes = { verb, group, resource, ...(namespace === undefined ? {} : { namespace }) };
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const review = await this.#json<{ readonly status?: { readonly allowed?: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: JSON.stringify(body),
      what: 'ask for permissions',
    });
    return review.status?.allowed === true;
  }

  async identity(): Promise<{
    readonly server: string;
    readonly context: string;
    readonly user: string;
    readonly version: string;
  }> {
    const version = await this.#json<{ readonly gitVersion?: string }>({
      method: 'GET',
      path: '/version',
      what: 'read the API server version',
    });
    return {
      server: this.#config.getCurrentCluster()?.server ?? '',
      context: this.#config.getCurrentContext(),
      user: await this.#user(),
      version: version.gitVersion ?? 'unknown',
    };
  }

  /** As the API server sees us; as the kubeconfig calls us where it will not say. */
  async #user(): Promise<string> {
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    try {
      const review = await this.#json<{ readonly status?: { readonly userInfo?: { readonly username?: string } } }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        body,
        what: 'ask who we are',
      });
      return review.status?.userInfo?.username ?? 'unknown';
    } catch (error) {
      if (error instanceof ApiError && (error.status === 403 || error.status === 404))
        return this.#config.getCurrentUser()?.name ?? 'unknown';
      throw error;
    }
  }

  async #listAll<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#pages(kind, options);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 410 || attempt >= LIST_ATTEMPTS) throw error;
      }
    }
  }

  async #pages<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
    const items: T[] = [];
    for (let next: string | undefined; ;) {
      const page: Page<T> = await this.#json<Page<T>>({
        method: 'GET',
        path: pathOf(kind, options.namespace),
        query: { limit: PAGE, continue: next, labelSelector: options.labelSelector },
        what: `list ${kind.plural}${options.namespace === undefined ? '' : ` in ${options.namespace}`}`,
      });
      for (const item of page.items ?? []) items.push({ ...item, apiVersion: kind.apiVersion, kind: kind.kind });
      next = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
      if (next === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
    }
  }

  /** Which plural a foreign kind has, by discovery; only installation manifests need it. */
  async #kindOf(object: KubeObject): Promise<Kind<KubeObject>> {
    const { apiVersion = 'v1', kind = '' } = object;
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = await this.#json<{
      readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
    }>({ method: 'GET', path, what: `discover ${apiVersion}` });
    const found = known.resources?.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found === undefined)
      throw new ApiError(
        `apply ${kind} ${object.metadata.name}: the API server does not serve ${kind} in ${apiVersion}`,
        { status: 404, reason: 'NotFound' },
      );
    return { apiVersion, kind, plural: found.name, namespaced: found.namespaced };
  }

  async #json<T = KubeObject>(request: Request): Promise<T> {
    const text = await this.#connection.text(request);
    try {
      const parsed: T = JSON.parse(text);
      return parsed;
    } catch (cause) {
      throw new ApiError(`${request.what}: the answer is not JSON`, { status: 0, reason: 'not JSON', cause });
    }
  }
}

const wait = async (ms: number, until: AbortSignal): Promise<void> => {
  await pause(ms, undefined, { signal: until }).catch(() => undefined);
};
const writing = ({ dryRun }: { readonly dryRun?: boolean }): Record<string, string | undefined> => ({
  fieldManager: OURSELVES,
  dryRun: dryRun === true ? 'All' : undefined,
});
const whatOf = (verb: string, kind: Kind<KubeObject>, place: Place): string =>
  `${verb} ${nameOf({ kind, name: place.name, ...(place.namespace === undefined ? {} : { namespace: place.namespace }) })}`;
