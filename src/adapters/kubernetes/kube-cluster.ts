// The API server as the phases see it: raw objects over client-node's authentication and HTTP. What is sent where, and what
// an answer means; how it travels is connection.ts, how a kind is followed is follow.ts.
import { nameOf, type KubeObject, type Kind, type ObjectRef } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import type { AccessQuestion, Change, ClusterPort, ListOptions, Patience } from '../../ports/cluster.ts';
import { isConflict, isNotFound } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { isAlwaysServed } from './always-served.ts';
import { Connection, type Request } from './connection.ts';
import { follow } from './follow.ts';
import { type Identity, askIdentity } from './identity.ts';
import { type Listed, type Listing, listPages } from './list-pages.ts';
import { objectPath, writablePath } from './paths.ts';
import type { PooledKubeConfig } from './pooled-config.ts';
import { ServedKinds } from './served-kinds.ts';

interface Place {
  readonly name: string;
  readonly namespace?: string;
}
/** A pod's answer is wanted now or not at all: its 503 is no hiccup of the API server. */
const PROXY_ATTEMPTS = 3;

export class KubeCluster implements ClusterPort {
  readonly #connection: Connection;
  readonly #served: ServedKinds;
  readonly #mayWrite: () => void;

  /** `mayWrite` is asked before each attempt of each write (dry runs are none), and throws where this run may not write any more. */
  constructor(config: PooledKubeConfig, connection = new Connection(config), mayWrite: () => void = () => undefined) {
    this.#connection = connection;
    this.#served = new ServedKinds(connection);
    this.#mayWrite = mayWrite;
  }

  async get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined> {
    const what = whatOf('get', kind, namespace === undefined ? { name } : { name, namespace });
    const path = objectPath(kind, name, namespace);
    return this.#connection.find<T>({ method: 'GET', path, what, mayBeUnserved: !isAlwaysServed(kind) });
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<readonly T[]> {
    return (await this.#list(kind, options)).items;
  }

  async listMetadata(kind: Kind<KubeObject>, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    return (await this.#list(kind, { ...options, metadataOnly: true })).items;
  }

  async servedKinds(groups: ReadonlySet<string>): Promise<readonly Kind[]> {
    return this.#served.ofGroups(groups);
  }

  follow<T extends KubeObject>(kind: Kind<T>, options: ListOptions, signal: AbortSignal): AsyncIterable<Change<T>> {
    return follow(this.#connection, kind, options, signal, async () => this.#list(kind, options, signal));
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T, options: Writing = {}): Promise<T> {
    return this.#connection.json<T>({
      method: 'POST',
      path: writablePath(kind, object.metadata.namespace),
      query: writing(options),
      body: JSON.stringify(typed(kind, object)),
      what: whatOf('create', kind, object.metadata),
      ...(options.dryRun === true ? { repeatable: true } : { allowed: this.#mayWrite }),
    });
  }

  async patch<T extends KubeObject>(kind: Kind<T>, ref: Place, patch: JsonObject, options: Writing = {}): Promise<T> {
    return this.#connection.json<T>({
      method: 'PATCH',
      path: objectPath(kind, ref.name, ref.namespace),
      query: writing(options),
      body: JSON.stringify(patch),
      contentType: 'application/merge-patch+json',
      what: whatOf('patch', kind, ref),
      ...this.#written(options),
    });
  }

  async replace<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    return this.#connection.json<T>({
      method: 'PUT',
      path: objectPath(kind, object.metadata.name, object.metadata.namespace),
      query: writing({}),
      body: JSON.stringify(typed(kind, object)),
      what: whatOf('update', kind, object.metadata),
      ...this.#written({}),
    });
  }

  async apply(object: KubeObject, options: Writing = {}): Promise<KubeObject> {
    const kind = await this.#served.kindOf(object);
    return this.#connection.json<KubeObject>({
      method: 'PATCH',
      path: objectPath(kind, object.metadata.name, object.metadata.namespace),
      query: { ...writing(options), force: 'true' },
      body: JSON.stringify(object),
      contentType: 'application/apply-patch+yaml', // JSON is YAML
      what: whatOf('apply', kind, object.metadata),
      ...this.#written(options),
    });
  }

  async delete(ref: ObjectRef, { uid }: { readonly uid?: string } = {}): Promise<void> {
    const { kind, name, namespace } = ref;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...preconditions };
    const what = whatOf('delete', kind, ref);
    const request: Request = {
      method: 'DELETE',
      path: objectPath(kind, name, namespace),
      body: JSON.stringify(body),
      what,
      mayBeUnserved: !isAlwaysServed(kind),
      ...this.#written({}),
    };
    try {
      await this.#connection.call(request);
    } catch (error) {
      if (isNotFound(error)) return;
      // Another object of that name may stand there by now: then the one that was meant is gone.
      if (uid === undefined || !isConflict(error)) throw error;
      if ((await this.get(kind, name, namespace))?.metadata.uid === uid) throw error;
    }
  }

  async proxyGet(
    pod: { readonly namespace: string; readonly name: string; readonly port: number },
    path: string,
    patience: Partial<Patience> = {},
  ): Promise<string> {
    const address = `${encodeURIComponent(pod.name)}:${String(pod.port)}`;
    const base = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${address}/proxy`;
    const [bare = '', search] = path.replace(/^\/?/u, '/').split('?');
    const { text } = await this.#connection.call({
      method: 'GET',
      path: base + bare,
      query: Object.fromEntries(new URLSearchParams(search)),
      what: `get ${bare} of Pod ${pod.namespace}/${pod.name}:${String(pod.port)}`,
      attempts: PROXY_ATTEMPTS,
      ...patience,
    });
    return text;
  }

  async mayI(question: AccessQuestion): Promise<boolean> {
    const { verb, resource } = question;
    const review = await this.#connection.json<{ readonly status?: { readonly allowed?: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: question },
      }),
      what: `ask whether ${verb} ${resource} is allowed`,
      repeatable: true,
    });
    return review.status?.allowed === true;
  }

  freshCredentials(): { readonly endMs?: number } {
    const { config } = this.#connection;
    config.renewCredentials(config.edition);
    const endMs = config.credentialsEndMs();
    return endMs === undefined ? {} : { endMs };
  }

  async identity(): Promise<Identity> {
    return askIdentity(this.#connection);
  }

  /** Lets go of the connections; watches end with their signals. */
  close(): void {
    this.#connection.close();
  }

  /** Everything but a creation: once more changes nothing, or is a 409 to a resourceVersion or uid that the first one has changed. */
  #written({ dryRun }: Writing): Pick<Request, 'repeatable' | 'allowed'> {
    return { repeatable: true, ...(dryRun === true ? {} : { allowed: this.#mayWrite }) };
  }

  async #list<T extends KubeObject>(kind: Kind<T>, options: Listing, signal?: AbortSignal): Promise<Listed<T>> {
    return listPages(this.#connection, kind, options, signal);
  }
}

interface Writing {
  readonly dryRun?: boolean;
}
const writing = ({ dryRun }: Writing): Record<string, string | undefined> => ({
  fieldManager: OURSELVES,
  dryRun: dryRun === true ? 'All' : undefined,
});
const typed = <T extends KubeObject>(kind: Kind<T>, object: T): T => ({
  ...object,
  apiVersion: kind.apiVersion,
  kind: kind.kind,
});
const whatOf = (verb: string, kind: Kind<KubeObject>, { name, namespace }: Place): string =>
  `${verb} ${nameOf({ kind, name, ...(namespace === undefined ? {} : { namespace }) })}`;
