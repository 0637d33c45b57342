import { describe, expect, it } from 'vitest';
import { type Carrying, prepare } from '../../src/commands/prepare.ts';
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
