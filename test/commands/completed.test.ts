import { describe, expect, it } from 'vitest';
import { type Carrying, prepare } from '../../src/commands/prepare.ts';
import type { FrozenConfig } from '../../src/config/config.ts';
import { asTag } from '../../src/mesh/names.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { fakeRun, meshInMemory, tagged } from '../fakes/run.ts';

/** With both istiods, as `remove-source: keep` leaves it. */
const journal = aJournal({
  plan: aPlan([['payments']], { removeSource: 'keep' }),
  state: 'completed',
  complete: 'done',
  batches: [{ number: 1, status: 'passed' }],
});
const again = async (command: Carrying, revision: string) =>
  prepare(fakeRun(meshInMemory([], tagged(revision)), command, journal), command);

describe('a completed upgrade that is run again', () => {
  it.each(['upgrade', 'start', 'promote', 'complete'] as const)(
    'by `%s` has nothing to do where the mesh is as it left it',
    async (command) => {
      expect(await again(command, '1-32')).toMatchObject({ kind: 'nothing-to-do', reasonCode: 'idle' });
    },
  );
  it.each(['upgrade', 'start'] as const)('by `%s` begins anew where the tag was moved back', async (command) => {
    expect(await again(command, '1-31')).toMatchObject({ kind: 'ready', last: journal, plan: { after: journal.id } });
  });
  it.each(['promote', 'complete'] as const)('by `%s` is refused there, with what was changed', async (command) => {
    expect(await again(command, '1-31')).toMatchObject({
      kind: 'refused',
      reasonCode: 'no-upgrade',
      sentence: expect.stringContaining('since then the mesh was changed: tag default points to 1-31'),
    });
  });
});

const asking = (command: Carrying, more: Partial<FrozenConfig>) => {
  const run = fakeRun(meshInMemory([], tagged('1-32')), command, journal);
  return prepare({ ...run, config: { ...run.config, frozen: { ...run.config.frozen, ...more } } }, command);
};

describe('another upgrade to the same target', () => {
  it.each<[string, Partial<FrozenConfig>, string]>([
    ['of another tag', { tag: asTag('prod') }, 'tag-missing'],
    ['of other namespaces', { namespaces: [{ kind: 'glob', pattern: 'shop' }] }, 'target-equals-source'],
    ['of fewer exclusions', { excludeNamespaces: [{ kind: 'glob', pattern: 'legacy' }] }, 'target-equals-source'],
  ])('%s is not taken for the one that was completed', async (_, more, reasonCode) => {
    expect(await asking('upgrade', more)).toMatchObject({ kind: 'refused', reasonCode });
    expect(await asking('complete', more)).toMatchObject({ kind: 'nothing-to-do' });
  });

  it('is none where only the way it is carried out differs', async () => {
    expect(await asking('start', { onFail: 'hold', soakMs: 1 })).toMatchObject({ kind: 'nothing-to-do' });
  });
});

const ending = (stored: Journal, removeSource: FrozenConfig['removeSource']) => {
  const run = fakeRun(meshInMemory([], tagged('1-32')), 'complete', stored);
  const frozen = { ...run.config.frozen, removeSource };
  return prepare({ ...run, config: { ...run.config, frozen, frozenSet: ['remove-source'] } }, 'complete');
};

describe('a source that is to stay after all', () => {
  const begun = aJournal({
    ...journal,
    plan: aPlan([['payments']]),
    state: 'in-progress',
    gateways: 'done',
    complete: 'pending',
  });
  it('may be kept until its removal has begun: that is less than was approved', async () => {
    const { journal: kept, ...rest } = await ending(begun, 'keep');
    expect(kept?.plan.removeSource).toBe('keep');
    expect('findings' in rest ? rest.findings.map(({ id }) => id) : []).not.toContain('frozen-input');
    const removing = { ...begun, complete: 'begun' } as const;
    expect(await ending(removing, 'keep')).toMatchObject({ kind: 'refused', reasonCode: 'frozen-input' });
  });

  it('may not be removed where it was to be kept', async () => {
    const kept = { ...begun, plan: { ...begun.plan, removeSource: 'keep' } } as const;
    expect(await ending(kept, 'auto')).toMatchObject({ kind: 'refused', reasonCode: 'frozen-input' });
  });
});
