// Does one command move a whole mesh, and take it back when users suffer?
import { afterEach, expect, it } from 'vitest';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

it('moves the tag, the gateway and every namespace, and removes the source', async () => {
  stage = await openStage();
  const result = await stage.run('upgrade', { soak: '5s' });
  expect(result.stdout).toContain('Soak: everything under watch');
  expect(result.outputs).toMatchObject({
    ending: 'completed',
    verdict: 'PASS',
    moved: '5',
    total: '5',
    'source-revision': SOURCE,
    'target-revision': TARGET,
  });
  expect(result.code).toBe(0);
  const revisions = Object.values((await stage.picture()).injected).flatMap((counts) => Object.keys(counts));
  expect(new Set(revisions)).toEqual(new Set([TARGET]));
  expect(
    await stage.cluster.kubectl([
      'get',
      'all,cm,sa,role,rolebinding,lease',
      '-n',
      'istio-system',
      '-l',
      `istio.io/rev=${SOURCE}`,
      '-o',
      'name',
    ]),
  ).toBe('');
  const again = await stage.run('upgrade');
  expect(again.outputs['ending']).toBe('nothing-to-do');
});

it('rolls everything back when a batch fails, and says that it recovered', async () => {
  stage = await openStage();
  await stage.traffic.setFaults(targetFails('payments'));
  const result = await stage.run('upgrade');
  expect(result.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovered' });
  expect(result.code).toBe(1);
  expect(await stage.picture()).toEqual(stage.before);
});

it('rolls everything back when what has passed relapses in the soak', async () => {
  stage = await openStage(smallMesh());
  const running = stage.start('upgrade', { batches: 'rest', soak: '5m' });
  await running.saw(/Soak: everything under watch/u);
  await stage.traffic.setFaults(targetFails('payments'));
  const { outputs } = await running.result;
  expect(outputs).toMatchObject({ ending: 'rolled-back', verdict: 'FAIL' });
  expect(outputs['reason']).toContain('the soak failed: ');
  expect(await stage.picture()).toEqual(stage.before);
});
