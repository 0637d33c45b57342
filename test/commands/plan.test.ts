import { expect, it } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal } from '../builders/plan.ts';
import { rawNamespace } from '../builders/raw.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

it.each(['in-progress', 'held', 'rolling-back'] satisfies Journal['state'][])(
  'a plan while an upgrade is %s is refused for that upgrade, by name',
  async (state) => {
    const journal = aJournal({ state, install: 'done', pin: 'done', tag: 'done' });
    const ending = await plan(fakeRun(meshInMemory(), 'plan', journal));
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'upgrade-in-progress' });
    expect(ending.findings.map(({ message }) => message)).toEqual([
      `an upgrade from 1-31 to 1-32 (plan 0123456789ab) is in progress since 2026-10-01T12-00-00Z, begun by octocat; it is ${state}`,
    ]);
    expect(ending.next).toContain('Run `status`');
  },
);

it.each(['completed', 'rolled-back'] satisfies Journal['state'][])(
  'a plan after one that is %s is made',
  async (state) => {
    expect((await plan(fakeRun(meshInMemory(), 'plan', aJournal({ state })))).kind).toBe('planned');
  },
);

it('a plan for a namespace that is not there is refused, with the one that was meant', async () => {
  const payments = {
    apiVersion: 'v1',
    kind: 'Namespace',
    ...rawNamespace('payments', { 'istio-injection': 'enabled' }),
  };
  const run = fakeRun(meshInMemory([payments]), 'plan');
  const frozen = frozenConfig({ namespaces: [{ kind: 'glob', pattern: 'paymets' }] });
  const ending = await plan({ ...run, config: { ...run.config, frozen } });
  expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'namespace-unknown' });
  expect(ending.next).toMatch(/^Did you mean `payments`\?/u);
  expect(ending.plan).toBeUndefined();
});
