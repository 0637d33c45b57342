// Do both strategies lead forward and back, whichever way namespaces ask for injection?
import { afterEach, describe, expect, it } from 'vitest';
import { deployment, injectedGateway, namespace } from '../mesh-builder/pieces.ts';
import { smallGraph, smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});
const uids = async ({ cluster }: Stage): Promise<string> =>
  cluster.kubectl(['get', 'pods', '-A', '-l', 'app,app!=istiod', '-o', 'jsonpath={.items[*].metadata.uid}']);
const break503 = async ({ traffic }: Stage, place: string): Promise<void> =>
  traffic.setFaults({
    id: 'broken',
    revision: TARGET,
    namespace: place,
    side: 'destination',
    code: '503',
    flags: '-',
    share: 0.5,
  });

describe('relabel', () => {
  it('leaves the tag to complete, which gives every label back without a restart', async () => {
    stage = await openStage(smallMesh());
    const started = await stage.run('start', { strategy: 'relabel', batches: 'rest' });
    expect(started.outputs['ending']).toBe('started');
    expect((await stage.run('promote')).outputs['ending']).toBe('promoted');
    const moved = await stage.picture();
    expect(moved.namespaces['web']).toMatchObject({ 'istio.io/rev': TARGET });
    expect(moved.mutatingWebhooks['istio-revision-tag-default']).toEqual(
      stage.before.mutatingWebhooks['istio-revision-tag-default'],
    );
    const pods = await uids(stage);
    expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    const done = await stage.picture();
    expect(done.namespaces['web']).toEqual(stage.before.namespaces['web']);
    expect(done.namespaces['payments']).toEqual(stage.before.namespaces['payments']);
    for (const pod of pods.split(' ').filter((uid) => uid !== '')) expect(await uids(stage)).toContain(pod);
  });

  it('takes everything back when a batch fails', async () => {
    stage = await openStage(smallMesh());
    await break503(stage, 'payments');
    const result = await stage.run('upgrade', { strategy: 'relabel', batches: 'web\npayments' });
    expect(result.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovered' });
    expect(await stage.picture()).toEqual(stage.before);
  });
});

async function setTagProd({ istioctl }: Stage['cluster']): Promise<void> {
  await istioctl('1.31', ['tag', 'set', 'prod', '--revision', SOURCE, '-y']);
}

describe('tag', () => {
  const parts = [
    namespace('web', { rev: 'prod' }, deployment('shop', { replicas: 2 })),
    namespace('payments', { rev: SOURCE }, deployment('api', { replicas: 2 }), deployment('ledger')),
    namespace(
      'plain',
      {},
      deployment('tagged', { rev: 'prod' }),
      deployment('pinned', { rev: SOURCE }),
      deployment('none'),
    ),
    injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag: 'prod' } }),
  ];
  const inputs = { tag: 'prod', batches: 'plain\nrest', 'on-no-traffic': 'pass' };

  it('moves followers of a named tag, namespaces that name the source, and pod templates of both kinds', async () => {
    stage = await openStage({ parts, graph: smallGraph, prepare: setTagProd });
    expect((await stage.run('upgrade', inputs)).outputs).toMatchObject({
      ending: 'promoted',
      'reason-code': 'source-in-use',
    });
    const { injected, namespaces, templateLabels, mutatingWebhooks } = await stage.picture();
    expect(injected).toMatchObject({
      'web/shop': { [TARGET]: 2 },
      'payments/api': { [TARGET]: 2 },
      'plain/tagged': { [TARGET]: 1 },
      'plain/pinned': { [TARGET]: 1 },
      'plain/none': { none: 1 },
      'ingress/gateway': { [TARGET]: 1 },
    });
    expect(namespaces['web']).toMatchObject({ 'istio.io/rev': 'prod' });
    expect(namespaces['payments']).toMatchObject({ 'istio.io/rev': TARGET });
    expect(templateLabels['Deployment plain/pinned']).toMatchObject({ 'istio.io/rev': TARGET });
    expect(mutatingWebhooks['istio-revision-tag-default']).toEqual(
      stage.before.mutatingWebhooks['istio-revision-tag-default'],
    );
  });

  it('takes all of them back', async () => {
    stage = await openStage({ parts, graph: smallGraph, prepare: setTagProd });
    await break503(stage, 'payments');
    expect((await stage.run('upgrade', inputs)).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });
});
