// A cluster in memory, for tests of whoever asks through ClusterPort: resourceVersions, conflicts, patches, selectors,
// watches, dry runs. It has no schemas: apply replaces lists, and nothing is defaulted or validated. Tests play the
// controllers (`onWrite`), the webhooks (`admit`) and the bad days (`before`).
import { isDeepStrictEqual } from 'node:util';
import { CRD, nameOf, type Kind, type KubeObject, type ObjectMeta, type ObjectRef } from '../../src/mesh/kinds.ts';
import type { AccessQuestion, Change, ClusterPort, ListOptions, Patience } from '../../src/ports/cluster.ts';
import { ApiError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { Followers } from './followers.ts';
import { labelSelector } from './label-selector.ts';
import { type Data, isData, mergePatch } from './merge-patch.ts';

/** As much of one as says what is served. */
export interface CrdObject extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  };
}
export const CRD_WITH_SPEC: Kind<CrdObject> = {
  apiVersion: CRD.apiVersion,
  kind: CRD.kind,
  plural: CRD.plural,
  namespaced: false,
};

export type WriteVerb = 'create' | 'patch' | 'update' | 'apply' | 'delete';
export interface Request {
  readonly verb: WriteVerb | 'get' | 'list' | 'proxy';
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly body?: unknown;
  readonly dryRun: boolean;
}
export interface Written {
  readonly verb: WriteVerb;
  readonly object: KubeObject;
  /** Absent for a creation. */
  readonly previous?: KubeObject;
}
interface Place {
  readonly name: string;
  readonly namespace?: string;
}
type Dry = { readonly dryRun?: boolean };
type Stored = KubeObject & Data;

export class FakeCluster implements ClusterPort {
  /** Every call, in order, as it came in. */
  readonly requests: Request[] = [];
  /** Called before anything is done; what it throws is the answer. */
  before: (request: Request) => void | Promise<void> = () => undefined;
  /** Plays the mutating webhooks: what is stored or dry-run. */
  admit: (object: KubeObject, verb: WriteVerb) => KubeObject = (object) => object;
  /** Plays the controllers: called after each write that changed something; may write with `put` and `remove`. */
  onWrite: (written: Written) => void = () => undefined;
  /** What pods answer. */
  onProxyGet: (pod: Place & { readonly port: number }, path: string, patience?: Patience) => string = (pod) => {
    throw notFound(`get / of Pod ${pod.namespace ?? ''}/${pod.name}`);
  };
  allows: (question: AccessQuestion) => boolean = () => true;
  /** Kinds (`apiVersion/kind`) that this cluster has no CRD for. */
  readonly unserved = new Set<string>();
  /** What `freshCredentials` says. */
  credentials: { readonly endMs?: number } = {};
  who = { server: 'https://fake.example', context: 'fake', user: 'tester', version: 'v1.36.3' };

  readonly #objects = new Map<string, Stored>();
  readonly #followers = new Followers();
  #version = 100;

  constructor(objects: readonly KubeObject[] = []) {
    for (const object of objects) this.put(object);
  }

  // What tests do behind everybody's back: no request, no admission, no `before`; followers see it.

  /** Creates or replaces; fills in uid, resourceVersion and generation. */
  put<T extends KubeObject>(object: T): T {
    const key = keyOf(object);
    return this.#store(key, this.#objects.get(key), copy(object), false);
  }

  remove(ref: ObjectRef): void {
    const key = keyOf(typed(ref.kind, { metadata: place(ref) }));
    const object = this.#objects.get(key);
    if (object !== undefined) this.#drop(key, object);
  }

