import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { planesFindings } from '../../src/commands/go-on.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal } from '../builders/plan.ts';
import { rawIstiod } from '../builders/raw.ts';
import { aControlPlane, aSnapshot } from '../builders/snapshot.ts';
import { fakeRun, meshInMemory, tagged } from '../fakes/run.ts';

const elsewhere = (revision: string) =>
  aControlPlane(revision, {
    clientConfig: { caBundle: 'Y2E=', url: 'https://istiod.example/inject' },
    deployments: [],
  });
const down = (revision: string) =>
  aControlPlane(revision, { deployments: [{ name: `istiod-${revision}`, replicas: 1, available: 0 }] });
const found = (controlPlanes: MeshSnapshot['controlPlanes'], over: Partial<Journal> = {}) =>
  planesFindings(aJournal({ install: 'done', ...over }), aSnapshot({ controlPlanes })).map(({ id }) => id);

describe('a command that goes on', () => {
  it('wants a replica of both istiods', () => {
    expect(found([aControlPlane('1-31'), aControlPlane('1-32')])).toEqual([]);
    expect(found([down('1-31'), down('1-32')])).toEqual(['source-unavailable', 'target-unavailable']);
    expect(found([])).toEqual(['source-unavailable', 'target-unavailable']);
  });

  it('wants no source that its owner has taken away once every batch has passed', () => {
    const passed: Partial<Journal> = { batches: [{ number: 1, status: 'passed' }] };
    expect(found([aControlPlane('1-32')], passed)).toEqual([]);
    expect(found([down('1-31'), aControlPlane('1-32')], passed)).toEqual(['source-unavailable']);
  });

  it('counts no replicas of an istiod outside the cluster', () => {
    expect(found([elsewhere('1-31'), elsewhere('1-32')])).toEqual([]);
  });
});

it.each(['promote', 'upgrade'] as const)(
  '%s is refused for a target without a replica, and writes nothing',
  async (command) => {
    const deployments = [rawIstiod('1-31', '1.31.0'), rawIstiod('1-32', '1.32.0', { available: 0 })];
    const cluster = meshInMemory([], { ...tagged('1-32'), deployments });
    const journal = aJournal({
      install: 'done',
      pin: 'done',
      tag: 'done',
      gateways: 'done',
      written: [{ kind: 'tag', tag: 'default', from: '1-31', to: '1-32' }],
    });
    const ending = await carryOn(fakeRun(cluster, command, journal), command);
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'target-unavailable' });
    expect(ending.sentence).toContain('istiod 1-32 has no available replica');
    expect(ending.next).toMatch(/^Bring istiod 1-32 back, then run the same command again\./u);
    expect(cluster.requests.filter(({ verb, dryRun }) => !dryRun && !['get', 'list'].includes(verb))).toEqual([]);
  },
);
