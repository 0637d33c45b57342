// Tags prod-stable and prod-canary both point to the source, and prod-canary moves: what follows the other one, or the tag default?
import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import { asTag } from '../../src/mesh/names.ts';
import type { MeshSnapshot, Workload } from '../../src/mesh/snapshot.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import { stateOf } from '../../src/plan/state-of.ts';
import { templateLabelsFor, templateLabelsToHoldBack } from '../../src/plan/template-labels.ts';
import { undoneSince } from '../../src/plan/undone-since.ts';
import { frozenConfig } from '../builders/config.ts';
import { anApiGateway, aNamespace, aPod, aSnapshot, aTag, aWorkload, SOURCE, TARGET } from '../builders/snapshot.ts';

const rev = (value: string) => ({ 'istio.io/rev': value });
const inject = { 'sidecar.istio.io/inject': 'true' };
const enabled = { 'istio-injection': 'enabled' };
type Labels = Readonly<Record<string, string>>;

const mesh = (over: Partial<MeshSnapshot>): MeshSnapshot =>
  aSnapshot({ tags: ['default', 'prod-canary', 'prod-stable'].map((tag) => aTag(tag, SOURCE)), ...over });
const planOf = (snapshot: MeshSnapshot, over: Partial<FrozenConfig> = {}): UpgradePlan => {
  const frozen = frozenConfig({ tag: asTag('prod-canary'), batches: [{ kind: 'rest' }], ...over });
  const result = createPlan({ snapshot, frozen, source: SOURCE, target: TARGET });
  if (result.kind === 'problems') throw new Error(result.problems.map(({ message }) => message).join('; '));
  return result.value;
};
const gateway = (templateLabels: Labels): Workload =>
  aWorkload({ namespace: 'edge', name: 'gw', gateway: 'injected', templateLabels });
const moved = ({ batches, gateways, gatewayNamespaces, excluded }: UpgradePlan) => [
  ...batches.flatMap(({ namespaces }) => namespaces.map(({ name }) => name)),
  ...gateways.map((each) => `${each.kind} ${each.kind === 'gateway-api' ? each.movedBy : each.workload.name}`),
  ...[...gatewayNamespaces, ...excluded].map(({ name }) => name),
];

describe.each(['tag', 'relabel'] as const)('under %s, what follows another tag is left alone and named', (strategy) => {
  it.each<{ why: string; labels: Labels; workloads?: Workload[]; api?: { revLabel?: string }; leftAlone: string[] }>([
    {
      why: 'an injected gateway, by its pod label',
      labels: {},
      workloads: [gateway(rev('prod-stable'))],
      leftAlone: ['Deployment edge/gw: follows the tag prod-stable, stays on 1-31'],
    },
    {
      why: 'an injected gateway, by inject=true',
      labels: {},
      workloads: [gateway(inject)],
      leftAlone: ['Deployment edge/gw: follows the tag default, stays on 1-31'],
    },
    {
      why: 'an injected gateway, by the label of its namespace, whatever its pods say',
      labels: rev('prod-stable'),
      workloads: [gateway(rev('prod-canary'))],
      leftAlone: [
        'namespace edge: follows the tag prod-stable',
        'Deployment edge/gw: follows the tag prod-stable, stays on 1-31',
      ],
    },
    {
      why: 'an injected gateway in a namespace with istio-injection=enabled',
      labels: enabled,
      workloads: [gateway(rev('1-31'))],
      leftAlone: [
        'namespace edge: follows the tag default',
        'Deployment edge/gw: follows the tag default, stays on 1-31',
      ],
    },
    {
      why: 'a Gateway, by the label of its namespace',
      labels: rev('prod-stable'),
      api: {},
      leftAlone: [
        'namespace edge: follows the tag prod-stable',
        'Gateway edge/web: follows the tag prod-stable, stays on 1-31',
      ],
    },
    {
      why: 'a Gateway, by its own label',
      labels: {},
      api: { revLabel: 'prod-stable' },
      leftAlone: ['Gateway edge/web: follows the tag prod-stable, stays on 1-31'],
    },
    {
      why: 'a Gateway without any label',
      labels: {},
      api: {},
      leftAlone: ['Gateway edge/web: follows the tag default, stays on 1-31'],
    },
    {
      why: 'a pod template, by its label',
      labels: {},
      workloads: [aWorkload({ namespace: 'edge', templateLabels: rev('prod-stable') })],
      leftAlone: ['Deployment edge/api: follows the tag prod-stable, stays on 1-31'],
    },
    {
      why: 'a pod template, by inject=true',
      labels: {},
      workloads: [aWorkload({ namespace: 'edge', templateLabels: inject })],
      leftAlone: ['Deployment edge/api: follows the tag default, stays on 1-31'],
    },
  ])('$why', ({ labels, workloads = [], api, leftAlone }) => {
    const plan = planOf(
      mesh({
        namespaces: [aNamespace('edge', labels)],
        workloads,
        apiGateways: api === undefined ? [] : [anApiGateway({ namespace: 'edge', ...api })],
      }),
      { strategy },
    );
    expect(moved(plan)).toEqual([]);
    expect(plan.leftAlone).toEqual(leftAlone);
  });
});

