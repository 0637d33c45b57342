// Given time, pods, a call graph and faults: what has every proxy counted? Pure: it is told how much time passed, and its dice are seeded.
import { destinationLabels, sourceLabels } from './labels.ts';
import type { Member } from './member.ts';
import { type Instance, Mesh } from './mesh.ts';
import { type ArmedFault, type Outcome, inForce, outcomeOf } from './outcome.ts';
import { dice, pick } from './random.ts';
import type { Edge, Fault, Graph, Tally } from './wire.ts';

interface Route {
  readonly edge: Edge;
  /** Names the edge in a series' key. */
  readonly key: string;
  /** The fraction of a request that is left from the last step. */
  owed: number;
}

export class TrafficModel {
  readonly mesh = new Mesh();
  /** Set by whoever feeds it, once it knows the pods that there are. */
  listed = false;
  #roll = dice(1);
  #clockMs = 0;
  #routes: Route[] = [];
  #faults: ArmedFault[] = [];
  readonly #tallies = new Map<string, Tally>();

  get clockMs(): number {
    return this.#clockMs;
  }

  get tallies(): ReadonlyMap<string, Readonly<Tally>> {
    return this.#tallies;
  }

  put(member: Member): void {
    this.mesh.put(member);
  }

  /** Replaces the graph; what was counted stays. */
  setGraph(graph: Graph): void {
    this.#roll = dice(graph.seed ?? 1);
    this.#routes = graph.edges.map((edge) => {
      const { namespace, workload, service } = edge.to;
      return { edge, key: `${namespace}/${service ?? workload}/${edge.protocol}`, owed: 0 };
    });
  }

  /** Replaces all faults; one that was set before, unchanged, keeps its clock. */
  setFaults(faults: readonly Fault[]): void {
    const known = new Map(this.#faults.map(({ setAtMs, ...fault }) => [JSON.stringify(fault), setAtMs]));
    this.#faults = faults.map((fault) => ({
      ...fault,
      setAtMs: known.get(JSON.stringify(fault)) ?? this.#clockMs,
    }));
  }

  /** Lets `ms` pass: each edge makes the requests it owes. */
  advance(ms: number): void {
    const faults = this.#faults.filter((fault) => inForce(fault, this.#clockMs));
    this.#clockMs += ms;
    for (const route of this.#routes) {
      route.owed += (route.edge.rps * ms) / 1000;
      const callers = this.mesh.callers(route.edge);
      const callees = this.mesh.ready(route.edge.to);
      for (; route.owed >= 1; route.owed -= 1) this.#request(route, callers, callees, faults);
    }
  }

  #request(
    route: Route,
    callers: readonly Instance[] | undefined,
    callees: readonly Instance[],
    faults: readonly ArmedFault[],
  ): void {
    const { edge } = route;
    const tally = this.#tally(edge.to.namespace);
    const caller = callers && pick(this.#roll, callers);
    if (callers !== undefined && caller === undefined) {
      tally.unsent += 1;
      return;
    }
    const callee = pick(this.#roll, callees);
    const strikes = (fault: Fault) => this.#roll() < fault.share;
    const outcome = outcomeOf(edge.protocol, caller?.member, callee?.member, strikes, faults);
    tally.sent += 1;
    if (outcome.reach === 'served') tally.arrived += 1;
    if (outcome.failed) tally.failed += 1;
    this.#count(route, caller, callee, outcome);
  }

  #count(route: Route, caller: Instance | undefined, callee: Instance | undefined, outcome: Outcome): void {
    const { edge } = route;
    const durationMs = 2 + 30 * this.#roll() ** 3 + outcome.extraMs;
    const key = [
      caller?.profile,
      callee?.profile,
      route.key,
      outcome.reach,
      outcome.code,
      outcome.callerFlags,
      outcome.calleeFlags,
      outcome.grpcStatus,
    ].join('>');
    if (caller !== undefined)
      caller.counters?.record(
        `source>${key}`,
        () => sourceLabels(caller.member, callee?.member, edge, outcome),
        durationMs + 1, // the way there and back
      );
    if (callee !== undefined && outcome.reach === 'served')
      callee.counters?.record(
        `destination>${key}`,
        () => destinationLabels(caller?.member, callee.member, edge, outcome),
        durationMs,
      );
  }

  #tally(namespace: string): Tally {
    let tally = this.#tallies.get(namespace);
    if (tally === undefined) {
      tally = { sent: 0, arrived: 0, failed: 0, unsent: 0 };
      this.#tallies.set(namespace, tally);
    }
    return tally;
  }
}
