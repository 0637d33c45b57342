import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/mesh/finding.ts';
import { discovererOf } from '../../src/mesh/discovery.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { discoveryFindings } from '../../src/plan/discovery.ts';
import type { PlannedNamespace, UpgradePlan } from '../../src/plan/plan.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { aNamespace, aPod, aSnapshot, SOURCE, TARGET } from '../builders/snapshot.ts';

const select = (...selectors: readonly object[]): string => JSON.stringify({ discoverySelectors: selectors });
const ENABLED = select({ matchLabels: { 'istio-injection': 'enabled' } }, { matchLabels: { team: 'mesh' } });
const OWN = select({ matchLabels: { mesh: 'on' } }, { matchLabels: { team: 'mesh' } });
const byRev = (operator: string, ...values: readonly string[]): string =>
  select(
    { matchExpressions: [{ key: 'istio.io/rev', operator, ...(values.length === 0 ? {} : { values }) }] },
    { matchLabels: { team: 'mesh' } },
  );

const mesh = aSnapshot({
  namespaces: [
    aNamespace('istio-system', { team: 'mesh' }),
    aNamespace('payments', { 'istio-injection': 'enabled', mesh: 'on' }),
    aNamespace('web', { 'istio-injection': 'enabled', mesh: 'on' }),
    aNamespace('ops', { mesh: 'on' }),
  ],
});
function found(plan: UpgradePlan, source: string, target = source): readonly Finding[] {
  return discoveryFindings(plan, mesh, {
    source: discovererOf(SOURCE, { own: source, served: true }),
    target: discovererOf(TARGET, { own: target, served: true }),
  });
}
const shortly = (findings: readonly Finding[]) => findings.map(({ id, subject }) => `${id}: ${subject.slice(-10)}`);
const ofBoth = ['discovery-follows-labels: istio-1-31', 'discovery-follows-labels: istio-1-32'];
const pinnedTo = (name: string, rev: string): PlannedNamespace =>
  aPlannedNamespace(name, {
    move: rev === '1-31' ? 'pinned-to-source' : 'follows-tag',
    original: { injection: null, rev },
  });
const onlyOf = (namespace: PlannedNamespace, over: Partial<UpgradePlan> = {}): UpgradePlan =>
  aPlan([], { batches: [{ number: 1, namespaces: [namespace] }], ...over });

