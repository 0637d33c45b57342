// Under `relabel` the tag moves last: is it moved only where nothing stands in its way, judged once more, and moved back by a FAIL?
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REV } from '../../src/mesh/names.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

let stage: Stage;
const moved = async (): Promise<Stage['before']> => {
  const { outputs } = await stage.run('start', { strategy: 'relabel', batches: 'rest' });
  expect(outputs).toMatchObject({ ending: 'started' });
  expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted' });
  return stage.picture();
};
let before: Stage['before'];

beforeAll(async () => {
  stage = await openStage(smallMesh());
  before = await moved();
});
afterAll(async () => {
  await stage?.stop();
});

it('is refused, with nothing written, while something else would keep the source in use', async () => {
  await stage.cluster.istioctl('1.31', ['tag', 'set', 'other', '--revision', SOURCE, '-y']);
  const { outputs, stdout } = await stage.run('complete');
  expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'source-in-use' });
  expect(stdout).toContain('tag other points to 1-31');
  const { namespaces, mutatingWebhooks } = await stage.picture();
  expect(namespaces).toEqual(before.namespaces);
  expect(mutatingWebhooks).toMatchObject(before.mutatingWebhooks);
  await stage.cluster.istioctl('1.31', ['tag', 'remove', 'other', '-y']);
});

it('is refused while a CronJob, which has no pod between its runs, asks for the source', async () => {
  const ofDefault = async (...args: readonly string[]) => stage.cluster.kubectl(['-n', 'default', ...args]);
  await ofDefault('create', 'cronjob', 'nightly', '--image=job', '--schedule=0 3 * * *');
  const labelled = { spec: { jobTemplate: { spec: { template: { metadata: { labels: { [REV]: SOURCE } } } } } } };
  await ofDefault('patch', 'cronjob', 'nightly', '--patch', JSON.stringify(labelled));
  const { outputs, stdout } = await stage.run('complete');
  expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'source-in-use' });
  expect(stdout).toContain('CronJob default/nightly');
  await ofDefault('delete', 'cronjob', 'nightly');
});

it('is refused while the API server cannot reach the port on which the source says who is connected to it', async () => {
  const source = `deployment/istiod-${SOURCE}`;
  const ofIstio = async (...args: readonly string[]) => stage.cluster.kubectl(['-n', 'istio-system', ...args]);
  const args = await ofIstio('get', source, '--output=jsonpath={.spec.template.spec.containers[0].args}');
  const elsewhere = args.replace('15014', '15999');
  const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: JSON.parse(elsewhere) }];
  await ofIstio('patch', source, '--type=json', '--patch', JSON.stringify(patch));
  await ofIstio('rollout', 'status', source, '--timeout=60s');
  const { outputs, stdout } = await stage.run('complete');
  expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'istiod-unreachable' });
  expect(stdout).toContain("Let the API server reach port 15014 of istiod's pods");
  expect(await stage.picture()).toEqual(before);
  await ofIstio('rollout', 'undo', source);
  await ofIstio('rollout', 'status', source, '--timeout=60s');
});

it('goes back with the tag when what has moved fails then', async () => {
  await stage.traffic.setFaults(targetFails('payments'));
  const { outputs } = await stage.run('complete');
  expect(outputs).toMatchObject({ ending: 'held', verdict: 'FAIL' });
  expect(await stage.picture()).toEqual(before);
});

it('goes on when that is over, with tag and source moved and removed by hand as the remedy says, and only a PASS lets it', async () => {
  await stage.traffic.clearFaults();
  await stage.cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', TARGET, '--overwrite', '-y']);
  await stage.cluster.istioctl('1.31', ['uninstall', '--revision', SOURCE, '-y']);
  expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
});
