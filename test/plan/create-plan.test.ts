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

const made = (snapshot: MeshSnapshot, over: Partial<FrozenConfig> = {}, last?: Journal) =>
  createPlan({
    snapshot,
    frozen: frozenConfig({ batches: [{ kind: 'rest' }], ...over }),
    source: SOURCE,
    target: TARGET,
    ...(last === undefined ? {} : { last }),
  });
const planOf = (...args: Parameters<typeof made>): UpgradePlan => {
  const result = made(...args);
  if (result.kind === 'problems') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.value;
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

/** Gateways `edge/a` and `edge/b`, their namespace with these labels, and Gateway `open/web` in an unlabelled one. */
const edge = (labels: Record<string, string>, templateLabels: Record<string, string> = {}): MeshSnapshot =>
  aSnapshot({
    namespaces: [aNamespace('edge', labels), aNamespace('open', {})],
    workloads: ['a', 'b'].map((name) => aWorkload({ namespace: 'edge', name, gateway: 'injected', templateLabels })),
    apiGateways: [anApiGateway({ namespace: 'open' })],
  });
const enabled = { 'istio-injection': 'enabled' };
const pinned = { 'istio.io/rev': '1-31' };
const listed = (...names: string[]): Partial<FrozenConfig> => ({
  gateways: { kind: 'listed', gateways: names.map((name) => ({ namespace: 'edge', name })) },
});
const excluding = (...names: string[]): Partial<FrozenConfig> => ({
  excludeNamespaces: names.map((pattern) => ({ kind: 'glob', pattern })),
});
const only = (pattern: string): Partial<FrozenConfig> => ({ namespaces: [{ kind: 'glob', pattern }] });
const tagMoves = "follows tag default: its next pods get the target's proxy";

describe('gateways that are not chosen', () => {
  it.each([
    {
      why: 'their unlabelled namespace is excluded',
      mesh: edge({}, pinned),
      over: excluding('edge', 'open'),
      planned: [],
      leftAlone: [
        'Deployment edge/a: not chosen, stays on 1-31',
        'Deployment edge/b: not chosen, stays on 1-31',
        'Gateway open/web: not chosen, but rolls by itself with tag default',
      ],
    },
    {
      why: 'excluded beats listed',
      mesh: edge({}, pinned),
      over: { ...listed('a', 'b'), ...excluding('edge', 'open') },
      planned: [],
      leftAlone: [
        'Deployment edge/a: not chosen, stays on 1-31',
        'Deployment edge/b: not chosen, stays on 1-31',
        'Gateway open/web: not chosen, but rolls by itself with tag default',
      ],
    },
    {
      why: 'under relabel nothing moves them',
      mesh: edge({}),
      over: { ...excluding('edge', 'open'), strategy: 'relabel' },
      planned: [],
      leftAlone: [
        'Deployment edge/a: not chosen, stays on 1-31',
        'Deployment edge/b: not chosen, stays on 1-31',
        'Gateway open/web: not chosen, stays on 1-31',
      ],
    },
    {
      why: 'not listed, and nothing can hold what follows the tag',
      mesh: edge({}, { 'istio.io/rev': 'default' }),
      over: listed('a'),
      planned: ['edge/a'],
      leftAlone: [
        `Deployment edge/b: not chosen, but ${tagMoves}`,
        'Gateway open/web: not chosen, but rolls by itself with tag default',
      ],
    },
    {
      why: 'not listed, in a namespace whose label moves',
      mesh: edge(enabled),
      over: listed('a'),
      planned: ['edge/a'],
      leftAlone: [
        "Deployment edge/b: not chosen, but follows its namespace's label, which moves with other gateways: its next pods get the target's proxy",
        'Gateway open/web: not chosen, but rolls by itself with tag default',
      ],
    },
    {
      why: 'not among `namespaces`, of which one that is listed needs not be',
      mesh: edge({}, pinned),
      over: { ...only('web*'), ...listed('a') },
      planned: ['edge/a'],
      leftAlone: [
        'Deployment edge/b: not chosen, stays on 1-31',
        'Gateway open/web: not chosen, but rolls by itself with tag default',
      ],
      known: ['web'],
    },
  ] as const)('are named with what becomes of them: $why', ({ mesh, over, planned, leftAlone, ...more }) => {
    const others = ('known' in more ? more.known : []).map((name) => aNamespace(name, {}));
    const plan = planOf({ ...mesh, namespaces: [...mesh.namespaces, ...others] }, over);
    expect(
      plan.gateways.map((each) =>
        each.kind === 'gateway-api' ? `Gateway ${each.name}` : `edge/${each.workload.name}`,
      ),
    ).toEqual(planned);
    expect(plan.leftAlone).toEqual(leftAlone);
  });

  it.each([
    { why: 'none is listed', over: { gateways: { kind: 'listed', gateways: [{ namespace: 'open', name: 'web' }] } } },
    { why: 'none is wanted', over: { gateways: { kind: 'none' } } },
    { why: 'it is excluded', over: excluding('edge') },
  ] as const)('leave their labelled namespace excluded, so that its label stays: $why', ({ over }) => {
    const plan = planOf(edge(enabled), over);
    expect(plan.gatewayNamespaces).toEqual([]);
    expect(movesOf(plan)).toEqual([]);
    expect(plan.excluded.map(({ name }) => name)).toEqual(['edge']);
  });

  it('are refused with the nearest name where no gateway is called so', () => {
    const result = made(edge({}), {
      gateways: {
        kind: 'listed',
        gateways: [
          { namespace: 'edge', name: 'c' },
          { namespace: 'open', name: 'web' },
          { namespace: 'nowhere', name: 'near-any-of-them' },
        ],
      },
    });
    expect(result.kind === 'problems' ? result.problems.map(({ id, remedy }) => `${id}: ${remedy}`) : []).toEqual([
      'gateway-unknown: Did you mean `edge/a`?',
      'gateway-unknown: Correct it in `gateways`.',
    ]);
  });
});

describe('namespaces that are not there', () => {
  it.each<[string, Partial<FrozenConfig>]>([
    ['namespaces', { namespaces: [{ kind: 'glob', pattern: 'paymets' }] }],
    ['exclude-namespaces', { excludeNamespaces: [{ kind: 'glob', pattern: 'paymets' }] }],
  ])('are refused by name in %s, with the nearest that is there', (_input, over) => {
    const result = made(aMeshOf(['payments', 'web']), over);
    expect(result.kind === 'problems' ? result.problems : []).toMatchObject([
      {
        id: 'namespace-unknown',
        severity: 'blocks',
        message: 'no namespace of this cluster matches paymets',
        remedy: expect.stringMatching(/^Did you mean `payments`\?/u),
      },
    ]);
  });

  it('are refused all at once, globs and labels among them', () => {
    const namespaces: FrozenConfig['namespaces'] = [
      { kind: 'glob', pattern: 'team-*' },
      { kind: 'label', key: 'tier', value: 'gold' },
      { kind: 'glob', pattern: 'web' },
    ];
    const result = made(aMeshOf(['payments', 'web']), { namespaces });
    expect(result.kind === 'problems' ? result.problems.map(({ subject }) => subject) : []).toEqual([
      'namespace team-*',
      'namespace label: tier=gold',
    ]);
  });
});

describe('the plan hash', () => {
  const mesh = aMeshOf(['a', 'b']);
  it('stays the same when only counts change, and with them the order inside a batch', () => {
    const grown = { ...mesh, pods: [...mesh.pods, aPod({ namespace: 'a', name: 'another' })] };
    expect([movesOf(planOf(mesh)), movesOf(planOf(grown))]).toEqual([
      ['a follows-tag', 'b follows-tag'],
      ['b follows-tag', 'a follows-tag'],
    ]);
    expect(planOf(grown).hash).toBe(planOf(mesh).hash);
  });
  it('changes where counts decide which batch a namespace is in', () => {
    const grown = { ...mesh, pods: [...mesh.pods, aPod({ namespace: 'a', name: 'another' })] };
    const one = { batches: [{ kind: 'rest-by-count', count: 1 }] } as const;
    expect(planOf(grown, one).hash).not.toBe(planOf(mesh, one).hash);
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
