import { describe, expect, it } from 'vitest';
import type { Journal, Written } from '../../src/plan/journal.ts';
import { meshDrift } from '../../src/plan/mesh-drift.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { aControlPlane, aMeshOf, aNamespace, aSnapshot, aTag } from '../builders/snapshot.ts';

const tagWritten: Written = { kind: 'tag', tag: 'default', from: '1-31', to: '1-32' };
const pinned: Written = {
  kind: 'labels',
  object: { kind: 'Namespace', name: 'payments' },
  where: 'metadata',
  labels: { 'istio-injection': { from: 'enabled', to: null }, 'istio.io/rev': { from: null, to: '1-31' } },
};
/** After `start`: the tag is on the target, `payments` waits and is pinned. */
const started = (over: Partial<Journal> = {}): Journal =>
  aJournal({ install: 'done', targetVersion: '1.32.0', tag: 'done', written: [pinned, tagWritten], ...over });
const mesh = (over: Parameters<typeof aMeshOf>[1] = {}) =>
  aMeshOf(['payments'], {
    tags: [aTag('default', '1-32')],
    controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.32.0' })],
    namespaces: [aNamespace('istio-system', {}), aNamespace('payments', { 'istio.io/rev': '1-31' })],
    ...over,
  });
const relabelled = (labels: Record<string, string>) =>
  mesh({ namespaces: [aNamespace('istio-system', {}), aNamespace('payments', labels)] });

describe('what others changed since the plan', () => {
  it('is nothing where everything is as we left it', () => {
    expect(meshDrift(started(), mesh())).toEqual([]);
    expect(meshDrift(aJournal(), aMeshOf(['payments']))).toEqual([]);
  });
  it('may be any number of pods and replicas', () => {
    expect(meshDrift(started(), mesh({ pods: [], workloads: [] }))).toEqual([]);
  });

  it('is a tag that somebody moved', () => {
    expect(meshDrift(started(), mesh({ tags: [aTag('default', '1-30')] }))).toMatchObject([
      { id: 'tag-moved', severity: 'blocks', message: expect.stringContaining('points to 1-30') },
    ]);
    expect(meshDrift(started(), mesh({ tags: [] }))).toMatchObject([{ id: 'tag-moved' }]);
    expect(meshDrift(aJournal(), aMeshOf(['payments'], { tags: [aTag('default', '1-32')] }))).toMatchObject([
      { id: 'tag-moved', message: expect.stringContaining('belongs on 1-31') },
    ]);
  });
  it.each(['1-31', '1-32'])('is no tag on %s while our own move is half done', (revision) => {
    expect(meshDrift(started({ tag: 'begun' }), mesh({ tags: [aTag('default', revision)] }))).toEqual([]);
  });

  it('is no tag that people moved under `relabel`, where that is all that is left to move', () => {
    const plan = aPlan([['payments']], { strategy: 'relabel' });
    const onTarget = aMeshOf(['payments'], { tags: [aTag('default', '1-32')] });
    const ids = (over: Partial<Journal>) => meshDrift(aJournal({ plan, ...over }), onTarget).map(({ id }) => id);
    const batches = [{ number: 1, status: 'passed' } as const];
    expect(ids({ gateways: 'done', batches })).not.toContain('tag-moved');
    expect(ids({ gateways: 'done' })).toContain('tag-moved');
    expect(ids({ gateways: 'begun', batches })).toContain('tag-moved');
  });

  it('is another istiod under the same revision', () => {
    const planes = [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.32.1' })];
    expect(meshDrift(started(), mesh({ controlPlanes: planes }))).toMatchObject([
      { id: 'target-replaced', severity: 'overridable', message: expect.stringContaining('was 1.32.0') },
    ]);
  });

  it.each([
    { labels: { 'istio.io/rev': '1-30' }, found: 'istio.io/rev is 1-30' },
    { labels: { 'istio-injection': 'disabled' }, found: 'istio-injection is disabled' },
  ])('is a namespace with labels of somebody else: $found', ({ labels, found }) => {
    expect(meshDrift(started(), relabelled(labels))).toMatchObject([
      { id: 'namespace-relabelled', severity: 'overridable', message: expect.stringContaining(found) },
    ]);
  });
  it('is no namespace whose labels are what the plan found', () => {
    expect(meshDrift(started(), relabelled({ 'istio-injection': 'enabled' }))).toEqual([]);
  });

  it('is told, and harmless, where a namespace was deleted', () => {
    expect(meshDrift(started(), mesh({ namespaces: [aNamespace('istio-system', {})] }))).toMatchObject([
      { id: 'namespace-gone', severity: 'notice' },
    ]);
  });

  it('is told where a namespace came into the plan, by the choice that was frozen', () => {
    const late = [...mesh().namespaces, aNamespace('late')];
    expect(meshDrift(started(), mesh({ namespaces: late }))).toMatchObject([
      { id: 'namespace-joins', severity: 'notice', subject: 'namespace late' },
    ]);
    const choice = { ...aPlan().choice, namespaces: [{ kind: 'glob', pattern: 'pay*' }] } as const;
    const chosen = started({ plan: aPlan([['payments']], { choice }) });
    expect(meshDrift(chosen, mesh({ namespaces: late }))).toEqual([]);
  });

  it('knows nothing of a mesh without its tag', () => {
    expect(meshDrift(aJournal(), aSnapshot({ tags: [] })).map(({ id }) => id)).toContain('tag-moved');
  });
});
