// A command's surroundings over a cluster in memory: what main.ts would make, with nobody else at work.
import type { Run } from '../../src/commands/run.ts';
import type { Config } from '../../src/config/config.ts';
import {
  DEPLOYMENT,
  type Kind,
  type KubeObject,
  MUTATING,
  NAMESPACE,
  SERVICE,
  VALIDATING,
} from '../../src/mesh/kinds.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { frozenConfig } from '../builders/config.ts';
import { rawInjector, rawIstiodService, rawMesh, rawTag, rawTagService } from '../builders/raw.ts';
import { FakeCluster } from './fake-cluster.ts';
import { fakeSession } from './session.ts';

const typed = (kind: Kind<KubeObject>, objects: readonly KubeObject[]): readonly KubeObject[] =>
  objects.map((object) => ({ ...object, apiVersion: kind.apiVersion, kind: kind.kind }));

/** Both istiods, the default tag on the source, and nothing that runs, but for what is `over`. */
export function meshInMemory(more: readonly KubeObject[] = [], over: Parameters<typeof rawMesh>[0] = {}): FakeCluster {
  const { namespaces, mutating, validating, services, deployments } = rawMesh(over);
  return new FakeCluster([
    ...typed(NAMESPACE, namespaces),
    ...typed(MUTATING, mutating),
    ...typed(VALIDATING, validating),
    ...typed(SERVICE, services),
    ...typed(DEPLOYMENT, deployments),
    ...more,
  ]);
}

/** For a mesh whose default tag points to this revision. */
export const tagged = (revision: string): Parameters<typeof rawMesh>[0] => ({
  mutating: [rawInjector('1-31'), rawInjector('1-32'), rawTag('default', revision)],
  services: [rawIstiodService('1-31'), rawIstiodService('1-32'), rawTagService('default', revision)],
});

export function fakeRun(cluster: FakeCluster, command: Config['command'], journal?: Journal): Run {
  const { world } = fakeSession(cluster).session;
  return {
    config: {
      command,
      frozen: frozenConfig(),
      frozenSet: [],
      run: { batch: 'next', rolloutTimeoutMs: 600_000, maxRestarting: 20, lockWaitMs: 0, rehearseMs: 0, accept: [] },
    },
    startedAtMs: world.clock.now(),
    world,
    store: {
      load: async () => (journal === undefined ? { kind: 'absent' } : { kind: 'found', journal }),
      save: async () => undefined,
    },
    lease: {
      acquire: async () => ({ kind: 'held', fence: 1 }),
      holder: async () => undefined,
      signal: new AbortController().signal,
      release: async () => undefined,
    },
    mark: { read: async () => undefined, write: async () => undefined },
    measured: () => undefined,
    context: {
      actor: 'octocat',
      url: '',
      attempt: 1,
      job: '',
      runPrefix: 'run',
      holder: 'run 1',
      requestedBy: 'octocat',
    },
  };
}
