// Do both strategies lead forward and back, whichever way namespaces ask for injection?
import { afterEach, describe, expect, it } from 'vitest';
import { apiGateway, deployment, injectedGateway, namespace } from '../mesh-builder/pieces.ts';
import { attempt } from './attempt.ts';
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
    expect(started.stdout).not.toContain('source-stays-in-use');
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

/** One way of asking beside the other: a label that names the source, and pod templates in a namespace without labels. */
const asking = (tag: string) => [
  namespace('web', { rev: tag }, deployment('shop', { replicas: 2 })),
  namespace('payments', { rev: SOURCE }, deployment('api', { replicas: 2 }), deployment('ledger')),
  namespace('plain', {}, deployment('tagged', { rev: tag }), deployment('pinned', { rev: SOURCE }), deployment('none')),
  injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag } }),
];
const onTarget = {
  'web/shop': { [TARGET]: 2 },
  'payments/api': { [TARGET]: 2 },
  'plain/tagged': { [TARGET]: 1 },
  'plain/pinned': { [TARGET]: 1 },
  'plain/none': { none: 1 },
  'ingress/gateway': { [TARGET]: 1 },
};

describe('relabel, of namespaces that name the source and of pod templates', () => {
  const inputs = { strategy: 'relabel', batches: 'plain\nrest', 'on-no-traffic': 'pass' };

  it('leaves labels on what a change would roll once more, and says which', async () => {
    stage = await openStage({ parts: asking('default'), graph: smallGraph });
    const done = await stage.run('upgrade', inputs);
    expect(done.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    const { injected, namespaces, templateLabels } = await stage.picture();
    expect(injected).toMatchObject(onTarget);
    expect(namespaces['web']).toEqual(stage.before.namespaces['web']);
    expect(namespaces['payments']).toMatchObject({ 'istio.io/rev': TARGET });
    for (const workload of ['plain/tagged', 'plain/pinned', 'ingress/gateway'])
      expect(templateLabels[`Deployment ${workload}`]).toMatchObject({ 'istio.io/rev': TARGET });
    for (const workload of ['plain/tagged', 'ingress/gateway'])
      expect(done.stdout).toContain(`Deployment ${workload}: keeps istio.io/rev=${TARGET}`);
    expect(done.stdout).not.toContain('Deployment plain/pinned: keeps');
  });

  it('takes all of them back', async () => {
    stage = await openStage({ parts: asking('default'), graph: smallGraph });
    await break503(stage, 'payments');
    expect((await stage.run('upgrade', inputs)).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });
});

describe('what is excluded', () => {
  it('is pinned, stays on the source through every batch, keeps the source in use, and is unpinned by a rollback', async () => {
    const { parts = [], graph = smallGraph } = smallMesh();
    const more = [
      namespace('legacy', { injection: 'enabled' }, deployment('old', { replicas: 2 })),
      injectedGateway({ namespace: 'edge', name: 'gateway', pin: { revision: SOURCE } }),
      apiGateway({ namespace: 'edge', name: 'named', rev: SOURCE }),
    ];
    stage = await openStage({ parts: [...parts, ...more], graph, gatewayApi: true });
    const inputs = { 'exclude-namespaces': 'legacy\nedge', gateways: 'ingress/gateway\nedge/gateway', batches: 'rest' };
    const unknown = await stage.run('plan', { ...inputs, gateways: 'ingres/gateway' });
    expect(unknown.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'gateway-unknown' });
    expect(unknown.stdout).toContain('Did you mean `ingress/gateway`?');

    const planned = await stage.run('plan', inputs);
    for (const row of [
      `legacy: pinned to ${SOURCE}; 2 pods`,
      `Deployment edge/gateway: not chosen, stays on ${SOURCE}`,
      `Gateway edge/named: not chosen, stays on ${SOURCE}`,
    ])
      expect(planned.stdout).toContain(row);
    const [foreseen = ''] = /source-stays-in-use.*/u.exec(planned.stdout) ?? [];
    for (const user of ['namespace legacy', 'Deployment edge/gateway', 'Gateway edge/named'])
      expect(foreseen).toContain(user);
    const upgraded = await stage.run('upgrade', inputs);
    expect(upgraded.outputs).toMatchObject({ ending: 'promoted', 'reason-code': 'source-in-use' });
    const { injected, namespaces } = await stage.picture();
    expect(injected).toMatchObject({
      'web/shop': { [TARGET]: 2 },
      'ingress/gateway': { [TARGET]: 1 },
      'legacy/old': { [SOURCE]: 2 },
      'edge/gateway': { [SOURCE]: 1 },
      'edge/named-istio': { [SOURCE]: 1 },
    });
    expect(namespaces['legacy']).toMatchObject({ 'istio.io/rev': SOURCE });
    await stage.cluster.kubectl(['-n', 'legacy', 'rollout', 'restart', 'deployment/old']);
    await stage.cluster.kubectl(['-n', 'legacy', 'rollout', 'status', 'deployment/old', '--timeout=60s']);
    expect((await stage.picture()).injected['legacy/old']).toEqual({ [SOURCE]: 2 });

    const complete = await stage.run('complete');
    expect(complete.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'source-in-use' });
    for (const user of ['namespace legacy', 'Deployment edge/gateway', 'Gateway edge/named'])
      expect(complete.summary).toContain(user);

    expect((await stage.run('rollback')).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });
});

describe('a source without a revision name', () => {
  const inputs = { batches: 'web\npayments' };

  it('pins nothing and says so, and is left and gone back to like any other', async () => {
    stage = await openStage({ ...smallMesh(), source: 'default' });
    const planned = await stage.run('plan', inputs);
    expect(planned.stdout).toContain('web: istio-injection=enabled, not pinned: new pods move in phase 3');
    expect(planned.stdout).not.toContain('source-stays-in-use');
    const started = await stage.run('start', inputs);
    expect(started.outputs).toMatchObject({ ending: 'started' });
    expect(started.stdout).toContain('cannot-pin');
    const { namespaces, injected } = await stage.picture();
    expect(namespaces).toEqual(stage.before.namespaces);
    expect(injected).toMatchObject({ 'web/shop': { default: 2 }, 'ingress/gateway': { [TARGET]: 1 } });
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', moved: '1' });
    expect((await stage.run('rollback')).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);

    const done = await attempt(stage, 'upgrade', inputs);
    expect(done.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    const after = await stage.picture();
    expect(after.namespaces).toEqual(stage.before.namespaces);
    expect(after.injected).toMatchObject({ 'web/shop': { [TARGET]: 2 }, 'payments/api': { [TARGET]: 2 } });
  });
});

async function setTagProd({ istioctl }: Stage['cluster']): Promise<void> {
  await istioctl('1.31', ['tag', 'set', 'prod', '--revision', SOURCE, '-y']);
}

describe('tag', () => {
  const parts = asking('prod');
  const inputs = { tag: 'prod', batches: 'plain\nrest', 'on-no-traffic': 'pass' };

  it('moves followers of a named tag, namespaces that name the source, and pod templates of both kinds', async () => {
    stage = await openStage({ parts, graph: smallGraph, prepare: setTagProd });
    expect((await stage.run('upgrade', inputs)).outputs).toMatchObject({
      ending: 'promoted',
      'reason-code': 'source-in-use',
    });
    const { injected, namespaces, templateLabels, mutatingWebhooks } = await stage.picture();
    expect(injected).toMatchObject(onTarget);
    expect(namespaces['web']).toMatchObject({ 'istio.io/rev': 'prod' });
    expect(namespaces['payments']).toMatchObject({ 'istio.io/rev': TARGET });
    expect(templateLabels['Deployment plain/pinned']).toMatchObject({ 'istio.io/rev': TARGET });
    expect(mutatingWebhooks['istio-revision-tag-default']).toEqual(
      stage.before.mutatingWebhooks['istio-revision-tag-default'],
    );

    // The other tag is next: the source stays for it, and the same target is an upgrade of its own.
    const kept = await stage.run('complete', { 'remove-source': 'keep' });
    expect(kept.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    expect((await stage.run('upgrade', inputs)).outputs['ending']).toBe('nothing-to-do');
    const rest = await attempt(stage, 'upgrade', { tag: 'default', batches: 'rest', 'on-no-traffic': 'pass' });
    expect(rest.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    expect((await stage.picture()).mutatingWebhooks).not.toHaveProperty(`istio-sidecar-injector-${SOURCE}`);
  });

  it('takes all of them back', async () => {
    stage = await openStage({ parts, graph: smallGraph, prepare: setTagProd });
    await break503(stage, 'payments');
    expect((await stage.run('upgrade', inputs)).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });
});
