// What does a rollout ask of the API server, however many namespaces its batch has, and what does it see?
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, type Kind, type KubeObject, POD } from '../../src/mesh/kinds.ts';
import type { WorkloadRef } from '../../src/mesh/snapshot.ts';
import { roll } from '../../src/phases/roll.ts';
import { viewWorkloads } from '../../src/phases/workload-view.ts';
import type { Change, ListOptions } from '../../src/ports/cluster.ts';
import { rawPod, rawWorkload } from '../builders/raw.ts';
import { TARGET } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const BATCH = ['cart', 'orders', 'payments'];
const typed = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });
const ref = (namespace: string): WorkloadRef => ({ kind: 'Deployment', namespace, name: 'api' });

interface Watch {
  readonly kind: string;
  readonly options: ListOptions;
  readonly signal: AbortSignal;
}
/** Notes every watch that is begun. */
class WatchedCluster extends FakeCluster {
  readonly watches: Watch[] = [];
  override follow<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): AsyncGenerator<Change<T>> {
    this.watches.push({ kind: kind.kind, options, signal });
    return super.follow(kind, options, signal);
  }
}

/** Deployment `api` with a pod on the target in each of them, and in a namespace that nobody moves. */
const aCluster = (namespaces: readonly string[] = [...BATCH, 'elsewhere']): WatchedCluster =>
  new WatchedCluster(
    namespaces.flatMap((namespace) => [
      typed(DEPLOYMENT, rawWorkload({ namespace, replicas: 1 })),
      typed(POD, rawPod({ namespace, name: `api-of-${namespace}`, injected: TARGET })),
    ]),
  );

async function rolled(cluster: FakeCluster, namespaces: readonly string[]) {
  return roll(fakeSession(cluster).session, {
    title: 'batch 1',
    items: namespaces.map((namespace) => ({ ref: ref(namespace), how: { kind: 'await' } })),
    expected: TARGET,
    restartedAt: '2026-11-24T12:00:00.000Z',
    timeoutMs: 60_000,
    maxInFlight: 20,
    signal: new AbortController().signal,
  });
}
const KINDS = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'];

describe('the watches of a rollout', () => {
  it.each([
    { namespaces: BATCH.slice(0, 1), options: { namespace: 'cart' }, reason: 'one namespace is watched alone' },
    { namespaces: BATCH.slice(0, 2), options: {}, reason: 'two share them' },
    { namespaces: BATCH, options: {}, reason: 'and so do three' },
  ])('are one for each kind: $reason', async ({ namespaces, options }) => {
    const cluster = aCluster();
    const many = namespaces.length;
    expect(await rolled(cluster, namespaces)).toEqual({ kind: 'done', workloads: many, pods: many });
    expect(cluster.watches.map(({ kind }) => kind)).toEqual(KINDS);
    for (const watch of cluster.watches) expect(watch.options).toEqual(options);
    const lists = cluster.requests.filter(({ verb }) => verb === 'list');
    expect(lists.map(({ kind }) => kind)).toEqual(KINDS);
  });

  it('have ended when it has', async () => {
    const cluster = aCluster();
    await rolled(cluster, BATCH);
    expect(cluster.watches.map(({ signal }) => signal.aborted)).toEqual(KINDS.map(() => true));
  });
});

it('a view of a batch shows what is in it, as it changes, and nothing of others', async () => {
  const cluster = aCluster();
  const stop = new AbortController();
  const view = await viewWorkloads(fakeSession(cluster).session.world, BATCH, stop.signal);
  const podsIn = (namespace: string) => view.pods(ref(namespace)).map(({ name }) => name);
  expect([...BATCH, 'elsewhere'].map(podsIn)).toEqual([['api-of-cart'], ['api-of-orders'], ['api-of-payments'], []]);
  expect(view.workload(ref('elsewhere'))).toBeUndefined();
  for (const namespace of ['orders', 'elsewhere'])
    cluster.put(typed(POD, rawPod({ namespace, name: `second-of-${namespace}`, injected: TARGET })));
  await view.changed(60_000);
  expect(podsIn('orders')).toEqual(['api-of-orders', 'second-of-orders']);
  expect(podsIn('elsewhere')).toEqual([]);
  stop.abort();
  await view.ended;
});
