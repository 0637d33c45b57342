// What becomes of a Gateway beside applications in a namespace that follows the tag, where no label can hold it, or none is wanted to?
import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import { asRevision } from '../../src/mesh/names.ts';
import type { ApiGateway, MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import { rollAhead } from '../../src/plan/gateways.ts';
import { movesOf } from '../../src/plan/moves.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import { frozenConfig } from '../builders/config.ts';
import {
  aControlPlane,
  aGatewayDeployment,
  aMeshOf,
  anApiGateway,
  aNamespace,
  aPod,
  aTag,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

const unrevisioned = asRevision('default');

/** `shop` and `legacy` follow the default tag, hold an application each, and a Gateway `web` that istiod has deployed. */
function meshOn(source: string, over: Partial<ApiGateway> = {}, labels?: Record<string, string>): MeshSnapshot {
  const requested = asRevision(source);
  const names = ['shop', 'legacy'];
  const mesh = aMeshOf(names);
  return {
    ...mesh,
    controlPlanes: [aControlPlane(source), aControlPlane(TARGET)],
    tags: [aTag('default', source)],
    namespaces: names.map((name) => aNamespace(name, labels)),
    workloads: [
      ...mesh.workloads.map((workload) => ({ ...workload, requested })),
      ...names.map((namespace) => aGatewayDeployment({ namespace })),
    ],
    apiGateways: names.map((namespace) => anApiGateway({ namespace, requested, ...over })),
  };
}

function planOf(snapshot: MeshSnapshot, over: Partial<FrozenConfig> = {}): UpgradePlan {
  const frozen = frozenConfig({
    batches: [{ kind: 'rest' }],
    excludeNamespaces: [{ kind: 'glob', pattern: 'legacy' }],
    ...over,
  });
  const source = snapshot.controlPlanes[0]?.revision ?? SOURCE;
  const result = createPlan({ snapshot, frozen, source, target: TARGET });
  if (result.kind === 'problems') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.value;
}

const withTag = [{ kind: 'gateway-api', namespace: 'shop', name: 'web', movedBy: 'tag', from: null }];
const unpinned: [string, MeshSnapshot, Partial<FrozenConfig>][] = [
  ['the source has no revision name', meshOn('default'), {}],
  ['nobody wants them pinned', meshOn(SOURCE), { pinWaiting: false }],
  ['its namespace names the tag', meshOn(SOURCE, {}, { 'istio.io/rev': 'default' }), { pinWaiting: false }],
  ['it is a waypoint', meshOn('default', { className: 'istio-waypoint' }), {}],
];
const held: [string, MeshSnapshot, Partial<FrozenConfig>][] = [
  ['a pin holds it until its batch comes', meshOn(SOURCE), {}],
  ['the tag moves last', meshOn('default'), { strategy: 'relabel' }],
  ['its namespace names the source', meshOn(SOURCE, {}, { 'istio.io/rev': SOURCE }), { pinWaiting: false }],
];

describe('a Gateway beside applications', () => {
  it.each(unpinned)('rolls with the tag, and so is waited for and judged in phase 4: %s', (_why, mesh, over) => {
    const plan = planOf(mesh, over);
    expect(plan.gateways).toEqual(withTag);
    expect(plan.leftAlone).toEqual(['Gateway legacy/web: not chosen, but rolls by itself with tag default']);
    expect(rollAhead(mesh, plan)).toEqual(['shop/web', 'legacy/web']);
  });

  it.each(held)('moves with its namespace, or stays with it: %s', (_why, mesh, over) => {
    const plan = planOf(mesh, over);
    expect(plan.gateways).toEqual([]);
    expect(plan.leftAlone).toEqual([]);
    expect(rollAhead(mesh, plan)).toEqual([]);
  });

  it.each<[string, Partial<ApiGateway>]>([
    ['nobody deploys it', { managed: false }],
    ['it is on the target already', { requested: TARGET }],
  ])('does not roll where %s', (_why, over) => {
    const mesh = meshOn('default', over);
    const plan = planOf(mesh);
    expect([plan.gateways, plan.leftAlone, rollAhead(mesh, plan)]).toEqual([[], [], []]);
  });

  it('that is not chosen is named with what moves it all the same', () => {
    const plan = planOf(meshOn('default'), { gateways: { kind: 'none' } });
    expect(plan.gateways).toEqual([]);
    expect(plan.leftAlone).toContain('Gateway shop/web: not chosen, but rolls by itself with tag default');
  });
});

describe('the batch of its namespace', () => {
  const ref = aGatewayDeployment({ namespace: 'shop' }).ref;
  it.each([
    [true, [], 'has nothing to do for it'],
    [false, ['web-istio'], 'follows it again, where it is not ready'],
  ])('ready on the target since phase 4: %j, %j, %s', (ready, awaited, _why) => {
    const mesh = meshOn(unrevisioned, { requested: TARGET });
    const { items } = movesOf({
      snapshot: { ...mesh, pods: [aPod({ of: ref, injected: TARGET, ready })] },
      namespaces: ['shop'],
      to: TARGET,
      evenIfUnavailable: false,
    });
    expect(items.filter(({ how }) => how.kind === 'await').map((item) => item.ref.name)).toEqual(awaited);
  });
});
