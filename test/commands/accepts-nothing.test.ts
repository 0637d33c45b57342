import { expect, it } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import { prepare } from '../../src/commands/prepare.ts';
import { INPUTS } from '../../src/config/inputs.ts';
import { rawNamespace } from '../builders/raw.ts';
import { FakeLog } from '../fakes/log.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const both = {
  apiVersion: 'v1',
  kind: 'Namespace',
  ...rawNamespace('both', { 'istio-injection': 'enabled', 'istio.io/rev': '1-31' }),
};

async function warnings(command: 'plan' | 'upgrade', accept: readonly string[]): Promise<readonly string[]> {
  const log = new FakeLog();
  const made = fakeRun(meshInMemory([both]), command);
  const config = { ...made.config, run: { ...made.config.run, accept } };
  const run = { ...made, config, world: { ...made.world, log } };
  await (command === 'plan' ? plan(run) : prepare(run, command));
  return log.lines.filter((line) => line.startsWith('warning: input accept'));
}

it.each(['plan', 'upgrade'] as const)('%s warns of an id in accept that no finding has', async (command) => {
  expect(await warnings(command, ['both-labels'])).toEqual([
    'warning: input accept: no finding has the id both-labels; to be accepted here: both-injection-labels',
  ]);
  expect(await warnings(command, ['both-injection-labels'])).toEqual([]);
});

it('the example of accept is an id that a finding has', async () => {
  const example = INPUTS.find(({ name }) => name === 'accept')?.example ?? '';
  expect(await warnings('plan', [example])).toEqual([]);
});
