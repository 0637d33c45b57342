import { describe, expect, it } from 'vitest';
import type { Immovable, Workload } from '../../src/mesh/snapshot.ts';
import { movesOf } from '../../src/plan/moves.ts';
import {
  aBarePod,
  aLoosePod,
  aNamespace,
  anUninjectedWorkload,
  aPod,
  aSnapshot,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

const toTarget = (
  workload: Workload,
  over: Partial<Parameters<typeof movesOf>[0]> = {},
  pods = [aPod({ of: workload.ref })],
) =>
  movesOf({
    snapshot: aSnapshot({ workloads: [workload], pods }),
    namespaces: ['payments'],
    to: TARGET,
    evenIfUnavailable: false,
    ...over,
  });
const ready = aWorkload({ requested: TARGET });

describe('which workloads a restart moves', () => {
  it('restarts what would come back on the revision', () => {
    expect(toTarget(ready).items).toEqual([{ ref: ready.ref, how: { kind: 'restart' } }]);
  });
  it('leaves out what already runs on it', () => {
    expect(toTarget(ready, {}, [aPod({ of: ready.ref, injected: TARGET })]).items).toEqual([]);
  });
  it('leaves out what asks for another revision, or for none', () => {
    expect(toTarget(aWorkload({ requested: SOURCE })).items).toEqual([]);
    expect(toTarget(anUninjectedWorkload()).items).toEqual([]);
  });
  it('only follows what this batch has restarted before, whatever its health', () => {
    const begun = aWorkload({ requested: TARGET, restartedAt: 'stamp', immovable: 'unavailable-before' });
    expect(toTarget(begun, { restartedAt: 'stamp' }).items).toEqual([{ ref: begun.ref, how: { kind: 'await' } }]);
  });
  it('only follows what rolls by itself', () => {
    const gateway = aWorkload({ requested: TARGET, gateway: 'gateway-api' });
    expect(toTarget(gateway).items).toEqual([{ ref: gateway.ref, how: { kind: 'await' } }]);
  });
  it('writes the template label where that is what moves it', () => {
    const pinned = aWorkload({ templateLabels: { 'istio.io/rev': '1-31' } });
    expect(toTarget(pinned, { templateLabels: new Map([[pinned, TARGET]]) }).items).toEqual([
      { ref: pinned.ref, how: { kind: 'template-label', to: TARGET } },
    ]);
  });
  it.each<{ immovable: Immovable }>([
    { immovable: 'paused' },
    { immovable: 'on-delete' },
    { immovable: 'unavailable-before' },
  ])('names what it cannot move: $immovable', ({ immovable }) => {
    const moves = toTarget(aWorkload({ requested: TARGET, immovable }));
    expect(moves.items).toEqual([]);
    expect(moves.leftOver).toEqual([expect.stringContaining('Deployment payments/api: ')]);
  });
  it('writes the template label of what is scaled to zero: it decides for the pods that come later', () => {
    const idle = aWorkload({ templateLabels: { 'istio.io/rev': '1-31' }, immovable: 'scaled-to-zero' });
    const templateLabels = new Map([[idle, TARGET]]);
    expect(toTarget(idle, { templateLabels }, []).items).toEqual([
      { ref: idle.ref, how: { kind: 'template-label', to: TARGET } },
    ]);
  });
  it.each([
    { labels: { 'istio.io/rev': '1-32' }, evenIfUnavailable: false, named: true, why: 'its namespace asks for it' },
    { labels: {}, evenIfUnavailable: false, named: false, why: 'nobody asks' },
    { labels: { 'istio.io/rev': '1-32' }, evenIfUnavailable: true, named: false, why: 'nothing is to be put back' },
  ])('names what never gets a sidecar on the host network ($named): $why', ({ labels, evenIfUnavailable, named }) => {
    const agent = anUninjectedWorkload({ immovable: 'host-network' });
    const snapshot = aSnapshot({
      namespaces: [aNamespace('payments', labels)],
      workloads: [agent],
      pods: [aBarePod({ of: agent.ref })],
    });
    const moves = movesOf({ snapshot, namespaces: ['payments'], to: TARGET, evenIfUnavailable });
    expect(moves.items).toEqual([]);
    expect(moves.leftOver).toEqual(
      named ? ['Deployment payments/api: uses the host network and never gets a sidecar'] : [],
    );
  });
  it('restarts what is broken when it goes back', () => {
    expect(
      toTarget(aWorkload({ requested: TARGET, immovable: 'unavailable-before' }), { evenIfUnavailable: true }).items
        .length,
    ).toBe(1);
  });
  it('names pods that no restart replaces', () => {
    const { leftOver } = toTarget(ready, {}, [
      aLoosePod('Job', { name: 'import' }),
      aLoosePod('none', { name: 'debug' }),
    ]);
    expect(leftOver).toEqual([
      'pod payments/import (of a Job) stays on 1-31 until it ends or you replace it',
      'pod payments/debug (bare) stays on 1-31 until it ends or you replace it',
    ]);
  });
});
