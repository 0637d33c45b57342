import { expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { plan } from '../../src/commands/plan.ts';
import type { Run } from '../../src/commands/run.ts';
import { status } from '../../src/commands/status.ts';
import type { Config } from '../../src/config/config.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const COMMANDS: Record<Config['command'], (run: Run) => ReturnType<typeof plan>> = {
  plan,
  status,
  start: async (run) => carryOn(run, 'start'),
  upgrade: async (run) => carryOn(run, 'upgrade'),
  promote: async (run) => carryOn(run, 'promote'),
  complete: async (run) => carryOn(run, 'complete'),
  rollback: async (run) => carryOn(run, 'rollback'),
};

it.each(Object.entries(COMMANDS))(
  'a journal that cannot be read stops %s, which says what the cluster shows and writes nothing',
  async (_name, command) => {
    const cluster = meshInMemory();
    const run: Run = {
      ...fakeRun(cluster, 'plan'),
      store: {
        load: async () => ({ kind: 'unreadable', message: 'the journal was damaged' }),
        save: async () => {
          throw new Error('a damaged journal is not overwritten');
        },
      },
      mark: {
        read: async () => ({ source: '1-31', target: '1-32', tag: 'default', begun: '2026-11-20T12:00:00Z' }),
        write: async () => undefined,
      },
    };
    expect(await command(run)).toMatchObject({
      kind: 'refused',
      reasonCode: 'journal-unreadable',
      findings: [
        { id: 'journal-unreadable', message: 'the journal was damaged' },
        { id: 'cluster-shows', message: 'tag default points to 1-31' },
      ],
    });
    expect(cluster.requests.filter(({ verb }) => !['get', 'list'].includes(verb))).toEqual([]);
  },
);
