import { expect, it } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal } from '../builders/plan.ts';
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