  /** A copy, or undefined; leaves no trace in `requests`. */
  peek<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): T | undefined {
    const object = this.#objects.get(keyOf(typed(kind, { metadata: place({ name, namespace }) })));
    return object === undefined ? undefined : copyAs(kind, object);
  }

  all<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): readonly T[] {
    return this.#matching(kind, options).map((object) => copyAs(kind, object));
  }

  // ClusterPort

  async get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined> {
    await this.#asked({ verb: 'get', kind: kind.kind, ...place({ name, namespace }), dryRun: false });
    return this.peek(kind, name, namespace);
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<readonly T[]> {
    await this.#asked({ verb: 'list', kind: kind.kind, ...place({ name: '', ...options }), dryRun: false });
    return this.all(kind, options);
  }

  async listMetadata(kind: Kind<KubeObject>, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    const objects = await this.list(kind, options);
    return objects.map(({ apiVersion, kind: name, metadata }) => asObject({ apiVersion, kind: name, metadata }));
  }

  /** Of CRDs that are stored here; the first version that is served is the preferred one. */
  async servedKinds(groups: ReadonlySet<string>): Promise<readonly Kind[]> {
    return this.all(CRD_WITH_SPEC).flatMap(({ spec: { group, names, scope, versions } }) => {
      const version = versions.find(({ served }) => served);
      if (version === undefined || !groups.has(group)) return [];
      const { kind, plural } = names;
      return [{ apiVersion: `${group}/${version.name}`, kind, plural, namespaced: scope === 'Namespaced' }];
    });
  }

  async *follow<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): AsyncGenerator<Change<T>> {
    if (signal.aborted) return;
    const inScope = this.#scope(kind, options);
    const changes = this.#followers.add(inScope, signal); // before the list, so that nothing falls between
    yield { kind: 'sync', items: await this.list(kind, options) };
    for await (const change of changes) {
      if (change.kind === 'relist') yield { kind: 'sync', items: await this.list(kind, options) };
      else yield { kind: change.kind, object: copyAs(kind, change.object) };
    }
  }

  /** Makes every follower list again, as a 410 does. */
  breakFollowers(): void {
    this.#followers.relist();
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T, { dryRun = false }: Dry = {}): Promise<T> {
    const full = typed(kind, copy(object));
    const what = { verb: 'create', kind: kind.kind, ...place(full.metadata), body: object, dryRun } as const;
    await this.#asked(what);
    this.#refuseUnserved(kind, what);
    if (this.#objects.has(keyOf(full))) throw failure(what, 409, 'AlreadyExists', 'it exists already');
    return this.#write(kind, 'create', undefined, full, dryRun);
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: Place,
    patch: JsonObject,
    { dryRun = false }: Dry = {},
  ): Promise<T> {
    const what = { verb: 'patch', kind: kind.kind, ...place(ref), body: patch, dryRun } as const;
    const current = await this.#current(kind, what);
    const merged = mergePatch(current, patch);
    return this.#write(kind, 'patch', current, this.#checked(what, current, merged), dryRun);
  }

  async replace<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    const what = { verb: 'update', kind: kind.kind, ...place(object.metadata), body: object, dryRun: false } as const;
    const current = await this.#current(kind, what);
    const full = typed(kind, copy(object));
    return this.#write(kind, 'update', current, this.#checked(what, current, full), false);
  }

  async apply(object: KubeObject, { dryRun = false }: Dry = {}): Promise<KubeObject> {
    const { apiVersion = '', kind = '', metadata } = object;
    await this.#asked({ verb: 'apply', kind, ...place(metadata), body: object, dryRun });
    const current = this.#objects.get(keyOf(object));
    const merged = mergePatch(current ?? {}, object);
    const anything: Kind<KubeObject> = { apiVersion, kind, plural: '', namespaced: metadata.namespace !== undefined };
    return this.#write(anything, 'apply', current, asObject(merged), dryRun);
  }

  async delete(ref: ObjectRef, { uid }: { readonly uid?: string } = {}): Promise<void> {
    await this.#asked({ verb: 'delete', kind: ref.kind.kind, ...place(ref), dryRun: false });
    const key = keyOf(typed(ref.kind, { metadata: place(ref) }));
    const object = this.#objects.get(key);
    if (object === undefined || (uid !== undefined && object.metadata.uid !== uid)) return;
    this.#drop(key, object);
    this.onWrite({ verb: 'delete', object: copy(object), previous: copy(object) });
  }

  async proxyGet(
    pod: { readonly namespace: string; readonly name: string; readonly port: number },
    path: string,
    patience?: Patience,
  ): Promise<string> {
    await this.#asked({ verb: 'proxy', kind: 'Pod', ...place(pod), body: path, dryRun: false });
    return this.onProxyGet(pod, path, patience);
  }

  async mayI(question: AccessQuestion): Promise<boolean> {
    return this.allows(question);
  }

  freshCredentials(): FakeCluster['credentials'] {
    return this.credentials;
  }

  async identity(): Promise<FakeCluster['who']> {
    return this.who;
  }

  // Inside

  async #asked(request: Request): Promise<void> {
    this.requests.push(request);
    await this.before(request);
  }

  #refuseUnserved(kind: Kind<KubeObject>, what: Request): void {
    if (this.unserved.has(`${kind.apiVersion}/${kind.kind}`)) throw notFound(describe(what));
  }

  async #current(kind: Kind<KubeObject>, what: Request): Promise<Stored> {
    await this.#asked(what);
    const current = this.#objects.get(keyOf(typed(kind, { metadata: place(what) })));
    if (current === undefined) throw notFound(describe(what));
    return current;
  }

  /** A resourceVersion that comes with a write is a condition; name, namespace and uid cannot be changed. */
  #checked(what: Request, current: Stored, wanted: unknown): Stored {
    const object = asObject(wanted);
    const { resourceVersion, uid } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
      throw failure(
        what,
        409,
        'Conflict',
        'the object has been modified; please apply your changes to the latest version',
      );
    }
    if (uid !== undefined && uid !== current.metadata.uid) throw failure(what, 409, 'Conflict', 'another uid');
    return object;
  }

  #write<T extends KubeObject>(
    kind: Kind<T>,
    verb: WriteVerb,
    current: Stored | undefined,
    wanted: KubeObject,
    dryRun: boolean,
  ): T {
    const admitted = asObject(this.admit(copy(wanted), verb));
    const previous = current === undefined ? undefined : copy<KubeObject>(current);
    const stored = this.#store(keyOf(admitted), current, admitted, dryRun);
    const changed = previous?.metadata.resourceVersion !== stored.metadata.resourceVersion;
    if (!dryRun && changed) {
      this.onWrite({ verb, object: copy(stored), ...(previous === undefined ? {} : { previous }) });
    }
    return copyAs(kind, stored);
  }

  /** As the API server: a write that changes nothing has no new version and no event. */
  #store<T extends KubeObject>(key: string, current: KubeObject | undefined, object: T, dryRun: boolean): T {
    const { metadata } = object;
    const kept = current?.metadata ?? {
      uid: metadata.uid ?? `uid-${String(this.#version + 1)}`,
      creationTimestamp: metadata.creationTimestamp ?? '2026-10-01T12:00:00Z',
      resourceVersion: String(this.#version),
    };
    const same = current !== undefined && isDeepStrictEqual(bare(current), bare(object));
    const generation = (current?.metadata.generation ?? 0) + (same || sameSpec(current, object) ? 0 : 1);
    if (!same && !dryRun) this.#version++;
    const stored = {
      ...object,
      metadata: {
        ...withoutEmpty(metadata),
        uid: kept.uid,
        creationTimestamp: kept.creationTimestamp,
        generation: metadata.generation !== undefined && current === undefined ? metadata.generation : generation,
        resourceVersion: same || dryRun ? kept.resourceVersion : String(this.#version),
      },
    };
    if (!same && !dryRun) {
      this.#objects.set(key, asObject(stored));
      this.#followers.tell(current, stored);
    }
    return copy(stored);
  }

  /** The object and, as the garbage collector would, all that it owns. */
  #drop(key: string, object: KubeObject): void {
    this.#objects.delete(key);
    this.#followers.tell(object, undefined);
    for (const [other, dependent] of this.#objects) {
      const owners = dependent.metadata.ownerReferences ?? [];
      if (owners.some(({ uid }) => uid === object.metadata.uid)) this.#drop(other, dependent);
    }
  }

  #matching(kind: Kind<KubeObject>, options: ListOptions): readonly Stored[] {
    const inScope = this.#scope(kind, options);
    return [...this.#objects.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter(inScope);
  }

  #scope(kind: Kind<KubeObject>, { namespace, labelSelector: selector = '' }: ListOptions): (o: KubeObject) => boolean {
    const chosen = labelSelector(selector);
    return ({ apiVersion, kind: name, metadata }) =>
      apiVersion === kind.apiVersion &&
      name === kind.kind &&
      (namespace === undefined || metadata.namespace === namespace) &&
      chosen(metadata.labels ?? {});
  }
}

