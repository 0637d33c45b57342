// What if what is to be moved is deleted or scaled while the upgrade is under way? That is nobody's failure: the rest moves, and it ends
// as ever.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployment, injectedGateway, namespace, statefulSet } from '../mesh-builder/pieces.ts';
import { smallGraph } from './small-mesh.ts';
import { openStage, type Stage, TARGET } from './stage.ts';

const follows = { injection: 'enabled' } as const;
const toBooks = { from: 'gateway', to: { namespace: 'books', workload: 'list' }, rps: 20, protocol: 'http' } as const;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    parts: [
      namespace('web', follows, deployment('shop', { replicas: 2 }), deployment('doomed')),
      namespace('payments', follows, deployment('api', { replicas: 2 }), statefulSet('ledger')),
      namespace('jobs', follows, deployment('to-zero', { replicas: 2 }), deployment('from-zero', { replicas: 0 })),
      namespace('books', follows, deployment('list')),
      injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag: 'default' } }),
    ],
    graph: { edges: [...smallGraph.edges, toBooks] },
  });
});
afterAll(async () => stage?.stop());

it('starts, and then a namespace of the last batch is deleted and workloads of it are scaled', async () => {
  const { cluster, traffic } = stage;
  const started = await stage.run('start', { batches: 'web\npayments, jobs, books' });
  expect(started.outputs).toMatchObject({ ending: 'started' });
  // What a finalizer keeps stays Terminating, with its pods gone, as namespaces do for a while.
  await cluster.kubectl(['-n', 'books', 'create', 'configmap', 'kept']);
  await cluster.kubectl([
    '-n',
    'books',
    'patch',
    'configmap',
    'kept',
    '-p',
    JSON.stringify({ metadata: { finalizers: ['example.com/kept'] } }),
  ]);
  await traffic.setGraph(smallGraph); // whoever deletes it has seen to its callers
  await cluster.kubectl(['delete', 'namespace', 'books', '--wait=false']);
  await cluster.kubectl(['-n', 'payments', 'scale', 'deployment', 'api', '--replicas=4']);
  await cluster.kubectl(['-n', 'jobs', 'scale', 'deployment', 'to-zero', '--replicas=0']);
  await cluster.kubectl(['-n', 'jobs', 'scale', 'deployment', 'from-zero', '--replicas=1']);
});

it('a Deployment that is deleted while it rolls is waited for no longer, and its batch passes', async () => {
  const { cluster } = stage;
  // It would never have got ready: only its deletion lets the batch go on.
  await cluster.kubelet.setRules([{ revision: TARGET, namespace: 'web', labels: { app: 'doomed' }, mode: 'never' }]);
  const running = stage.start('promote');
  await running.saw(/Deployment web\/doomed: pod template/u);
  await cluster.kubectl(['-n', 'web', 'delete', 'deployment', 'doomed']);
  const { outputs } = await running.result;
  expect(outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', batch: '1', 'next-batch': '2' });
  expect((await stage.picture()).injected).toMatchObject({ 'web/shop': { [TARGET]: 2 } });
});

it('a namespace that is being deleted is named and passed over, and what was scaled moves as it is now', async () => {
  const last = await stage.run('promote');
  expect(last.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', batch: '2' });
  expect(last.stdout).toContain('namespace books was deleted since the plan');
  const { injected } = await stage.picture();
  expect(injected).toMatchObject({ 'payments/api': { [TARGET]: 4 }, 'jobs/from-zero': { [TARGET]: 1 } });
  expect(Object.keys(injected)).not.toContain('jobs/to-zero');
});

it('completes although it is still there', async () => {
  expect(await stage.cluster.kubectl(['get', 'namespace', 'books'])).toContain('Terminating');
  expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed' });
});
