// What if nothing, or nobody, can say whether users suffer? Never a pass, never a rollback; and the way back needs no Prometheus.
import { afterEach, expect, it } from 'vitest';
import { deployment, namespace } from '../mesh-builder/pieces.ts';
import { attempt, revisionsIn } from './attempt.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

it('without traffic a batch is held, and goes on only where that was accepted', async () => {
  const { parts = [], ...rest } = smallMesh();
  stage = await openStage({
    ...rest,
    parts: [...parts, namespace('reports', { injection: 'enabled' }, deployment('nightly'))],
  });
  const inputs = { batches: 'reports\nrest', 'max-bake': '20s' };

  await stage.run('start', { ...inputs, 'on-no-traffic': 'pass' });
  const passed = await stage.run('promote');
  expect(passed.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  expect(passed.summary).toContain('no-traffic-accepted');
  const back = await stage.run('rollback', { 'prometheus-url': '' });
  expect(back.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovery-not-measured' });
  expect(back.outputs['reason']).toContain('recovery not measured');
  expect(back.code).toBe(0);
  expect(await stage.picture()).toEqual(stage.before);

  const held = await attempt(stage, 'upgrade', inputs);
  expect(held.outputs).toMatchObject({ ending: 'held', verdict: 'HOLD', 'reason-code': 'no-traffic', batch: '1' });
  expect(held.code).toBe(1);
  expect(await revisionsIn(stage, 'reports')).toEqual([TARGET]);
  expect(await revisionsIn(stage, 'payments')).toEqual([SOURCE]);

  const accepted = await stage.run('upgrade', { ...inputs, 'accept-hold': 'no-traffic' }, { actor: 'hubot' });
  expect(accepted.outputs).toMatchObject({ ending: 'completed', verdict: 'PASS' });
  expect(accepted.code).toBe(0);
  expect(JSON.stringify(accepted.report)).toMatch(/"acceptedBy":"[^"]*hubot/);
});

it('a Prometheus that is away for a while costs time; one that stays away can be interrupted and gone on from', async () => {
  stage = await openStage(smallMesh());
  const { processes } = stage.cluster;
  await stage.run('start', { bake: '8s' });

  const blind = stage.start('promote');
  await blind.saw(/gate, batch 1: .*needs/);
  await processes.stop('prometheus');
  await blind.saw(/gate, batch 1: .*; blind: /);
  await processes.start('prometheus');
  const passed = await blind.result;
  expect(passed.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  expect(passed.code).toBe(0);

  const gone = stage.start('promote');
  await gone.saw(/Batch 2 of 2/);
  await processes.stop('prometheus');
  await gone.saw(/gate, batch 2: .*; blind: /);
  gone.kill('SIGTERM');
  const interrupted = await gone.result;
  expect(interrupted.outputs).toMatchObject({
    ending: 'held',
    'reason-code': 'interrupted',
    'resume-command': 'promote',
  });
  expect(interrupted.code).toBe(1);
  // What was on its way when it stopped arrives.
  await expect.poll(async () => stage && revisionsIn(stage, 'payments'), { timeout: 30_000 }).toEqual([TARGET]);
  await processes.start('prometheus');
  const again = await stage.run('promote');
  expect(again.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', batch: '2' });
});
