// Which gateways does phase 4 restart, and what becomes of those that it can't?
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, NAMESPACE, POD, type KubeObject, type Kind } from '../../src/mesh/kinds.ts';
import type { Immovable, MeshSnapshot, Workload } from '../../src/mesh/snapshot.ts';
import { gatewayMoves, upgradeGateways, withRequests } from '../../src/phases/upgrade-gateways.ts';
import type { PlannedGateway } from '../../src/plan/plan.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { rawNamespace, rawPod, rawWorkload, type RawWorkload } from '../builders/raw.ts';
import { anApiGateway, aPod, aSnapshot, aWorkload, TARGET } from '../builders/snapshot.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const ref = { kind: 'Deployment', namespace: 'ingress', name: 'gateway' } as const;
const restarted: PlannedGateway = { kind: 'restart', workload: ref };
const labelled: PlannedGateway = { kind: 'template-label', workload: ref, from: '1-31' };

function moves(over: Partial<Workload>, gateway: PlannedGateway = restarted, pods = [aPod({ of: ref })]) {
  const workloads = [aWorkload({ ...ref, gateway: 'injected', ...over })];
  return gatewayMoves(
    aJournal({ plan: aPlan([], { gateways: [gateway] }), gatewaysRestartedAt: 'stamp' }),
    aSnapshot({ workloads, pods }),
  );
}

describe('a gateway', () => {
  it('is restarted, or its template label is written, and it is judged', () => {
    expect(moves({})).toMatchObject({
      items: [{ ref, how: { kind: 'restart' } }],
      leftOver: [],
      gateways: [{ workload: { ref } }],
    });
    const { items } = moves({ templateLabels: { 'istio.io/rev': '1-31' } }, labelled);
    expect(items).toEqual([{ ref, how: { kind: 'template-label', to: TARGET } }]);
  });

  it.each<{ immovable: Immovable; gateway: PlannedGateway }>([
    { immovable: 'paused', gateway: restarted },
    { immovable: 'on-delete', gateway: restarted },
    { immovable: 'unavailable-before', gateway: restarted },
    { immovable: 'unavailable-before', gateway: labelled },
  ])('that a restart cannot move, or that was broken before, is named and not judged: $immovable', (row) => {
    expect(moves({ immovable: row.immovable }, row.gateway)).toEqual({
      items: [],
      leftOver: [expect.stringContaining('Deployment ingress/gateway: ')],
      gateways: [],
    });
  });

  it('that this phase has restarted before is followed, whatever its health, and what runs on the target is judged', () => {
    const begun = moves({ immovable: 'unavailable-before', restartedAt: 'stamp' });
    expect(begun.items).toEqual([{ ref, how: { kind: 'await' } }]);
    const settled = moves({ immovable: 'on-delete' }, restarted, [aPod({ of: ref, injected: TARGET })]);
    expect(settled).toMatchObject({ items: [], leftOver: [], gateways: [{ workload: { ref } }] });
  });
});

describe('a Gateway that istiod rolls by itself', () => {
  const made = { kind: 'Deployment', namespace: 'ingress', name: 'web-istio' } as const;
  const planned: PlannedGateway = {
    kind: 'gateway-api',
    namespace: 'ingress',
    name: 'web',
    movedBy: 'tag',
    from: null,
  };
  const seen = (over: Partial<Workload>, waypoint?: true) =>
    aSnapshot({
      workloads: [aWorkload({ ...made, gateway: 'gateway-api', madeByGateway: 'web', ...over })],
      pods: [aPod({ of: made })],
      apiGateways: [anApiGateway({ namespace: 'ingress', name: 'web', ...(waypoint && { waypoint }) })],
    });
  const movesIn = (snapshot: MeshSnapshot) =>
    gatewayMoves(aJournal({ plan: aPlan([], { gateways: [planned] }) }), snapshot);

  it('is waited for and judged, or named where it was broken before', () => {
    expect(movesIn(seen({})).items).toEqual([{ ref: made, how: { kind: 'await' } }]);
    expect(movesIn(seen({ immovable: 'unavailable-before' }))).toMatchObject({
      items: [],
      leftOver: [expect.stringContaining('Deployment ingress/web-istio: was not fully available before')],
    });
  });

  it('is waited for and not judged where it is a waypoint, which counts no requests of its own', () => {
    const waypoint = seen({}, true);
    const { items, gateways } = movesIn(waypoint);
    expect(items).toHaveLength(1);
    expect(withRequests(gateways, waypoint)).toEqual([]);
    expect(withRequests(gateways, seen({}))).toHaveLength(1);
  });
});

const on = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });
const gateway = (over: RawWorkload) =>
  rawWorkload({
    ...ref,
    templateLabels: { 'istio.io/rev': 'default', 'sidecar.istio.io/inject': 'true' },
    containers: [{ name: 'istio-proxy', image: 'auto' }],
    ...over,
  });

describe('the phase', () => {
  it('restarts no gateway that was not available, names it, and blames nobody for it', async () => {
    const cluster = meshInMemory([
      on(NAMESPACE, rawNamespace('ingress')),
      on(DEPLOYMENT, gateway({ available: 1 })),
      on(POD, rawPod({ namespace: 'ingress', owner: { kind: 'Deployment', name: 'gateway' }, sidecar: 'classic' })),
    ]);
    const { session, log } = fakeSession(cluster, aJournal({ plan: aPlan([], { gateways: [restarted] }) }));
    const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
    expect(await upgradeGateways(session, settings)).toBeUndefined();
    const text = expect.stringContaining('was not fully available before');
    expect(session.journal().leftOver).toEqual([{ by: 'gateways', text }]);
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
    expect(log.lines.join()).toContain('Deployment ingress/gateway: was not fully available before');
  });
});
