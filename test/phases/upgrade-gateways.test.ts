// Which gateways does phase 4 restart, and what becomes of those that it can't?
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, NAMESPACE, POD, type KubeObject, type Kind } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import type { ApiGateway, Immovable, MeshSnapshot, Workload } from '../../src/mesh/snapshot.ts';
import { gatewayMoves, upgradeGateways, withRequests } from '../../src/phases/upgrade-gateways.ts';
import type { PlannedGateway } from '../../src/plan/plan.ts';
import { aJournal, aPlan, aPlannedNamespace, TAG_MOVED } from '../builders/plan.ts';
import { rawNamespace, rawPod, rawWorkload, type RawWorkload } from '../builders/raw.ts';
import { aNamespace, anApiGateway, aPod, aSnapshot, aWorkload, SOURCE, TARGET } from '../builders/snapshot.ts';
import { meshInMemory, tagged } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const ref = { kind: 'Deployment', namespace: 'ingress', name: 'gateway' } as const;
const restarted: PlannedGateway = { kind: 'restart', workload: ref };
const labelled: PlannedGateway = { kind: 'template-label', workload: ref, from: '1-31' };

/** A gateway that asks for the target: tag and labels have moved. */
function moves(
  over: Partial<Workload>,
  gateway: PlannedGateway = restarted,
  pods = [aPod({ of: ref })],
  namespace: Readonly<Record<string, string>> = {},
) {
  const workloads = [aWorkload({ ...ref, gateway: 'injected', requested: TARGET, ...over })];
  return gatewayMoves(
    aJournal({ plan: aPlan([], { gateways: [gateway] }), gatewaysRestartedAt: 'stamp' }),
    aSnapshot({ workloads, pods, namespaces: [aNamespace('ingress', namespace)] }),
  );
}

