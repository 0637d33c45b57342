import { describe, expect, it } from 'vitest';
import { templateLabelsFor, templateLabelsToHoldBack } from '../../src/plan/template-labels.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { anUninjectedWorkload, aSnapshot, aWorkload, SOURCE, TARGET } from '../builders/snapshot.ts';

const rev = (value: string) => ({ templateLabels: { 'istio.io/rev': value } });
const inject = { templateLabels: { 'sidecar.istio.io/inject': 'true' } };
const plain = [aPlannedNamespace('payments', { move: 'by-template' })];

describe('the label that moves a pod template', () => {
  it.each([
    { strategy: 'tag', workload: aWorkload(rev('1-31')), label: TARGET, why: 'it names the source: like for like' },
    { strategy: 'relabel', workload: aWorkload(rev('1-31')), label: TARGET, why: 'it names the source: like for like' },
    { strategy: 'tag', workload: aWorkload(rev('default')), label: undefined, why: 'a restart follows the moved tag' },
    { strategy: 'relabel', workload: aWorkload(rev('default')), label: TARGET, why: 'the tag stays where it is' },
    { strategy: 'tag', workload: aWorkload(inject), label: undefined, why: 'it follows the default tag' },
    { strategy: 'relabel', workload: aWorkload(inject), label: TARGET, why: 'it follows the default tag, which stays' },
    {
      strategy: 'relabel',
      workload: aWorkload({ ...rev('1-30'), requested: TARGET }),
      label: undefined,
      why: 'it asks for another revision',
    },
    {
      strategy: 'tag',
      workload: aWorkload({ ...rev('1-31'), requested: TARGET }),
      label: undefined,
      why: 'it names the source, and something stronger sends it elsewhere',
    },
    { strategy: 'relabel', workload: anUninjectedWorkload(), label: undefined, why: 'it asks for nobody' },
    {
      strategy: 'relabel',
      workload: aWorkload({ ...rev('1-31'), gateway: 'injected' }),
      label: undefined,
      why: 'gateways moved in phase 4',
    },
  ] as const)('is $label under $strategy: $why', ({ strategy, workload, label }) => {
    const snapshot = aSnapshot({ workloads: [workload] });
    expect([...templateLabelsFor(aPlan([], { strategy }), snapshot, plain)]).toEqual(
      label === undefined ? [] : [[workload, label]],
    );
  });

  it.each(['follows-tag', 'pinned-to-source'] as const)('is left where the namespace decides: %s', (move) => {
    const snapshot = aSnapshot({ workloads: [aWorkload(rev('1-31'))] });
    const namespaces = [aPlannedNamespace('payments', { move })];
    expect(templateLabelsFor(aPlan([], { strategy: 'relabel' }), snapshot, namespaces).size).toBe(0);
    expect(templateLabelsToHoldBack(aPlan(), snapshot, namespaces).size).toBe(0);
  });

  it('is left in namespaces of other batches', () => {
    const snapshot = aSnapshot({ workloads: [aWorkload({ ...rev('1-31'), namespace: 'web' })] });
    expect(templateLabelsFor(aPlan(), snapshot, plain).size).toBe(0);
  });
});

describe('the label that holds a pod template back on the source while the tag is on the target', () => {
  it.each([
    { workload: aWorkload({ ...rev('1-32'), requested: TARGET }), held: true, why: 'we wrote it' },
    { workload: aWorkload({ ...rev('default'), requested: TARGET }), held: true, why: 'it follows the moved tag' },
    { workload: aWorkload({ ...inject, requested: TARGET }), held: true, why: 'it follows the moved default tag' },
    { workload: aWorkload(rev('1-31')), held: false, why: 'it still asks for the source' },
    { workload: anUninjectedWorkload(), held: false, why: 'a label would inject it' },
    {
      workload: aWorkload({ ...rev('1-32'), requested: TARGET, gateway: 'injected' }),
      held: false,
      why: 'gateways stay on the target when a batch alone goes back',
    },
  ] as const)('is the source, where something has to be written ($held): $why', ({ workload, held }) => {
    const snapshot = aSnapshot({ workloads: [workload] });
    expect([...templateLabelsToHoldBack(aPlan(), snapshot, plain)]).toEqual(held ? [[workload, SOURCE]] : []);
  });
});
