// What becomes of pods and namespaces that appear while the upgrade is under way, with the tag moved already?
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../cluster/eventually.ts';
import { buildMesh } from '../mesh-builder/build.ts';
import { deployment, namespace } from '../mesh-builder/pieces.ts';
import { attempt, revisionsIn } from './attempt.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(smallMesh());
});
afterAll(async () => stage.stop());

/** Deletes all pods of the workload and waits until those that come instead are ready. */
async function recreate(place: string, name: string): Promise<void> {
  const { cluster } = stage;
  await cluster.kubectl(['-n', place, 'delete', 'pods', '-l', `app=${name}`]);
  await cluster.kubectl(['-n', place, 'rollout', 'status', 'deployment', name, '--timeout=60s']);
}

it('a pod recreated in a namespace that waits comes back on the source', async () => {
  expect((await stage.run('start')).outputs).toMatchObject({ ending: 'started' });
  await recreate('payments', 'api');
  expect(await revisionsIn(stage, 'payments')).toEqual([SOURCE]);
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await stage.picture()).toEqual(stage.before);
});

it('without pin-waiting it drifts to the target, and a rollback takes it back too', async () => {
  expect((await attempt(stage, 'start', { 'pin-waiting': 'false' })).outputs).toMatchObject({ ending: 'started' });
  await recreate('payments', 'api');
  await expect.poll(async () => revisionsIn(stage, 'payments', 'api'), { timeout: 30_000 }).toEqual([TARGET]);
  expect(await revisionsIn(stage, 'payments', 'ledger')).toEqual([SOURCE]);
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await stage.picture()).toEqual(stage.before);
});

it('a namespace created after the plan joins the last batch', async () => {
  await attempt(stage, 'start', { 'pin-waiting': 'true' });
  // One that follows the tag is on the target from the beginning; one that names the source has to be moved.
  const late = await buildMesh(stage.cluster, [
    namespace('late', { injection: 'enabled' }, deployment('new')),
    namespace('pinned', { rev: SOURCE }, deployment('old')),
  ]);
  await late.ready();
  expect(await revisionsIn(stage, 'pinned')).toEqual([SOURCE]);
  expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', 'next-batch': '2' });
  expect(await revisionsIn(stage, 'pinned')).toEqual([SOURCE]);
  const last = await stage.run('promote');
  expect(last.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  expect(last.stdout).toMatch(/pinned.*created after the plan.*joins batch 2/);
  expect(await revisionsIn(stage, 'pinned')).toEqual([TARGET]);
  expect(await revisionsIn(stage, 'late')).toEqual([TARGET]);
  expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed' });
  await eventually('the source to be gone', async () => {
    const planes = await stage.cluster.kubectl(['-n', 'istio-system', 'get', 'deployments', '-o', 'name']);
    return !planes.includes(`istiod-${SOURCE}`);
  });
});
