// The reasons that take minutes to come about: is each what really happened? What the others need is in test/e2e/reasons.e2e.ts.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../cluster/eventually.ts';
import type { Graph } from '../cluster/traffic/wire.ts';
import { attempt } from '../e2e/attempt.ts';
import { smallGraph, smallMesh } from '../e2e/small-mesh.ts';
import { openStage, type Stage, SOURCE } from '../e2e/stage.ts';
import { deployment, namespace, statefulSet } from '../mesh-builder/pieces.ts';

const MINUTE = 60_000;
const at = (place: string, workload: string) => ({ namespace: place, workload });
/** `alone` has nothing to do with the batch: it tells lost traffic from a quiet hour. */
const alone = { from: at('alone', 'a'), to: at('alone', 'b'), rps: 60, protocol: 'http' } as const;
const graph: Graph = { edges: [...smallGraph.edges, alone] };
/** Lost traffic is told by whole minutes of the window, and by the quietest one before. */
const INPUTS = { batches: 'web\npayments\nrest', 'on-fail': 'hold', 'max-bake': '100s' };
const INJECTOR = ['mutatingwebhookconfiguration', 'istio-revision-tag-default'];

let stage: Stage;
let sinceMs = 0;
beforeAll(async () => {
  const { parts = [] } = smallMesh();
  stage = await openStage({
    parts: [
      ...parts,
      namespace('alone', { injection: 'enabled' }, deployment('a'), deployment('b')),
      namespace('store', { injection: 'enabled' }, statefulSet('db')),
    ],
    graph,
  });
  sinceMs = Date.now();
}, 5 * MINUTE);
afterEach(async () => stage.traffic.setGraph(graph));
afterAll(async () => stage?.stop());

/** Changes the tag's webhooks between two batches of an upgrade, as somebody might, and puts them back when it has ended. */
async function upgradeWhileInjectorChanges(
  change: (webhook: Webhook) => unknown,
): Promise<Readonly<Record<string, string>>> {
  const injector = async (): Promise<Injector> =>
    JSON.parse(await stage.cluster.kubectl(['get', ...INJECTOR, '-o', 'json']));
  const patched = async (changed: readonly unknown[]): Promise<string> =>
    stage.cluster.kubectl(['patch', ...INJECTOR, '--type=merge', '-p', JSON.stringify({ webhooks: changed })]);
  const { outputs: plan } = await stage.run('plan', INPUTS);
  const running = stage.start('upgrade', { ...INPUTS, 'plan-hash': plan['plan-hash'] ?? '' });
  await running.saw(/gate, batch 1: /);
  const { webhooks } = await injector();
  await patched(webhooks.map(change));
  const { outputs } = await running.result;
  await patched(webhooks);
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await stage.picture()).toEqual(stage.before);
  return outputs;
}
interface Webhook {
  readonly rules: readonly object[];
  readonly clientConfig: { readonly service: object };
}
interface Injector {
  readonly webhooks: readonly Webhook[];
}

it(
  'begins, with one batch that has passed and whole minutes behind it',
  async () => {
    expect((await attempt(stage, 'start', { ...INPUTS, bake: '20s' })).outputs).toMatchObject({
      ending: 'started',
    });
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '1' });
    await eventually('whole minutes', async () => Date.now() - sinceMs > 4 * MINUTE, 6 * MINUTE);
  },
  8 * MINUTE,
);

it('FAIL (traffic-lost): callers and proxies both miss the requests, and elsewhere is as busy as ever', async () => {
  const running = stage.start('promote');
  // The new proxies have counted something: else it would be their telemetry that is not there.
  await running.saw(/gate, batch 2: [1-9]/);
  const quiet = smallGraph.edges.filter(({ to }) => to.namespace !== 'payments');
  await stage.traffic.setGraph({ edges: [...quiet, alone] });
  const { outputs } = await running.result;
  expect(outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'FAIL', 'reason-code': 'traffic-lost' });
  expect(outputs['reason']).toContain('payments: callers and proxies both count far fewer requests');
});

