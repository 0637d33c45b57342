// What do the simulator's unit tests build their meshes from?
import { type Member, readMember } from './member.ts';
import type { Instance } from './mesh.ts';
import type { TrafficModel } from './model.ts';
import type { Edge } from './wire.ts';

let born = 0;

/** A ready pod of a StatefulSet with a sidecar of 1-31, unless told otherwise. */
export function member(namespace: string, workload: string, change: Partial<Member> = {}): Member {
  born += 1;
  const name = `${workload}-${born}`;
  const read = readMember({
    metadata: {
      name,
      namespace,
      uid: `uid-${born}`,
      labels: { app: workload },
      annotations: { 'istio.io/rev': '1-31' },
    },
    spec: { containers: [{ name: 'app' }, { name: 'istio-proxy', image: 'proxyv2:1.31.0' }] },
    status: { phase: 'Running', podIP: `10.244.1.${born}`, conditions: [{ type: 'Ready', status: 'True' }] },
  });
  return { ...read, workload, proxyRuns: true, ...change };
}

export const withoutSidecar = { sidecar: false, revision: undefined };

/** `from` is `namespace/workload`, `gateway` or `outside`; `to` is `namespace/workload`. */
export function edge(from: string, to: string, change: Partial<Edge> = {}): Edge {
  const caller = from === 'gateway' || from === 'outside' ? from : ref(from);
  return { from: caller, to: ref(to), rps: 10, protocol: 'http', ...change };
}

function ref(path: string): { namespace: string; workload: string } {
  const [namespace = '', workload = ''] = path.split('/');
  return { namespace, workload };
}

/** What one pod counted in all series whose labels hold every one of these pairs, such as `reporter="source"`. */
export function counted(instance: Instance | undefined, ...pairs: string[]): number {
  let sum = 0;
  for (const [labels, count] of instance?.counters?.requests() ?? [])
    if (pairs.every((pair) => labels.includes(pair))) sum += count;
  return sum;
}

/** The same of all pods. */
export function requests(model: TrafficModel, ...pairs: string[]): number {
  return [...model.mesh.all()].reduce((sum, instance) => sum + counted(instance, ...pairs), 0);
}

/** Lets time pass in the simulator's own steps. */
export function pass(model: TrafficModel, seconds: number): void {
  for (let ms = 0; ms < seconds * 1000; ms += 250) model.advance(250);
}
