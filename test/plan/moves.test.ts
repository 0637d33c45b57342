import { describe, expect, it } from 'vitest';
import type { ApiGateway, Immovable, MeshPod, Workload } from '../../src/mesh/snapshot.ts';
import { movesOf } from '../../src/plan/moves.ts';
import {
  aBarePod,
  aGatewayDeployment,
  aLoosePod,
  aNamespace,
  anApiGateway,
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
  it('restarts once more what was restarted in vain, whatever its health', () => {
    const bare = [aBarePod({ of: ready.ref })];
    const vain = aWorkload({ requested: TARGET, restartedAt: 'vain', immovable: 'unavailable-before' });
    const order = { restartedAt: 'stamp', inVain: ['older', 'vain'] };
    expect(toTarget(vain, order, bare).items).toEqual([{ ref: vain.ref, how: { kind: 'restart' } }]);
    expect(toTarget({ ...vain, restartedAt: 'stamp' }, order, bare).items).toEqual([
      { ref: vain.ref, how: { kind: 'await' } },
    ]);
    expect(toTarget({ ...vain, restartedAt: 'other' }, order, bare).items).toEqual([]);
  });
  describe('of what has no sidecar although its labels ask for one', () => {
    const bare = aBarePod({ of: ready.ref });
    const named =
      'Deployment payments/api: has no sidecar although its labels ask for one, so it is not restarted; restart it yourself where it should have one';

    it('injects nothing for the first time: it is named', () => {
      expect(toTarget(ready, {}, [bare])).toEqual({ items: [], leftOver: [named] });
      const pinned = aWorkload({ templateLabels: { 'istio.io/rev': '1-31' } });
      expect(toTarget(pinned, { templateLabels: new Map([[pinned, TARGET]]) }, [bare])).toEqual({
        items: [],
        leftOver: [named],
      });
    });
    it.each([
      ['one of its pods has one', ready, {}, [bare, aPod({ of: ready.ref, name: 'other' })], 'restart'],
      ['this batch has restarted it', { ...ready, restartedAt: 'now' }, { restartedAt: 'now' }, [bare], 'await'],
      ['it lost it to us', { ...ready, restartedAt: 'vain' }, { inVain: ['vain'] }, [bare], 'restart'],
      ['it goes back', ready, { evenIfUnavailable: true }, [bare], 'restart'],
      ['it has no pods', ready, {}, [], 'restart'],
    ] as const)('moves it where %s', (_, workload, over, pods, kind) => {
      expect(toTarget(workload, over, [...pods])).toMatchObject({ items: [{ how: { kind } }], leftOver: [] });
    });
  });
  describe('of a Gateway API gateway, which istiod rolls by itself', () => {
    const gateway = aGatewayDeployment();
    const asked = (
      over: Partial<ApiGateway>,
      pods: readonly MeshPod[],
      order: Partial<Parameters<typeof movesOf>[0]> = {},
      workload: Workload = gateway,
    ) =>
      movesOf({
        snapshot: aSnapshot({ workloads: [workload], pods, apiGateways: [anApiGateway(over)] }),
        namespaces: ['payments'],
        to: TARGET,
        evenIfUnavailable: false,
        ...order,
      });
    const [old, moved] = [
      aPod({ of: gateway.ref, name: 'old' }),
      aPod({ of: gateway.ref, name: 'new', injected: TARGET }),
    ];
    const unready = { ...moved, ready: false };
    const follows = [{ ref: gateway.ref, how: { kind: 'await', rollsByItself: true } }];

    it.each([
      ['its pods are on the other revision', {}, [old], follows],
      ['some of its pods are', {}, [old, moved], follows],
      ['a pod on this one is not ready', {}, [unready], follows],
      ['all are ready on this one', {}, [moved], []],
      ['it has no pods', {}, [], []],
      ['its own label keeps it on another revision', { requested: SOURCE, revLabel: '1-31' }, [old], []],
      ['nobody deploys it any more', { managed: false }, [old], []],
      ['its Gateway is gone', { name: 'other' }, [old], []],
    ])('follows it, or does not: %s', (_, over, pods, items) => {
      expect(asked({ requested: TARGET, ...over }, pods)).toEqual({ items, leftOver: [] });
    });
    it('names what was broken before, until it has a new pod', () => {
      const broken = aGatewayDeployment({ immovable: 'unavailable-before' });
      const { items, leftOver } = asked({ requested: TARGET }, [old], {}, broken);
      expect(items).toEqual([]);
      expect(leftOver).toEqual([
        expect.stringMatching(/^Deployment payments\/web-istio: was not fully available before/u),
      ]);
      expect(asked({ requested: TARGET }, [old, unready], {}, broken).items).toEqual(follows);
    });
    it('asks no more of it on the way back than to be back', () => {
      const back = { to: SOURCE, evenIfUnavailable: true };
      expect(asked({}, [unready], back).items).toEqual(follows);
      expect(asked({}, [{ ...old, ready: false }], back).items).toEqual([]);
      expect(asked({ requested: TARGET, revLabel: '1-32' }, [moved], back).items).toEqual([]);
    });
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
  ])(
    'names what it cannot move or was not fully available before, and does not restart it: $immovable',
    ({ immovable }) => {
      const moves = toTarget(aWorkload({ requested: TARGET, immovable }));
      expect(moves.items).toEqual([]);
      expect(moves.leftOver).toEqual([expect.stringContaining('Deployment payments/api: ')]);
    },
  );
  it('writes the template label of what is scaled to zero: it decides for the pods that come later', () => {
    const idle = aWorkload({ templateLabels: { 'istio.io/rev': '1-31' }, immovable: 'scaled-to-zero' });
    const templateLabels = new Map([[idle, TARGET]]);
    expect(toTarget(idle, { templateLabels }, []).items).toEqual([
      { ref: idle.ref, how: { kind: 'template-label', to: TARGET } },
    ]);
  });
  it.each<[Immovable, string]>([
    ['paused', 'is paused, so a restart does nothing: resume it'],
    ['on-delete', 'has update strategy OnDelete: delete its pods yourself'],
    [
      'partition',
      'has a rolling update partition: pods below it are not replaced; its pod template has istio.io/rev=1-32 still, which would restart pods if it were written: set it to 1-31 together with the partition',
    ],
  ])(
    'names the label that stays in the template on the way back, where it would restart pods: %s',
    (immovable, why) => {
      const moved = aWorkload({ requested: TARGET, templateLabels: { 'istio.io/rev': '1-32' }, immovable });
      const order = { to: SOURCE, evenIfUnavailable: true, templateLabels: new Map([[moved, SOURCE]]) };
      const { items, leftOver } = toTarget(moved, order, [aPod({ of: moved.ref, injected: TARGET })]);
      expect({ items, leftOver }).toEqual({ items: [], leftOver: [`Deployment payments/api: ${why}`] });
    },
  );
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