it('HOLD (telemetry-lost): the proxies’ counters are gone, the callers’ are not', async () => {
  const pods = ['-n', 'payments', 'annotate', 'pods', '--all', '--overwrite'];
  await stage.cluster.kubectl([...pods, 'prometheus.io/scrape=false']);
  const { outputs } = await stage.run('promote');
  await stage.cluster.kubectl([...pods, 'prometheus.io/scrape=true']);
  expect(outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'HOLD', 'reason-code': 'telemetry-lost' });
  expect(outputs['reason']).toContain('whether traffic or its telemetry is lost cannot be told');
});

it(
  'HOLD (blind): Prometheus is away for five minutes',
  async () => {
    const running = stage.start('promote');
    await running.saw(/gate, batch 2: /);
    await stage.cluster.processes.stop('prometheus');
    const { outputs } = await running.result;
    expect(outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'HOLD', 'reason-code': 'blind' });
    expect(outputs['resume-command']).toBe('promote');
    // The way back needs no Prometheus; what follows does.
    expect((await stage.run('rollback', { 'prometheus-url': '' })).outputs).toMatchObject({ ending: 'rolled-back' });
    expect(await stage.picture()).toEqual(stage.before);
    await stage.cluster.processes.start('prometheus');
  },
  8 * MINUTE,
);

it('FAIL (sidecar-missing): the tag’s webhook is not asked any more', async () => {
  const outputs = await upgradeWhileInjectorChanges((webhook) => ({
    ...webhook,
    rules: webhook.rules.map((rule) => ({ ...rule, operations: ['CONNECT'] })),
  }));
  expect(outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'FAIL', 'reason-code': 'sidecar-missing' });
  expect(outputs['reason']).toMatch(/pod payments\/\S+ was created without a sidecar/);
});

it('FAIL (wrong-revision): the tag’s webhook asks another istiod', async () => {
  const outputs = await upgradeWhileInjectorChanges(({ clientConfig, ...webhook }) => ({
    ...webhook,
    clientConfig: { ...clientConfig, service: { ...clientConfig.service, name: `istiod-${SOURCE}` } },
  }));
  expect(outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'FAIL', 'reason-code': 'wrong-revision' });
  expect(outputs['reason']).toMatch(/pod payments\/\S+ was injected by 1-31, not by 1-32/);
});

it('HOLD (out-of-time): the next batch would not fit into what is left', async () => {
  // Deployments have ten minutes by Kubernetes' own word: twice those and the watch, and five seconds more.
  const limits = { 'rollout-timeout': '10s', 'max-bake': '10s', 'max-duration': '20m25s' };
  const { outputs } = await attempt(stage, 'upgrade', { ...INPUTS, ...limits });
  expect(outputs).toMatchObject({ ending: 'held', 'reason-code': 'out-of-time', 'resume-command': 'upgrade' });
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
});

it('HOLD (rollout-stuck): a quota refuses the pods of a StatefulSet, and is named', async () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none', namespace: 'store' },
    spec: { hard: { pods: '0' } },
  };
  await stage.cluster.kubectl(['create', '-f', '-'], JSON.stringify(quota));
  await eventually('the quota in force', async () =>
    (
      await stage.cluster.kubectl(['-n', 'store', 'get', 'resourcequota', 'none', '-o', 'jsonpath={.status.hard}'])
    ).includes('pods'),
  );
  const { outputs } = await attempt(stage, 'upgrade', { ...INPUTS, batches: 'store\nrest', 'rollout-timeout': '8s' });
  await stage.cluster.kubectl(['-n', 'store', 'delete', 'resourcequota', 'none']);
  expect(outputs).toMatchObject({ ending: 'held', batch: '1', verdict: 'HOLD', 'reason-code': 'rollout-stuck' });
  expect(outputs['reason']).toMatch(/store\/db: .*exceeded quota: none/);
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
});
