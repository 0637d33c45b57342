import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { plan } from '../../src/commands/plan.ts';
import { prepare } from '../../src/commands/prepare.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { rawNamespace } from '../builders/raw.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { fakeRun, meshInMemory, tagged } from '../fakes/run.ts';

/** Under `tag`: `web` has passed, `payments` was taken back and is held on the source by its label. */
const journal = aJournal({
  plan: aPlan([['web'], ['payments']], { onFail: 'rollback-batch' }),
  state: 'rolled-back',
  install: 'done',
  pin: 'done',
  tag: 'done',
  gateways: 'done',
  batches: [
    { number: 1, status: 'passed' },
    { number: 2, status: 'rolled-back' },
  ],
  written: [
    { kind: 'tag', tag: 'default', from: '1-31', to: '1-32' },
    {
      kind: 'labels',
      object: { kind: 'Namespace', name: 'payments' },
      where: 'metadata',
      labels: { 'istio.io/rev': { from: null, to: '1-31' }, 'istio-injection': { from: 'enabled', to: null } },
    },
  ],
  decision: { scope: 'batch', batch: 2, reason: 'it failed', by: 'octocat', at: '2026-10-01T12:00:00Z' },
});
const { plan: begun } = journal;
const namespaces = [
  { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('web', { 'istio-injection': 'enabled' }) },
  { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('payments', { 'istio.io/rev': '1-31' }) },
];

function runOf(command: 'plan' | 'upgrade' | 'promote', planHash?: string, stored: Journal = journal) {
  const run = fakeRun(meshInMemory(namespaces, tagged('1-32')), command, stored);
  const hash = planHash === undefined ? {} : { planHash };
  return { ...run, config: { ...run.config, run: { ...run.config.run, ...hash } } };
}

describe('after one batch was rolled back', () => {
  it('`plan` shows the plan that was begun, its hash, and what is left of it', async () => {
    const ending = await plan(runOf('plan'));
    expect(ending).toMatchObject({
      kind: 'planned',
      plan: begun,
      nextBatch: 2,
      resumeCommand: `promote --batch 2 --plan-hash ${begun.hash}`,
    });
    expect(ending.sentence).toContain('1 of 2 batches are left, with 1 namespaces');
  });

  it('`plan` refuses other inputs: what has passed was decided by the ones before', async () => {
    const run = runOf('plan');
    const ending = await plan({ ...run, config: { ...run.config, frozenSet: ['on-fail'] } });
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'frozen-input' });
  });

  it.each(['upgrade', 'promote'] as const)(
    '`%s` with its hash goes on, and forgets nothing that was written',
    async (command) => {
      expect(await prepare(runOf(command, begun.hash), command)).toMatchObject({ kind: 'ready', journal });
    },
  );

  it.each(['upgrade', 'promote'] as const)('`%s` with another hash is refused', async (command) => {
    expect(await prepare(runOf(command, 'abc'), command)).toMatchObject({ kind: 'refused', reasonCode: 'plan-hash' });
  });

  it('a run that waited for its lease meanwhile begins nothing new over it', async () => {
    const mesh = meshInMemory(namespaces);
    const { decision: _, ...undecided } = journal;
    const before: Journal = { ...undecided, updatedAt: '2026-10-01T11:00:00Z' };
    const run = { ...runOf('plan', undefined, before), world: { ...runOf('plan').world, cluster: mesh } };
    const { plan: fresh } = await plan(run);
    const stored = [before];
    const saved: Journal[] = [];
    const store = {
      load: async () => ({ kind: 'found', journal: stored.pop() ?? journal }) as const,
      save: async (next: Journal) => {
        saved.push(next);
      },
    };
    const ending = await carryOn({ ...runOf('upgrade', fresh?.hash), world: run.world, store }, 'upgrade');
    // Judged by the journal that is there now, to which this mesh does not fit.
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'tag-moved' });
    expect(saved).toEqual([]);
  });
});
