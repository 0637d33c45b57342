// A rollback and a removal that has begun: neither stands in the other's way for ever.
import { expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { DEPLOYMENT, MUTATING } from '../../src/mesh/kinds.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal, aPlan, TAG_MOVED } from '../builders/plan.ts';
import { rawDefaultValidator, rawVirtualServices } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeRun, meshInMemory, tagged } from '../fakes/run.ts';

const removing = aJournal({
  plan: aPlan([['payments']]),
  install: 'done',
  pin: 'done',
  tag: 'done',
  gateways: 'done',
  soak: 'done',
  complete: 'begun',
  written: TAG_MOVED,
  batches: [{ number: 1, status: 'passed' }],
});
const settled = { ...tagged('1-32'), validating: [rawDefaultValidator('1-32')] };
const decided: Journal = {
  ...removing,
  state: 'rolling-back',
  decision: { scope: 'all', reason: 'octocat asked for it', by: 'octocat', at: '2026-11-20T12:00:00Z' },
};

function withoutSource(cluster: FakeCluster): FakeCluster {
  cluster.remove({ kind: MUTATING, name: 'istio-sidecar-injector-1-31' });
  cluster.remove({ kind: DEPLOYMENT, namespace: 'istio-system', name: 'istiod-1-31' });
  return cluster;
}

it('a rollback that waited for a removal to stop looks again, is refused where the source has gone, and decides nothing', async () => {
  const cluster = meshInMemory([], tagged('1-32'));
  const run = fakeRun(cluster, 'rollback', removing);
  const saved: Journal[] = [];
  const ending = await carryOn(
    {
      ...run,
      lease: {
        ...run.lease,
        acquire: async () => {
          withoutSource(cluster);
          return { kind: 'held', fence: 1 };
        },
      },
      store: {
        ...run.store,
        save: async (journal) => {
          saved.push(journal);
        },
      },
    },
    'rollback',
  );
  expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'source-gone' });
  expect(saved).toEqual([]);
});

it('a removal goes on where a rollback was decided and put nothing back, once the source is gone', async () => {
  const run = fakeRun(withoutSource(meshInMemory([rawVirtualServices], settled)), 'complete', decided);
  expect(await carryOn(run, 'complete')).toMatchObject({ kind: 'completed' });
});
