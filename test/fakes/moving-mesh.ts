// A mesh of two namespaces whose tag is on the target already: one that restarts at once, and one that takes its time.
import {
  DEPLOYMENT,
  type Kind,
  type KubeObject,
  MUTATING,
  NAMESPACE,
  POD,
  type PodObject,
} from '../../src/mesh/kinds.ts';
import { minutes } from '../builders/gate-run.ts';
import { rawNamespace, rawPod, rawTag, rawWorkload } from '../builders/raw.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { ManualClock } from './manual-clock.ts';
import { meshInMemory } from './run.ts';

const on = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });
export const MOVING: readonly string[] = ['fast', 'slow'];
const workloads = [
  { namespace: 'fast', name: 'api' },
  { namespace: 'slow', name: 'one' },
  { namespace: 'slow', name: 'two' },
];
export const podOf = (namespace: string, name: string, over: Parameters<typeof rawPod>[0] = {}): PodObject =>
  on(POD, rawPod({ namespace, name: `${name}-old`, owner: { kind: 'Deployment', name }, ...over }));

/** The tag is on the target. `fast` restarts at once, `slow` takes ten minutes for each workload. */
export function movingMesh(clock: ManualClock): FakeCluster {
  const cluster = meshInMemory([
    on(MUTATING, rawTag('default', '1-32')),
    ...['cart', ...MOVING].map((name) => on(NAMESPACE, rawNamespace(name, { 'istio-injection': 'enabled' }))),
    ...workloads.flatMap(({ namespace, name }) => [
      on(DEPLOYMENT, rawWorkload({ namespace, name, replicas: 1 })),
      podOf(namespace, name),
    ]),
  ]);
  cluster.onWrite = ({ verb, object }) => {
    if (verb !== 'patch' || object.kind !== 'Deployment') return;
    const { name, namespace = '', generation = 0 } = object.metadata;
    const become = (ready: boolean): void => {
      const counts = { updatedReplicas: 1, readyReplicas: Number(ready), availableReplicas: Number(ready) };
      cluster.put({ ...object, status: { observedGeneration: generation, replicas: 1, ...counts } });
      cluster.put(podOf(namespace, name, { name: `${name}-new`, injected: '1-32', ready }));
    };
    cluster.remove({ kind: POD, namespace, name: `${name}-old` });
    become(namespace === 'fast');
    if (namespace === 'slow') void clock.sleep(minutes(10)).then(() => become(true));
  };
  return cluster;
}