describe('discoverySelectors that choose by the labels that are written', () => {
  it.each([
    [aPlan(), ENABLED, ofBoth, 'the pins take istio-injection away'],
    [aPlan([['payments']], { pinWaiting: false }), ENABLED, [], 'nothing is pinned, so nothing is written'],
    [aPlan([['payments']], { pinWaiting: false, onFail: 'rollback-batch' }), ENABLED, ofBoth, 'held back by a label'],
    [aPlan([['payments']], { strategy: 'relabel' }), ENABLED, ofBoth, 'the target’s name instead of istio-injection'],
    [aPlan([], { excluded: [aPlannedNamespace('web')] }), ENABLED, ofBoth, 'what is excluded is pinned too'],
    [aPlan([], { gatewayNamespaces: [aPlannedNamespace('web')] }), ENABLED, [], 'follows the tag, and is never pinned'],
    [aPlan(), OWN, [], 'a label of their own'],
    [onlyOf(pinnedTo('web', 'default')), byRev('Exists'), [], 'whatever revision it is'],
    [onlyOf(pinnedTo('web', 'default')), byRev('In', 'default'), ofBoth, 'the pin names the source'],
    [onlyOf(pinnedTo('web', '1-31')), byRev('In', '1-31'), ofBoth, 'the target instead of the source'],
    [onlyOf(pinnedTo('web', '1-31')), byRev('In', '1-31', '1-32'), [], 'either of the two'],
    [aPlan(), byRev('Exists'), ofBoth, 'discovered while it is pinned, and at no other time'],
    [aPlan([['payments']], { source: asRevision('default') }), ENABLED, [], 'nothing can be pinned to it'],
  ])('row %#', (plan, selectors, ids) => {
    expect(shortly(found(plan, selectors))).toEqual(ids);
  });

  it('block, with the namespaces, the labels, the istiod and the way out', () => {
    const [finding] = found(aPlan([['payments', 'web']]), ENABLED);
    expect(finding).toEqual({
      id: 'discovery-follows-labels',
      severity: 'blocks',
      subject: 'ConfigMap istio-system/istio-1-31',
      message:
        'its `discoverySelectors` choose by istio-injection, which this upgrade writes: with no istio-injection and istio.io/rev=1-31 istiod 1-31 does not discover payments, web. For its proxies their Services and endpoints do not exist as long as they carry that.',
      remedy:
        'First give every namespace of the mesh a label of its own, such as `mesh: discovered`; then let `meshConfig.discoverySelectors` of both control planes choose by that, and by istio-injection no more. Or use `pin-waiting: false`, though a pod of a waiting or excluded namespace that is recreated early then gets the target.',
    });
  });

  it.each([
    [
      onlyOf(pinnedTo('web', 'default')),
      byRev('NotIn', '1-31'),
      'Or use `strategy: relabel`.',
      'no name of the source is written',
    ],
    [aPlan(), ENABLED, 'Or use `pin-waiting: false`, though', 'both strategies take istio-injection away'],
    [
      aPlan([['payments']], { onFail: 'rollback-batch' }),
      ENABLED,
      'Or use `pin-waiting: false` and `on-fail: rollback`, though',
      'a batch that goes back is pinned',
    ],
    [
      aPlan([['payments']], { strategy: 'relabel' }),
      ENABLED,
      'Or use `strategy: tag` with `pin-waiting: false`, though',
      'with the tag no label has to move',
    ],
  ])('name another choice that is enough, row %#: %s', (plan, selectors, way, _why) => {
    expect(found(plan, selectors)[0]?.remedy).toContain(way);
  });

  it('name no other choice where there is none', () => {
    expect(found(onlyOf(pinnedTo('web', '1-31')), byRev('In', '1-31'))[0]?.remedy).toMatch(/no more\.$/u);
  });

  it('shorten long lists', () => {
    const names = Array.from({ length: 12 }, (_, index) => `ns-${index}`);
    const namespaces = names.map((name) => aNamespace(name));
    const source = discovererOf(SOURCE, { own: ENABLED, served: true });
    const [finding] = discoveryFindings(aPlan([names]), { ...mesh, namespaces }, { source });
    expect(finding?.message).toContain('ns-4 and 7 more');
  });
});

describe('a target that discovers otherwise than the source', () => {
  it.each([
    ['', OWN, [], 'the target knows all that is labelled, and all namespaces are'],
    ['', select({ matchLabels: { none: 'such' } }), ['blocks', 'overridable'], 'of the mesh, and beside it'],
    [OWN, '', [], 'more than the source'],
    [OWN, select({ matchLabels: { team: 'mesh' } }), ['blocks', 'overridable'], 'payments and web move'],
    [
      select({ matchLabels: { none: 'such' } }),
      select({ matchLabels: { nor: 'this' } }),
      [],
      'neither does the source',
    ],
    ['', byRev('In', '1-32'), ['blocks', 'overridable'], 'its own label, which follows-tag namespaces never get'],
  ])('%j, then %j: %j, %s', (source, target, severities, _why) => {
    const findings = found(aPlan([['payments', 'web']]), source, target);
    expect(findings.map(({ severity }) => severity)).toEqual(severities);
    expect(findings.filter(({ id }) => id !== 'discovery-differs')).toEqual([]);
  });

  it('hides what waits, though it discovers what has moved', () => {
    expect(shortly(found(aPlan(), '', ENABLED)).slice(0, 1)).toEqual(['discovery-follows-labels: istio-1-32']);
  });

  it('counts namespaces with pods of the mesh, and Istio’s own, as the mesh', () => {
    const pods = [aPod({ namespace: 'ops' })];
    const findings = discoveryFindings(
      aPlan(),
      { ...mesh, pods },
      {
        source: discovererOf(SOURCE, { own: '', served: true }),
        target: discovererOf(TARGET, { own: select({ matchLabels: { 'istio-injection': 'enabled' } }), served: true }),
      },
    );
    expect(findings.at(-1)).toMatchObject({
      severity: 'blocks',
      message: expect.stringContaining('istio-system, ops'),
    });
  });
});

it('a mesh configuration that cannot be read is told, and stops nothing', () => {
  const findings = found(aPlan(), 'a: [', OWN);
  expect(findings).toMatchObject([{ id: 'discovery-unknown', severity: 'notice' }]);
  expect(findings[0]?.message).toContain('istiod 1-31 discovers cannot be told (it is not YAML)');
});
