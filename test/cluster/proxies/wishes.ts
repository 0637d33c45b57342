// Which proxy should be connected to which istiod? Pure: pods in, orders for the `proxies` program out.
import type { Member } from '../traffic/member.ts';
import type { ProxySelector } from '../traffic/wire.ts';

export const XDS_PORT = 15010;

export type Order =
  | {
      op: 'add';
      id: string;
      addr: string;
      ip: string;
      namespace: string;
      name: string;
      version: string;
      gateway: boolean;
      labels: Readonly<Record<string, string>>;
    }
  | { op: 'del' | 'reject' | 'accept'; id: string };

interface Link {
  readonly member: Member;
  readonly istiod: string;
  rejecting: boolean;
}

export class Wishes {
  readonly #members = new Map<string, Member>();
  readonly #links = new Map<string, Link>();
  #held: readonly ProxySelector[] = [];
  #rejecting: readonly ProxySelector[] = [];
  #turn = 0;

  see(member: Member): void {
    this.#members.set(member.uid, member);
  }

  forget(uid: string): void {
    this.#members.delete(uid);
  }

  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#members.keys()) if (!uids.has(uid)) this.#members.delete(uid);
  }

  setHeld(selectors: readonly ProxySelector[]): void {
    this.#held = selectors;
  }

  setRejecting(selectors: readonly ProxySelector[]): void {
    this.#rejecting = selectors;
  }

  /** How many proxies run, connected or not. */
  get wanted(): number {
    return [...this.#members.values()].filter(runs).length;
  }

  /** `namespace/pod` of those that are only connected because they were told to stay. */
  get staying(): string[] {
    return [...this.#links.values()]
      .filter(({ member }) => !this.#wants(member.uid))
      .map(({ member }) => `${member.namespace}/${member.name}`);
  }

  /** What has to be said to get from what was ordered so far to what is wished now. */
  orders(): Order[] {
    return [...this.#departures(), ...this.#arrivals(), ...this.#refusals()];
  }

  *#departures(): Iterable<Order> {
    for (const [id, { member }] of this.#links) {
      if (this.#wants(id) || this.#held.some((selector) => selects(selector, member))) continue;
      this.#links.delete(id);
      yield { op: 'del', id };
    }
  }

  /** A proxy stays with its istiod while that one is ready, and with one that is gone until there is another. */
  *#arrivals(): Iterable<Order> {
    const ready = this.#readyIstiods();
    for (const member of this.#members.values()) {
      const { uid: id, ip, revision, namespace, name, gateway, labels } = member;
      if (!runs(member) || ip === undefined || revision === undefined) continue;
      const istiods = ready.get(revision) ?? [];
      const link = this.#links.get(id);
      if (istiods.length === 0 || (link && istiods.includes(link.istiod))) continue;
      this.#turn += 1;
      const istiod = istiods[this.#turn % istiods.length] ?? '';
      this.#links.set(id, { member, istiod, rejecting: link?.rejecting ?? false });
      const addr = `${istiod}:${XDS_PORT}`;
      yield { op: 'add', id, addr, ip, namespace, name, version: member.proxyVersion, gateway, labels };
    }
  }

  *#refusals(): Iterable<Order> {
    for (const [id, link] of this.#links) {
      const rejecting = this.#rejecting.some((selector) => selects(selector, link.member));
      if (rejecting === link.rejecting) continue;
      link.rejecting = rejecting;
      yield { op: rejecting ? 'reject' : 'accept', id };
    }
  }

  #wants(uid: string): boolean {
    const member = this.#members.get(uid);
    return member !== undefined && runs(member);
  }

  #readyIstiods(): Map<string, string[]> {
    const byRevision = new Map<string, string[]>();
    for (const { labels, ready, ip } of this.#members.values()) {
      const revision = labels['istio.io/rev'];
      if (labels['app'] !== 'istiod' || !ready || ip === undefined || revision === undefined) continue;
      byRevision.set(revision, [...(byRevision.get(revision) ?? []), ip]);
    }
    return byRevision;
  }
}

/** As an Envoy is connected from its start to its end, also before the pod is ready and while it is being deleted. */
const runs = (member: Member) => member.sidecar && member.proxyRuns;

export function selects(selector: ProxySelector, member: Member): boolean {
  return (
    (selector.namespace === undefined || selector.namespace === member.namespace) &&
    (selector.workload === undefined || selector.workload === member.workload) &&
    (selector.pod === undefined || selector.pod === member.name) &&
    (selector.revision === undefined || selector.revision === member.revision)
  );
}
