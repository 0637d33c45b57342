// What becomes of a Helm release whose helm was killed? Helm calls it pending for ever, and does nothing else with it: what a run of ours
// left so, the same command finishes; anybody else's is named and left alone.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packagedChart } from '../cluster/charts.ts';
import { smallMesh } from './small-mesh.ts';
import { type Inputs, openStage, type Stage, TARGET } from './stage.ts';

const RELEASE = `istiod-${TARGET}`;
const HERE = ['--namespace', 'istio-system'];
const patience = { timeout: 60_000 };

let stage: Stage;
let chart: string[];
let inputs: Inputs;
beforeAll(async () => {
  stage = await openStage({ ...smallMesh(), target: false });
  const archive = await packagedChart(stage.cluster.binaries, '1.32');
  chart = [archive, '--set', 'global.hub=docker.io/istio', '--set', 'global.tag=1.32.0'];
  inputs = { install: 'helm', 'install-args': chart.join('\n'), batches: 'rest' };
});
afterAll(async () => stage?.stop());

/** Of the release's last revision; undefined without a release. */
async function status(): Promise<string | undefined> {
  const listed: { status: string }[] = JSON.parse(
    await stage.cluster.helm(['list', '--filter', `^${RELEASE}$`, ...HERE, '--output', 'json']),
  );
  return listed[0]?.status;
}
/** With nobody to place its pods, istiod does not come up, and helm waits for it. */
const noRoom = async (): Promise<void> => stage.cluster.processes.stop('scheduler');
const room = async (): Promise<void> => stage.cluster.processes.start('scheduler');

const VALIDATOR = `istio-validator-${TARGET}-istio-system`;
/** The API server has the validator, which helm creates last, and helm waits for istiod's pods. */
const helmWaits = async (): Promise<void> => {
  const there = ['get', `validatingwebhookconfiguration/${VALIDATOR}`, '--ignore-not-found', '--output', 'name'];
  await expect.poll(async () => stage.cluster.kubectl(there), patience).toContain(VALIDATOR);
};

const killAll = (pids: readonly (number | undefined)[]): void => {
  for (const pid of pids) if (pid !== undefined) process.kill(pid, 'SIGKILL');
};
const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .split(/\s+/)
    .filter((child) => child !== '')
    .map(Number);

it("is refused by name where it is somebody else's, and left as it is", async () => {
  await noRoom();
  const revision = ['--set', `revision=${TARGET}`];
  const { env, binaries } = stage.cluster;
  const byHand = spawn(binaries.helm, ['install', RELEASE, ...chart, ...revision, ...HERE, '--wait'], { env });
  await helmWaits();
  killAll([byHand.pid]);
  await room();
  const before = await stage.cluster.helm(['history', RELEASE, ...HERE]);
  for (const command of ['plan', 'upgrade']) {
    const { outputs, summary } = await stage.run(command, inputs);
    expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'install-pending' });
    expect(summary).toContain(`Helm release istio-system/${RELEASE} is pending-install (revision 1, since `);
    expect(summary).toContain(`helm rollback ${RELEASE} 1 --namespace istio-system --force-conflicts`);
  }
  expect(await stage.cluster.helm(['history', RELEASE, ...HERE])).toBe(before);
});

it('is planned with again once its owner has run the command that was told', async () => {
  await stage.cluster.helm(['rollback', RELEASE, '1', ...HERE, '--force-conflicts']);
  expect((await stage.run('plan', inputs)).outputs).toMatchObject({ ending: 'planned' });
  await stage.cluster.helm(['uninstall', RELEASE, ...HERE, '--wait']);
});

it('is finished by the same command where a run was killed with its helm, istiod having come up meanwhile', async () => {
  await noRoom();
  const run = stage.start('upgrade', inputs);
  await run.saw(/helm: Release ".*" does not exist/u);
  await helmWaits();
  killAll([run.pid, ...childrenOf(run.pid)]);
  expect((await run.result).signal).toBe('SIGKILL');
  expect(await status()).toBe('pending-install');
  await room();
  // Its webhook is istiod's by then: a second writer of the field is refused by the API server.
  const policy = ['get', 'validatingwebhookconfiguration', VALIDATOR, '-o', 'jsonpath={.webhooks[0].failurePolicy}'];
  await expect.poll(async () => stage.cluster.kubectl(policy), patience).toBe('Fail');
  const { outputs, stdout } = await stage.run('upgrade', inputs, { runId: '2' });
  expect(outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok', moved: '2', total: '2' });
  expect(stdout).toContain('is pending-install (revision 1, since ');
  expect(stdout).toContain(`${TARGET} is installed already: nothing to write`);
  expect(await status()).toBe('deployed');
  expect(Object.values((await stage.picture()).injected)).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ '1-31': expect.anything() })]),
  );
});
