// What if the new pods do not come up? A proxy that fails is our doing and goes back; an app that fails is named and left.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { attempt, revisionsIn } from './attempt.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(smallMesh());
});
afterEach(async () => {
  await stage.cluster.kubelet.setRules([]);
  await stage.traffic.clearFaults();
});
afterAll(async () => stage.stop());

it('a crash loop of the new proxy fails the batch at once, and everything goes back', async () => {
  await stage.cluster.kubelet.setRules([{ revision: TARGET, namespace: 'payments', mode: 'crashloop' }]);
  const result = await attempt(stage, 'upgrade', { 'rollout-timeout': '10m' });
  expect(result.outputs).toMatchObject({ ending: 'rolled-back', verdict: 'FAIL' });
  expect(result.outputs['reason']).toMatch(/the proxy of pod payments\/\S+ crash-loops on revision 1-32/);
  expect(result.tookMs).toBeLessThan(300_000); // at once: not after the ten minutes
  expect(result.code).toBe(1);
  expect(await stage.picture()).toEqual(stage.before);
});

it('a proxy that never gets ready fails the batch after rollout-timeout', async () => {
  await stage.cluster.kubelet.setRules([
    { revision: TARGET, namespace: 'payments', labels: { app: 'ledger' }, mode: 'proxy-unready' },
  ]);
  const result = await attempt(stage, 'upgrade', { 'rollout-timeout': '20s' });
  expect(result.outputs).toMatchObject({ ending: 'rolled-back', verdict: 'FAIL' });
  expect(result.outputs['reason']).toMatch(/payments\/ledger.*proxy is not ready.*after \d+s/);
  expect(await stage.picture()).toEqual(stage.before);
});

it('names both where two namespaces fail for different reasons in one batch', async () => {
  await stage.cluster.kubelet.setRules([{ revision: TARGET, namespace: 'payments', mode: 'crashloop', delayMs: 9000 }]);
  await stage.traffic.setFaults(targetFails('web'));
  const result = await attempt(stage, 'upgrade', { batches: 'rest', bake: '20s' });
  expect(result.outputs).toMatchObject({ ending: 'rolled-back', verdict: 'FAIL' });
  expect(result.summary).toMatch(/web.*(503|failed)/);
  expect(result.summary).toMatch(/payments\/\S+.*(crash-loops|not ready)/);
  expect(await stage.picture()).toEqual(stage.before);
});

it('an app that crash-loops after its restart holds the batch, and nothing is undone', async () => {
  await stage.cluster.kubelet.setRules([
    { revision: TARGET, namespace: 'payments', labels: { app: 'ledger' }, mode: 'app-crash' },
  ]);
  const result = await attempt(stage, 'upgrade', { 'rollout-timeout': '20s' });
  expect(result.outputs).toMatchObject({
    ending: 'held',
    verdict: 'HOLD',
    'reason-code': 'rollout-stuck',
    'resume-command': 'upgrade',
  });
  expect(result.outputs['reason']).toMatch(/payments\/ledger.*container \S+ crash-loops/);
  expect(result.code).toBe(1);
  expect(await revisionsIn(stage, 'web')).toEqual([TARGET]);
  expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
  expect(await stage.cluster.kubectl(['-n', 'istio-system', 'get', 'deployment', `istiod-${SOURCE}`])).toContain('1/1');
});

it('a pod that is not even started holds the batch, and no proxy is blamed', async () => {
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  await stage.cluster.kubelet.setRules([
    { revision: TARGET, namespace: 'payments', labels: { app: 'ledger' }, mode: 'never' },
  ]);
  const result = await attempt(stage, 'upgrade', { 'rollout-timeout': '20s' });
  expect(result.outputs).toMatchObject({ ending: 'held', verdict: 'HOLD', 'reason-code': 'rollout-stuck' });
  expect(result.outputs['reason']).toMatch(/payments\/ledger.*its containers are not created yet.*after \d+s/);
  expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
});

it('an app that crash-loops on the source again is named, and the rollback ends without it', async () => {
  await stage.cluster.kubelet.setRules([
    { revision: SOURCE, namespace: 'payments', labels: { app: 'ledger' }, mode: 'app-crash' },
  ]);
  const result = await stage.run('rollback', { 'rollout-timeout': '20s' });
  expect(result.outputs).toMatchObject({ ending: 'rolled-back' });
  expect(result.summary).toMatch(
    /payments\/ledger.*container \S+ crash-loops .*it is on 1-31, and its proxy is not to blame/,
  );
  expect(await stage.picture()).toEqual(stage.before);
});
