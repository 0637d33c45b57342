// What does `on-fail` leave where a batch fails? Everything as it is with `hold`, all but the batch with `rollback-batch`.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { deployment, namespace } from '../mesh-builder/pieces.ts';
import { attempt, revisionsIn } from './attempt.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

const BATCHES = { batches: 'web\npayments\nreports' };
const paymentsFail = targetFails('payments');

let stage: Stage;
beforeAll(async () => {
  const { parts = [], ...rest } = smallMesh();
  stage = await openStage({
    ...rest,
    parts: [...parts, namespace('reports', { injection: 'enabled' }, deployment('nightly'))],
  });
});
afterEach(async () => stage.traffic.clearFaults());
afterAll(async () => stage.stop());

it('hold: stops, leaves everything as it is, and passes when the fault is gone', async () => {
  const inputs = { ...BATCHES, 'on-fail': 'hold' };
  expect((await stage.run('start', inputs)).outputs).toMatchObject({ ending: 'started' });
  expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  await stage.traffic.setFaults(paymentsFail);
  const failed = await stage.run('promote');
  expect(failed.outputs).toMatchObject({
    ending: 'held',
    verdict: 'FAIL',
    'reason-code': 'error-rate',
    'resume-command': 'promote',
  });
  expect(failed.code).toBe(1);
  expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
  expect(await revisionsIn(stage, 'reports')).toEqual([SOURCE]);
  const pods = await stage.cluster.kubectl(['-n', 'payments', 'get', 'pods', '-o', 'name']);
  await stage.traffic.clearFaults();
  const again = await stage.run('promote');
  expect(again.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', 'next-batch': '3' });
  expect(await stage.cluster.kubectl(['-n', 'payments', 'get', 'pods', '-o', 'name'])).toBe(pods);
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await stage.picture()).toEqual(stage.before);
});

it.each(['tag', 'relabel'])(
  'rollback-batch, %s: only the failing batch goes back and is tried again; `rollback` then takes everything back',
  async (strategy) => {
    const inputs = { ...BATCHES, 'on-fail': 'rollback-batch', strategy };
    expect((await attempt(stage, 'start', inputs)).outputs).toMatchObject({ ending: 'started' });
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted' });
    await stage.traffic.setFaults(paymentsFail);
    const failed = await stage.run('promote');
    expect(failed.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovered' });
    expect(failed.outputs['reason']).toContain('batch 2');
    expect(await revisionsIn(stage, 'web')).toEqual([TARGET]);
    expect(await revisionsIn(stage, 'ingress')).toEqual([TARGET]);
    expect(await revisionsIn(stage, 'payments')).toEqual([SOURCE]);
    expect(await revisionsIn(stage, 'reports')).toEqual([SOURCE]);
    const waits = await stage.run('status');
    expect(waits.outputs).toMatchObject({ ending: 'status', 'reason-code': 'waiting', 'resume-command': 'plan' });
    // The same plan, whose hash goes on with the batch that went back; nobody else's does.
    await stage.traffic.clearFaults();
    const { outputs } = failed;
    expect((await stage.run('promote')).outputs).toMatchObject({ 'reason-code': 'rolled-back-needs-plan' });
    const left = await stage.run('plan', inputs);
    expect(left.outputs).toMatchObject({ ending: 'planned', 'plan-hash': outputs['plan-hash'], 'next-batch': '2' });
    const hash = { 'plan-hash': left.outputs['plan-hash'] ?? '' };
    const other = await stage.run('promote', { 'plan-hash': '0123456789ab' });
    expect(other.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'plan-hash' });
    expect((await stage.run('promote', hash)).outputs).toMatchObject({
      ending: 'promoted',
      verdict: 'PASS',
      'next-batch': '3',
    });
    expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
    // Nothing that only concerns the way forward, or the gate, keeps it from going back.
    const broken = { 'prometheus-ca': '/no/such/file.pem', batches: '10 %%' };
    const back = await stage.run('rollback', broken);
    expect(back.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovery-not-measured' });
    expect(back.stdout).toMatch(/::warning.*prometheus-ca.*the rollback goes on without Prometheus/u);
    expect(back.code).toBe(0);
    expect(await stage.picture()).toEqual(stage.before);
  },
);
