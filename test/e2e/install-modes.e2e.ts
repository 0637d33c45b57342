// Does a whole upgrade end well whoever installs the target? (`none` is upgrade.e2e.ts)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { packagedChart } from '../cluster/charts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { smallMesh } from './small-mesh.ts';
import { type Inputs, openStage, type Stage, TARGET } from './stage.ts';

let stage: Stage | undefined;
let scratch = '';
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'install-modes-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const modes: readonly { readonly mode: string; readonly inputs: (cluster: Cluster) => Promise<Inputs> }[] = [
  { mode: 'istioctl', inputs: async () => ({ install: 'istioctl' }) },
  {
    mode: 'helm',
    inputs: async ({ binaries }) => ({
      install: 'helm',
      'install-args': `${await packagedChart(binaries, '1.32')}\n--set\nglobal.hub=docker.io/istio\n--set\nglobal.tag=1.32.0`,
    }),
  },
  {
    mode: 'manifest',
    inputs: async ({ istioctl }) => {
      const rendered = await istioctl('1.32', [
        'manifest',
        'generate',
        '--revision',
        TARGET,
        '--set',
        'profile=minimal',
        '--set',
        'components.base.enabled=false',
      ]);
      const file = join(scratch, 'istiod.yaml');
      writeFileSync(file, rendered);
      return { install: 'manifest', 'install-manifest': file };
    },
  },
];

const ways = [
  ...modes.map((mode) => ({ ...mode, strategy: 'tag' })),
  ...modes.filter(({ mode }) => mode === 'manifest').map((mode) => ({ ...mode, strategy: 'relabel' })),
];

it.each(ways)('installs with $mode, moves the mesh by $strategy, removes the source', async ({ inputs, strategy }) => {
  stage = await openStage({ ...smallMesh(), target: false });
  const result = await stage.run('upgrade', { ...(await inputs(stage.cluster)), strategy, batches: 'rest' });
  expect(result.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok', moved: '2', total: '2' });
  expect(Object.values((await stage.picture()).injected)).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ '1-31': expect.anything() })]),
  );
});
