import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal } from '../builders/plan.ts';
import {
  aMeshOf,
  anApiGateway,
  aNamespace,
  anUninjectedWorkload,
  aPod,
  aSnapshot,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

const planOf = (snapshot: MeshSnapshot, over: Partial<FrozenConfig> = {}, last?: Journal): UpgradePlan => {
  const made = createPlan({
    snapshot,
    frozen: frozenConfig({ batches: [{ kind: 'rest' }], ...over }),
    source: SOURCE,
    target: TARGET,
    ...(last === undefined ? {} : { last }),
  });
  if (made.kind === 'problems') throw new Error(made.problems.map(({ message }) => message).join('; '));
  return made.value;
};
const movesOf = (plan: UpgradePlan): string[] =>
  plan.batches.flatMap((batch) => batch.namespaces.map(({ name, move }) => `${name} ${move}`));
const meshWith = (labels: Record<string, string>, templateLabels: Record<string, string> = {}): MeshSnapshot =>
  aSnapshot({
    namespaces: [aNamespace('shop', labels)],
    workloads: [aWorkload({ namespace: 'shop', templateLabels })],
    pods: [aPod({ namespace: 'shop' })],
  });

const hashAfter = (last?: Partial<Journal>): string =>
  planOf(aMeshOf(['a']), {}, last === undefined ? undefined : aJournal(last)).hash;

describe('the hash of a plan', () => {
  const decision = { reason: 'it failed', by: 'octocat', at: '' } as const;

  it.each<[string, Partial<Journal>]>([
    ['was taken back', { state: 'rolled-back', decision: { ...decision, scope: 'all' } }],
    ['was completed', { state: 'completed' }],
  ])('is another one after an attempt %s: what was approved before that is not approved again', (_what, last) => {
    const after = hashAfter(last);
    expect(after).not.toBe(hashAfter());
    expect(hashAfter({ id: 'a second one', state: 'rolled-back' })).not.toBe(after);
  });

  it('is the same after one batch alone was taken back', () => {
    expect(hashAfter({ state: 'rolled-back', decision: { ...decision, scope: 'batch', batch: 1 } })).toBe(hashAfter());
  });
});

describe('how a namespace is moved', () => {
  it.each([
    { labels: { 'istio-injection': 'enabled' }, moves: ['shop follows-tag'], why: 'the tag default' },
    { labels: { 'istio.io/rev': 'default' }, moves: ['shop follows-tag'], why: 'the tag by name' },
    { labels: { 'istio.io/rev': '1-31' }, moves: ['shop pinned-to-source'], why: 'the source by name' },
    { labels: {}, moves: ['shop by-template'], why: 'pod templates ask' },
    { labels: { 'istio.io/rev': '1-29' }, moves: [], why: 'another revision' },
    { labels: { 'istio-injection': 'enabled', 'istio.io/rev': '1-31' }, moves: [], why: 'both labels' },
    { labels: { 'istio-injection': 'disabled' }, moves: [], why: 'injection is off' },
  ])('follows from its labels: $why', ({ labels, moves }) => {
    expect(movesOf(planOf(meshWith(labels as Record<string, string>)))).toEqual(moves);
  });

  it('names what it sees and leaves alone', () => {
    expect(planOf(meshWith({ 'istio.io/rev': '1-29' })).leftAlone).toEqual(['namespace shop: asks for 1-29']);
  });

  it('keeps excluded followers apart, so that they can be pinned', () => {
    const plan = planOf(aMeshOf(['a', 'b']), { excludeNamespaces: [{ kind: 'glob', pattern: 'b' }] });
    expect(plan.excluded.map(({ name }) => name)).toEqual(['b']);
    expect(movesOf(plan)).toEqual(['a follows-tag']);
  });

  it('never takes the namespace of Istio itself', () => {
    const snapshot = aSnapshot({
      namespaces: [aNamespace('istio-system')],
      workloads: [aWorkload({ namespace: 'istio-system' })],
    });
    expect(movesOf(planOf(snapshot))).toEqual([]);
  });
});

const gateway = (templateLabels: Record<string, string>) =>
  aSnapshot({
    namespaces: [aNamespace('ingress', {})],
    workloads: [aWorkload({ namespace: 'ingress', name: 'gw', gateway: 'injected', templateLabels })],
  });

describe('what moves a gateway', () => {
  it.each([
    { labels: { 'istio.io/rev': 'default' }, strategy: 'tag', kind: 'restart', why: 'pinned to the tag' },
    { labels: { 'sidecar.istio.io/inject': 'true' }, strategy: 'tag', kind: 'restart', why: 'follows the default tag' },
    { labels: { 'istio.io/rev': '1-31' }, strategy: 'tag', kind: 'template-label', why: 'pinned to the source' },
    {
      labels: { 'istio.io/rev': 'default' },
      strategy: 'relabel',
      kind: 'template-label',
      why: 'relabel leaves the tag where it is',
    },
  ] as const)('is $kind when it is $why', ({ labels, strategy, kind }) => {
    expect(
      planOf(gateway(labels as Record<string, string>), { strategy }).gateways.map((planned) => planned.kind),
    ).toEqual([kind]);
  });

  it('is the namespace label where the namespace holds gateways only, and then the namespace moves in phase 4', () => {
    const plan = planOf(
      aSnapshot({
        namespaces: [aNamespace('ingress')],
        workloads: [aWorkload({ namespace: 'ingress', name: 'gw', gateway: 'injected' })],
      }),
    );
    expect(plan.gateways.map(({ kind }) => kind)).toEqual(['restart']);
    expect(plan.gatewayNamespaces.map(({ name }) => name)).toEqual(['ingress']);
    expect(plan.batches).toEqual([]);
  });

  it('is its batch where applications live in the same labelled namespace', () => {
    const plan = planOf(
      aSnapshot({
        namespaces: [aNamespace('shop')],
        workloads: [
          aWorkload({ namespace: 'shop' }),
          aWorkload({ namespace: 'shop', name: 'gw', gateway: 'injected' }),
        ],
      }),
    );
    expect(plan.gateways).toEqual([]);
    expect(movesOf(plan)).toEqual(['shop follows-tag']);
  });

  it.each([
    {
      gateway: anApiGateway({ namespace: 'edge' }),
      strategy: 'tag',
      movedBy: 'tag',
      why: 'an unlabelled Gateway belongs to the default tag',
    },
    {
      gateway: anApiGateway({ namespace: 'edge', revLabel: 'default' }),
      strategy: 'tag',
      movedBy: 'tag',
      why: 'its own label names the tag',
    },
    {
      gateway: anApiGateway({ namespace: 'edge', revLabel: '1-31' }),
      strategy: 'tag',
      movedBy: 'own-label',
      why: 'its own label names the source',
    },
    {
      gateway: anApiGateway({ namespace: 'edge' }),
      strategy: 'relabel',
      movedBy: 'own-label',
      why: 'the tag moves only at complete',
    },
  ] as const)('of the Gateway API is $movedBy: $why', ({ gateway: api, strategy, movedBy }) => {
    const plan = planOf(
      aSnapshot({
        namespaces: [aNamespace('edge', {})],
        workloads: [anUninjectedWorkload({ namespace: 'edge', gateway: 'gateway-api' })],
        apiGateways: [api],
      }),
      { strategy },
    );
    expect(plan.gateways).toEqual([
      { kind: 'gateway-api', namespace: 'edge', name: 'web', movedBy, from: api.revLabel ?? null },
    ]);
  });
});

describe('the plan hash', () => {
  const mesh = aMeshOf(['a', 'b']);
  it('stays the same when only counts change', () => {
    const grown = { ...mesh, pods: [...mesh.pods, aPod({ namespace: 'b', name: 'another' })] };
    expect(planOf(grown).hash).toBe(planOf(mesh).hash);
  });
  it.each([
    { why: 'the order of batches', over: { batches: [{ kind: 'rest-by-count', count: 1 }] } },
    { why: 'the strategy', over: { strategy: 'relabel' } },
    { why: 'the gate', over: { gate: { ...frozenConfig().gate, minRequests: 7 } } },
    { why: 'what follows a FAIL', over: { onFail: 'hold' } },
  ] as const)('changes with $why', ({ over }) => {
    expect(planOf(mesh, over).hash).not.toBe(planOf(mesh).hash);
  });
});