describe('a gateway', () => {
  it('is restarted, or its template label is written, and it is judged', () => {
    expect(moves({})).toMatchObject({
      items: [{ ref, how: { kind: 'restart' } }],
      leftOver: [],
      gateways: [{ workload: { ref } }],
    });
    const { items } = moves({ requested: SOURCE, templateLabels: { 'istio.io/rev': '1-31' } }, labelled);
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

  it.each([
    [
      'that another revision would inject',
      { requested: asRevision('1-30') },
      restarted,
      {},
      'ask for 1-30, not for 1-32',
    ],
    ['whose namespace outranks its label', {}, labelled, { 'istio.io/rev': '1-31' }, 'ask for 1-31, not for 1-32'],
    ['whose namespace switches injection off', {}, labelled, { 'istio-injection': 'disabled' }, 'ask for no revision'],
  ])('%s is named, not restarted and not judged', (_, over, gateway, namespace, why) => {
    expect(moves(over, gateway, [aPod({ of: ref })], namespace)).toEqual({
      items: [],
      leftOver: [expect.stringMatching(`^Deployment ingress/gateway: .*${why}.*correct them and restart it yourself$`)],
      gateways: [],
    });
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
  const seen = (over: Partial<Workload>, gateway: Partial<ApiGateway> = {}) =>
    aSnapshot({
      workloads: [aWorkload({ ...made, gateway: 'gateway-api', madeByGateway: 'web', ...over })],
      pods: [aPod({ of: made })],
      apiGateways: [anApiGateway({ namespace: 'ingress', name: 'web', requested: TARGET, ...gateway })],
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

  it.each([
    ['asks for another revision', { requested: SOURCE, revLabel: '1-31' }, '1-31'],
    ['is deployed by nobody any more', { managed: false }, 'no revision'],
    ['is gone', { name: 'other' }, 'no revision'],
  ])('is named and not waited for where it %s', (_, gateway, asked) => {
    expect(movesIn(seen({}, gateway))).toEqual({
      items: [],
      leftOver: [expect.stringMatching(`^Deployment ingress/web-istio: .* ask for ${asked}, not for 1-32`)],
      gateways: [],
    });
  });

  it('is waited for and not judged where it is a waypoint, which counts no requests of its own', () => {
    const waypoint = seen({}, { waypoint: true });
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
const oldPod = rawPod({ namespace: 'ingress', owner: { kind: 'Deployment', name: 'gateway' }, sidecar: 'classic' });
const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };

describe('the phase', () => {
  it('restarts no gateway that was not available, names it, and blames nobody for it', async () => {
    const cluster = meshInMemory(
      [on(NAMESPACE, rawNamespace('ingress')), on(DEPLOYMENT, gateway({ available: 1 })), on(POD, oldPod)],
      tagged('1-32'),
    );
    const plan = aPlan([], { gateways: [restarted] });
    const { session, log } = fakeSession(cluster, aJournal({ plan, tag: 'done', written: TAG_MOVED }));
    expect(await upgradeGateways(session, settings)).toBeUndefined();
    const text = expect.stringContaining('was not fully available before');
    expect(session.journal().leftOver).toEqual([{ by: 'gateways', text }]);
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
    expect(log.lines.join()).toContain('Deployment ingress/gateway: was not fully available before');
  });

  it('restarts once more what came on the source, though it was restarted, while nobody looked', async () => {
    const stamp = '2026-11-20T11:00:00.000Z';
    const annotations = { 'kubectl.kubernetes.io/restartedAt': stamp };
    const came = rawPod({
      namespace: 'ingress',
      owner: { kind: 'Deployment', name: 'gateway' },
      sidecar: 'classic',
      annotations,
    });
    const cluster = meshInMemory(
      [
        on(NAMESPACE, rawNamespace('ingress')),
        on(DEPLOYMENT, gateway({ templateAnnotations: annotations })),
        on(POD, came),
      ],
      tagged('1-32'),
    );
    const plan = aPlan([], { gateways: [restarted] });
    const journal = aJournal({ plan, tag: 'done', written: TAG_MOVED, gatewaysRestartedAt: stamp });
    const { session } = fakeSession(cluster, journal);
    await upgradeGateways(session, settings);
    expect(cluster.requests.filter(({ verb, kind }) => verb === 'patch' && kind === 'Deployment')).toHaveLength(1);
    expect(session.journal()).toMatchObject({ gatewaysRestartedAt: stamp, restartAgain: [{ by: 'gateways' }] });
  });

  it('is held, and names no label of the gateway, where the tag by which it moves was taken back', async () => {
    const cluster = meshInMemory([
      on(NAMESPACE, rawNamespace('ingress')),
      on(DEPLOYMENT, gateway({})),
      on(POD, oldPod),
    ]);
    const plan = aPlan([], { gateways: [restarted] });
    const { session } = fakeSession(cluster, aJournal({ plan, tag: 'done', written: TAG_MOVED }));
    await expect(upgradeGateways(session, settings)).rejects.toThrow('tag default points to 1-31, and belongs on 1-32');
  });

  it('leaves a namespace that somebody relabelled alone, with its gateway, and names both', async () => {
    const cluster = meshInMemory([
      on(NAMESPACE, rawNamespace('ingress', { 'istio.io/rev': '1-30' })),
      on(DEPLOYMENT, gateway({})),
      on(POD, oldPod),
    ]);
    const found = { injection: null, rev: '1-31' };
    const ingress = aPlannedNamespace('ingress', { move: 'pinned-to-source', original: found });
    const plan = aPlan([], { gateways: [restarted], gatewayNamespaces: [ingress] });
    const { session } = fakeSession(cluster, aJournal({ plan }));
    expect(await upgradeGateways(session, settings)).toBeUndefined();
    expect(cluster.requests.filter(({ verb }) => verb === 'patch')).toEqual([]);
    expect(session.journal().leftOver).toEqual([
      { by: 'gateways', text: expect.stringMatching(/^Namespace ingress: istio\.io\/rev is 1-30.*it is left alone$/u) },
      { by: 'gateways', text: expect.stringMatching(/^Deployment ingress\/gateway: .* ask for no revision/u) },
    ]);
  });
});
