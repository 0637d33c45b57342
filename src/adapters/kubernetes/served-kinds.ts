// Where does the API server keep a kind that only a manifest names, and which kinds does a group have? Asks discovery.
import type { Kind, KubeObject } from '../../mesh/kinds.ts';
import { ApiError, BrokenWorld } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';
import { rootPath } from './paths.ts';

interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly { readonly groupVersion: string }[];
}
interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export class ServedKinds {
  readonly #connection: Connection;
  readonly #known = new Map<string, readonly Resource[]>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The kind of an object that may be anything; throws `ApiError` 404 where it is not served. */
  async kindOf(object: KubeObject): Promise<Kind<KubeObject>> {
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined || kind === undefined) {
      throw new BrokenWorld(`the object ${metadata.name} has no apiVersion or no kind`, {
        remedy: 'Repair the manifest.',
      });
    }
    const isIt = (resource: Resource): boolean => resource.kind === kind && !resource.name.includes('/');
    const found = (this.#known.get(apiVersion) ?? (await this.#ask(apiVersion))).find(isIt);
    const served = found ?? (await this.#ask(apiVersion)).find(isIt); // it may have come since
    if (served === undefined) {
      throw new ApiError(`apply ${kind} ${metadata.name}: the API server does not serve ${kind} in ${apiVersion}`, {
        status: 404,
        reason: 'NotFound',
      });
    }
    if (served.namespaced && metadata.namespace === undefined) {
      throw new BrokenWorld(`${kind} ${metadata.name} is namespaced and names no namespace`, {
        remedy: 'Write `metadata.namespace` into the manifest: it is not guessed.',
      });
    }
    return { apiVersion, kind, plural: served.name, namespaced: served.namespaced };
  }

  /**
   * The kinds of these groups as they are served now, each in the version that comes first. Empty where a group is not among those
   * that the API server names; a group that it names and does not tell of is an `ApiError`, never an empty one.
   */
  async ofGroups(names: ReadonlySet<string>): Promise<readonly Kind[]> {
    const { groups } = await this.#connection.json<{ readonly groups: readonly Group[] }>({
      method: 'GET',
      path: '/apis',
      what: 'discover the groups of the API',
    });
    const wanted = groups.filter(({ name }) => names.has(name));
    const kinds = await Promise.all(wanted.map(async (group) => this.#kindsOf(group)));
    return kinds.flat();
  }

  async #kindsOf({ versions }: Group): Promise<readonly Kind[]> {
    const lists = await Promise.all(
      versions.map(async ({ groupVersion }) => {
        const resources = await this.#ask(groupVersion, false);
        return resources
          .filter(({ name }) => !name.includes('/'))
          .map(({ name, kind, namespaced }) => ({ apiVersion: groupVersion, kind, plural: name, namespaced }));
      }),
    );
    return [...Map.groupBy(lists.flat(), ({ plural }) => plural).values()].flatMap((same) => same.slice(0, 1));
  }

  async #ask(apiVersion: string, mayBeUnserved = true): Promise<readonly Resource[]> {
    const found = await this.#connection.find<{ readonly resources?: readonly Resource[] }>({
      method: 'GET',
      path: rootPath(apiVersion),
      what: `discover ${apiVersion}`,
      mayBeUnserved, // also an old version of a group that is built in; nothing but a refusal follows from it
    });
    const resources = found?.resources ?? [];
    if (found !== undefined) this.#known.set(apiVersion, resources);
    return resources;
  }
}