const typed = <T extends KubeObject>(kind: Kind<KubeObject>, object: T): T => ({
  ...object,
  apiVersion: kind.apiVersion,
  kind: kind.kind,
});

function keyOf({ apiVersion, kind, metadata }: KubeObject): string {
  if (apiVersion === undefined || kind === undefined) throw new Error(`${metadata.name} has no apiVersion or no kind`);
  return [apiVersion, kind, metadata.namespace ?? '', metadata.name].join('|');
}

const place = ({ name, namespace }: { readonly name: string; readonly namespace?: string | undefined }): Place =>
  namespace === undefined ? { name } : { name, namespace };

/** As JSON would carry it, in the shape that the kind promises. */
function copyAs<T extends KubeObject>(_kind: Kind<T>, object: KubeObject): T {
  const copied: T = JSON.parse(JSON.stringify(object));
  return copied;
}
const copy = <T>(value: T): T => {
  const copied: T = JSON.parse(JSON.stringify(value));
  return copied;
};

function asObject(value: unknown): Stored {
  if (!isData(value) || !isData(value['metadata'])) throw new Error('this is no Kubernetes object');
  const object: Stored = JSON.parse(JSON.stringify(value));
  return object;
}

/** Without what the server itself counts. */
function bare(object: KubeObject): unknown {
  const { resourceVersion: _v, generation: _g, uid: _u, creationTimestamp: _c, ...metadata } = object.metadata;
  return copy({ ...object, metadata: withoutEmpty(metadata) });
}

/** As the API server: an empty map is no field. */
function withoutEmpty({ labels, annotations, ...rest }: ObjectMeta): ObjectMeta {
  return { ...rest, ...(isFilled(labels) ? { labels } : {}), ...(isFilled(annotations) ? { annotations } : {}) };
}
const isFilled = (map: ObjectMeta['labels']): map is NonNullable<typeof map> =>
  map !== undefined && Object.keys(map).length > 0;

const specOf = (object: KubeObject): unknown => copy(isData(object) ? (object['spec'] ?? null) : null);
const sameSpec = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a !== undefined && isDeepStrictEqual(specOf(a), specOf(b));

const describe = ({ verb, kind, name, namespace }: Request): string =>
  `${verb} ${nameOf({ kind: { apiVersion: '', kind, plural: '', namespaced: true }, name, ...(namespace === undefined ? {} : { namespace }) })}`;

const failure = (what: Request, status: number, reason: string, message: string): ApiError =>
  new ApiError(`${describe(what)}: ${String(status)} ${reason}: ${message}`, { status, reason });
const notFound = (what: string): ApiError =>
  new ApiError(`${what}: 404 NotFound: not found`, { status: 404, reason: 'NotFound' });
