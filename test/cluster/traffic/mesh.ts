// Which pods are there, who can call and who can answer? Keeps one record of counters per life of a proxy.
import { Counters } from './counters.ts';
import type { Member } from './member.ts';
import type { Edge, WorkloadRef } from './wire.ts';

/** A pod and what its proxy has counted; without a sidecar there is nobody to count. */
export interface Instance {
  readonly member: Member;
  readonly counters: Counters | undefined;
  /** What telemetry can tell of the pod: equal profiles give equal labels. */
  readonly profile: string;
}

export class Mesh {
  readonly #instances = new Map<string, Instance>();
  readonly #byIp = new Map<string, string>();
  #ready: Map<string, Instance[]> | undefined;

  /** A proxy that began anew counts from zero; a pod that only changed goes on. */
  put(member: Member): void {
    const known = this.#instances.get(member.uid);
    const same = known?.member.restarts === member.restarts && known.member.sidecar === member.sidecar;
    const counters = member.sidecar ? ((same ? known.counters : undefined) ?? new Counters()) : undefined;
    this.#instances.set(member.uid, { member, counters, profile: profileOf(member) });
    if (member.ip !== undefined) this.#byIp.set(member.ip, member.uid);
    this.#ready = undefined;
  }

  remove(uid: string): void {
    const ip = this.#instances.get(uid)?.member.ip;
    if (ip !== undefined && this.#byIp.get(ip) === uid) this.#byIp.delete(ip);
    this.#instances.delete(uid);
    this.#ready = undefined;
  }

  /** Forgets whoever is not among them: a list after a broken watch. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#instances.keys()) if (!uids.has(uid)) this.remove(uid);
  }

  all(): Iterable<Instance> {
    return this.#instances.values();
  }

  at(ip: string): Instance | undefined {
    return this.#instances.get(this.#byIp.get(ip) ?? '');
  }

  /** The ready pods of a workload, or of all gateways. */
  ready(of: WorkloadRef | 'gateway'): readonly Instance[] {
    this.#ready ??= this.#group();
    return this.#ready.get(of === 'gateway' ? of : `${of.namespace}/${of.workload}`) ?? [];
  }

  /** The ready pods that make an edge's calls; undefined for `outside`, which always can. */
  callers(edge: Edge): readonly Instance[] | undefined {
    return edge.from === 'outside' ? undefined : this.ready(edge.from);
  }

  #group(): Map<string, Instance[]> {
    const groups = new Map<string, Instance[]>();
    for (const instance of this.#instances.values()) {
      const { ready, gateway, namespace, workload } = instance.member;
      if (!ready) continue;
      for (const key of [`${namespace}/${workload}`, ...(gateway ? ['gateway'] : [])]) {
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [instance]);
        else group.push(instance);
      }
    }
    return groups;
  }
}

function profileOf(member: Member): string {
  const { namespace, workload, app, version, canonicalName, canonicalRevision, principal, sidecar } = member;
  return [namespace, workload, app, version, canonicalName, canonicalRevision, principal, sidecar].join('|');
}
