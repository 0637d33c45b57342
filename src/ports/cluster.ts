// What do the phases ask of the API server? Raw objects in and out, so that no field is ever lost on the way.
import type { KubeObject, Kind, ObjectRef } from '../mesh/kinds.ts';
import type { JsonObject } from '../shared/json.ts';

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
}
/** What a follower sees: the whole list first (and again after a gap), then every change. */
export type Change<T> =
  | { readonly kind: 'sync'; readonly items: readonly T[] }
  | { readonly kind: 'put'; readonly object: T }
  | { readonly kind: 'gone'; readonly object: T };

export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  /** Of one object; absent: of any. */
  readonly name?: string;
}

/** `deadlineMs`: for one attempt. */
export interface Patience {
  readonly attempts: number;
  readonly deadlineMs: number;
}

/** Every call has a deadline; safe calls are repeated; failures are `ApiError`s that name verb and object. */
export interface ClusterPort {
  /** The object, or undefined where it (or its kind) is not there. */
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined>;
  /** All objects, page by page; empty where the kind is not served. */
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<readonly T[]>;
  /** The same with nothing of them but their metadata: of a CRD the rest is its schemas, and hundreds of others' are megabytes. */
  listMetadata(kind: Kind<KubeObject>, options?: ListOptions): Promise<readonly KubeObject[]>;
  /** What these groups of the API serve now, each kind in the version that the API server prefers for it. */
  servedKinds(groups: ReadonlySet<string>): Promise<readonly Kind[]>;
  /** Lists and watches until `signal` aborts; loses nothing over cut streams and 410s. */
  follow<T extends KubeObject>(kind: Kind<T>, options: ListOptions, signal: AbortSignal): AsyncIterable<Change<T>>;
  create<T extends KubeObject>(kind: Kind<T>, object: T, options?: { readonly dryRun?: boolean }): Promise<T>;
  /** Merge patch. `metadata.resourceVersion` inside it makes it a compare-and-swap (409 when it lost). */
  patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: { readonly name: string; readonly namespace?: string },
    patch: JsonObject,
    options?: { readonly dryRun?: boolean },
  ): Promise<T>;
  /** Whole object as read, changed; its resourceVersion makes it a compare-and-swap. */
  replace<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  /** Server-side apply as our field manager, forced. */
  apply(object: KubeObject, options?: { readonly dryRun?: boolean }): Promise<KubeObject>;
  /** Gone afterwards or already; with `uid`, only that very object. Dependents go too (background). */
  delete(ref: ObjectRef, options?: { readonly uid?: string }): Promise<void>;
  /** Body of a GET on a pod's port through the API server; `patience`: where the usual one is out of place. */
  proxyGet(
    pod: { readonly namespace: string; readonly name: string; readonly port: number },
    path: string,
    patience?: Patience,
  ): Promise<string>;
  /** SelfSubjectAccessReview. */
  mayI(question: AccessQuestion): Promise<boolean>;
  /**
   * Takes fresh credentials where the kubeconfig can bring them; when those in use end, in ms since the epoch, where they say so
   * and nothing renews them.
   */
  freshCredentials(): { readonly endMs?: number };
  /** Whom we talk to and as whom, for the first log lines; holds no secret. */
  identity(): Promise<{
    readonly server: string;
    readonly context: string;
    readonly user: string;
    readonly version: string;
  }>;
}