describe('what follows the tag that moves, or names the source, is moved beside it', () => {
  it.each([
    { labels: rev('prod-canary'), strategy: 'tag', kind: 'restart', why: 'its pod label is the tag' },
    { labels: rev('prod-canary'), strategy: 'relabel', kind: 'template-label', why: 'the tag stays' },
    { labels: rev('1-31'), strategy: 'tag', kind: 'template-label', why: 'its pod label is the source' },
  ] as const)('a gateway by $kind under $strategy: $why', ({ labels, strategy, kind }) => {
    const snapshot = mesh({ namespaces: [aNamespace('edge', {})], workloads: [gateway(labels)] });
    expect(moved(planOf(snapshot, { strategy }))).toEqual([`${kind} gw`]);
  });

  it('a Gateway that names the tag, though its namespace follows another one', () => {
    const apiGateways = [anApiGateway({ namespace: 'edge', revLabel: 'prod-canary' })];
    const snapshot = mesh({ namespaces: [aNamespace('edge', rev('prod-stable'))], apiGateways });
    expect(moved(planOf(snapshot))).toEqual(['gateway-api tag']);
    expect(moved(planOf(snapshot, { strategy: 'relabel' }))).toEqual(['gateway-api own-label']);
  });
});

describe('gateways in a namespace with both labels', () => {
  const both = { ...enabled, ...rev('prod-canary') };
  const of = (over: Partial<MeshSnapshot>) => mesh({ namespaces: [aNamespace('edge', both)], ...over });
  const carriesBoth = 'carries both istio-injection and istio.io/rev=prod-canary';

  it('are left alone like the namespace, where its label would have to move them', () => {
    const injected = planOf(of({ workloads: [gateway({})] }), { tag: asTag('default') });
    expect(moved(injected)).toEqual([]);
    expect(injected.leftAlone).toEqual([
      `namespace edge: ${carriesBoth}`,
      `Deployment edge/gw: its namespace ${carriesBoth}`,
    ]);
    const api = planOf(of({ apiGateways: [anApiGateway({ namespace: 'edge' })] }), { strategy: 'relabel' });
    expect(moved(api)).toEqual([]);
    expect(api.leftAlone).toEqual([`namespace edge: ${carriesBoth}`, `Gateway edge/web: its namespace ${carriesBoth}`]);
  });

  it('are waited for where they roll with the tag', () => {
    expect(moved(planOf(of({ apiGateways: [anApiGateway({ namespace: 'edge' })] })))).toEqual(['gateway-api tag']);
  });
});

const inIstios = (labels: Labels, over: Partial<MeshSnapshot>): MeshSnapshot =>
  mesh({ namespaces: [aNamespace('istio-system', labels)], ...over });

describe("gateways in Istio's own namespace, whose labels are never moved", () => {
  const injected = { ...gateway({}), ref: { kind: 'Deployment', namespace: 'istio-system', name: 'gw' } } as const;

  it('are restarted where the label is the tag that has moved, and otherwise named', () => {
    const canary = inIstios(rev('prod-canary'), { workloads: [injected] });
    expect(moved(planOf(canary))).toEqual(['restart gw']);
    const relabelled = planOf(canary, { strategy: 'relabel' });
    expect(moved(relabelled)).toEqual([]);
    expect(relabelled.leftAlone).toEqual([
      "Deployment istio-system/gw: its namespace's label decides and is not moved, stays on 1-31",
    ]);
  });

  it('get a label of their own where they are Gateways', () => {
    const snapshot = inIstios(rev('1-31'), { apiGateways: [anApiGateway({ namespace: 'istio-system' })] });
    expect(moved(planOf(snapshot))).toEqual(['gateway-api own-label']);
  });
});

const named = (name: string, tag: string, over: Partial<Workload> = {}): Workload =>
  aWorkload({ namespace: 'shop', name, templateLabels: rev(tag), ...over });

describe('an unlabelled namespace in which some follow the tag and some another one', () => {
  const canary = named('canary', 'prod-canary');
  const stable = named('stable', 'prod-stable');
  const before = mesh({ namespaces: [aNamespace('shop', {})], workloads: [canary, stable] });
  const plan = planOf(before);
  const shop = plan.batches[0]?.namespaces ?? [];

  it('is moved for those that follow it, and names the others', () => {
    expect(moved(plan)).toEqual(['shop']);
    expect(plan.leftAlone).toEqual(['Deployment shop/stable: follows the tag prod-stable, stays on 1-31']);
  });

  it('relabels the former alone', () => {
    expect([...templateLabelsFor({ ...plan, strategy: 'relabel' }, before, shop).keys()]).toEqual([canary]);
  });

  it('holds back what went with the tag, and not what another tag had put on the target before', () => {
    const onTarget = ['prod-canary', '1-32', 'prod-next'].map((tag) => named(tag, tag, { requested: TARGET }));
    const tags = [aTag('prod-canary', TARGET), aTag('prod-next', TARGET)];
    const after = mesh({ namespaces: before.namespaces, tags, workloads: onTarget });
    expect([...templateLabelsToHoldBack(plan, after, shop).keys()].map(({ ref }) => ref.name)).toEqual([
      'prod-canary',
      '1-32',
    ]);
  });

  it('is wholly moved, and undone in nothing, while the others are still on the source', () => {
    const after = mesh({
      namespaces: before.namespaces,
      tags: [aTag('prod-canary', TARGET), aTag('prod-stable', SOURCE)],
      workloads: [{ ...canary, requested: TARGET }, stable],
      pods: [aPod({ of: canary.ref, injected: TARGET }), aPod({ of: stable.ref })],
    });
    expect(undoneSince({ plan }, after)).toEqual([]);
    expect(stateOf(after, plan)).toMatchObject({ moved: 1, total: 1 });
  });
});
