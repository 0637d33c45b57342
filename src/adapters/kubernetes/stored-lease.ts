// Where is the lease kept? One Lease object in the Istio namespace, written by compare-and-swap only.
import { LEASE, type LeaseObject } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import type { ClusterPort } from '../../ports/cluster.ts';

export class StoredLease {
  readonly #cluster: ClusterPort;
  readonly #namespace: string;

  constructor(cluster: ClusterPort, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  async read(): Promise<LeaseObject | undefined> {
    return this.#cluster.get(LEASE, OURSELVES, this.#namespace);
  }

  /** 409 when somebody else was faster. */
  async create(spec: NonNullable<LeaseObject['spec']>): Promise<LeaseObject> {
    return this.#cluster.create(LEASE, { metadata: { name: OURSELVES, namespace: this.#namespace }, spec });
  }

  /** Sets these fields, `null` for none, if `current` is still what is there; else 409. */
  async swap(
    current: LeaseObject,
    spec: Readonly<Record<string, string | number | null>>,
    annotations: Readonly<Record<string, string | null>> = {},
  ): Promise<LeaseObject> {
    const { resourceVersion = '' } = current.metadata;
    const ref = { name: OURSELVES, namespace: this.#namespace };
    return this.#cluster.patch(LEASE, ref, { metadata: { resourceVersion, annotations }, spec });
  }
}
