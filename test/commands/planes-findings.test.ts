import { describe, expect, it } from 'vitest';
import { planesFindings } from '../../src/commands/go-on.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal } from '../builders/plan.ts';
import { aControlPlane, aSnapshot } from '../builders/snapshot.ts';

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
