// Does the command line do on a cluster what the action does, with an exit code for each ending?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CliResult } from '../bundle/harness.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, TARGET, targetFails } from './stage.ts';

/** Prometheus asks for none; whatever a run stores is searched for it. */
const TOKEN = 'a-token-that-nobody-may-see';

let stage: Stage;
let scratch = '';
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'command-line-'));
  stage = await openStage(smallMesh());
});
afterAll(async () => {
  await stage?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** Everything that stays the same stands in a file, as a repository would keep it. */
async function run(command: string, ...flags: string[]): Promise<CliResult> {
  const file = join(scratch, 'istio-upgrade.yaml');
  writeFileSync(
    file,
    `target-revision: ${TARGET}
prometheus-url: ${stage.cluster.prometheusUrl}
prometheus-headers: |
  X-Scope-OrgID: platform
prometheus-matchers: |
  job=~kubernetes-pods|istiod
max-error-rate: 5%
bake: 4s
max-bake: 40s
interval: 2s
min-requests: 40
batches: rest
`,
  );
  const { kubeconfig } = stage.cluster;
  return stage.cli([command, '--kubeconfig', kubeconfig, '--config-file', file, '--prometheus-token', TOKEN, ...flags]);
}
const endingOf = ({ report }: CliResult): unknown => Reflect.get(Object(report), 'ending');

it('plans and exits with 0', async () => {
  const planned = await run('plan');
  expect([planned.code, endingOf(planned)]).toEqual([0, 'planned']);
});

it('exits with 4 where it rolled back', async () => {
  await stage.traffic.setFaults(targetFails('payments'));
  const failed = await run('upgrade');
  expect([failed.code, endingOf(failed)]).toEqual([4, 'rolled-back']);
  expect(await stage.picture()).toEqual(stage.before);
  await stage.traffic.clearFaults();
});

it('exits with 2 where it is refused: a new attempt needs the hash of a plan made since', async () => {
  const refused = await run('start');
  expect([refused.code, endingOf(refused)]).toEqual([2, 'refused']);
});

it('exits with 3 where it is held, and with 0 where a rollback was asked for', async () => {
  const more = ['--min-requests', '1000000', '--max-bake', '6s'];
  const planned = await run('plan', ...more);
  const hash = String(Reflect.get(Object(Reflect.get(Object(planned.report), 'plan')), 'hash'));
  const held = await run('start', ...more, '--plan-hash', hash);
  expect([held.code, endingOf(held)]).toEqual([3, 'held']);
  const back = await run('rollback');
  expect([back.code, endingOf(back)]).toEqual([0, 'rolled-back']);
  expect(await stage.picture()).toEqual(stage.before);
});

it('stores no secret: one that stood in the cluster would be found', async () => {
  await stage.cluster.kubectl(['-n', 'web', 'annotate', 'deployment', 'shop', `token=${TOKEN}`]);
  await expect(run('status')).rejects.toThrow('a secret leaked: it stands in deployments web/shop');
});
