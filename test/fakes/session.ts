// A session over a cluster in memory: every phase's surroundings, with a journal that remembers each save.
import { openSession, type Session } from '../../src/phases/session.ts';
import type { Journal } from '../../src/plan/journal.ts';
import type { InstallerPort } from '../../src/ports/installer.ts';
import type { World } from '../../src/ports/world.ts';
import { aJournal } from '../builders/plan.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { FakeLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';

export interface FakeSession {
  readonly session: Session;
  readonly log: FakeLog;
  readonly stop: AbortController;
  /** Every journal that was saved, oldest first. */
  readonly saves: readonly Journal[];
}

export function fakeSession(cluster: FakeCluster, journal: Journal = aJournal()): FakeSession {
  const log = new FakeLog();
  const stop = new AbortController();
  const saves: Journal[] = [];
  const world: Omit<World, 'intend'> = {
    cluster,
    clock: new ManualClock(undefined, { automatic: true }),
    log,
    installer: noInstaller,
    signal: stop.signal,
  };
  const store = {
    load: async () => ({ kind: 'found', journal: saves.at(-1) ?? journal }) as const,
    save: async (next: Journal) => {
      saves.push(next);
    },
  };
  return { session: openSession(world, store, journal), log, stop, saves };
}

const never = (): never => {
  throw new Error('no installer here');
};
const noInstaller: InstallerPort = {
  tool: never,
  render: never,
  pending: async () => undefined,
  finish: never,
  install: never,
  helmUninstall: never,
  helmManifest: never,
};
