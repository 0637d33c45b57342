// Is every kind of gateway upgraded in place, by what moves it, and taken back the same way?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiGateway, deployment, fixedGateway, injectedGateway, namespace } from '../mesh-builder/pieces.ts';
import { attempt } from './attempt.ts';
import { freeze } from './freeze.ts';
import { smallGraph } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage;
const inputs = { batches: 'rest', 'on-no-traffic': 'pass' };
const gateways = 'ingress/tagged\ningress/revised\ningress/asking\nedge/gateway\nopen/follower\nopen/named';

beforeAll(async () => {
  stage = await openStage({
    gatewayApi: true,
    parts: [
      namespace('web', { injection: 'enabled' }, deployment('shop', { replicas: 2 })),
      namespace('payments', { rev: 'default' }, deployment('api', { replicas: 2 }), deployment('ledger')),
      namespace('plain', {}, deployment('app', { inject: true })),
      namespace('edge', { injection: 'enabled' }),
      injectedGateway({ namespace: 'ingress', name: 'tagged', pin: { tag: 'default' } }),
      injectedGateway({ namespace: 'ingress', name: 'revised', pin: { revision: SOURCE } }),
      injectedGateway({ namespace: 'ingress', name: 'asking', pin: 'inject' }),
      injectedGateway({ namespace: 'edge', name: 'gateway', pin: 'inject' }),
      injectedGateway({ namespace: 'plain', name: 'unchosen', pin: 'inject' }),
      fixedGateway({ namespace: 'fixed', name: 'old', revision: SOURCE, image: 'docker.io/istio/proxyv2:1.31.0' }),
      apiGateway({ namespace: 'open', name: 'follower' }),
      apiGateway({ namespace: 'open', name: 'named', rev: SOURCE }),
      apiGateway({ namespace: 'payments', name: 'inside' }),
    ],
    graph: smallGraph,
  });
});
afterAll(async () => {
  await stage?.stop();
});

const revisionsOf = async (...workloads: string[]): Promise<unknown[]> => {
  const { injected } = await stage.picture();
  return workloads.map((workload) => Object.keys(injected[workload] ?? {}));
};

const gatewayPods = async (): Promise<readonly string[]> => {
  const selector = 'gateway.networking.k8s.io/gateway-name';
  const names = await stage.cluster.kubectl(['get', 'pods', '-A', '-l', selector, '-o', 'name']);
  return names.trim().split('\n').toSorted();
};

describe('gateways', () => {
  it('with a fixed image are refused with the reason and the remedy, before anything is written', async () => {
    const refused = await stage.run('start', inputs);
    expect(refused.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'gateway-fixed-image' });
    expect(refused.stdout).toContain('fixed/old');
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('are moved in phase 4 by tag, label or namespace; one inside an application namespace waits for its batch', async () => {
    const started = await stage.run('start', { ...inputs, gateways });
    expect(started.outputs).toMatchObject({ ending: 'started' });
    expect(
      await revisionsOf(
        'ingress/tagged',
        'ingress/revised',
        'ingress/asking',
        'edge/gateway',
        'open/follower-istio',
        'open/named-istio',
      ),
    ).toEqual(Array.from({ length: 6 }, () => [TARGET]));
    expect(await revisionsOf('payments/inside-istio', 'payments/api', 'fixed/old')).toEqual([
      [SOURCE],
      [SOURCE],
      [SOURCE],
    ]);
  });

  it('move with the batch of their namespace, but stay where only its pod templates ask and they are not chosen', async () => {
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', moved: '4' });
    expect(
      await revisionsOf('payments/inside-istio', 'payments/api', 'web/shop', 'plain/app', 'plain/unchosen'),
    ).toEqual([[TARGET], [TARGET], [TARGET], [TARGET], [SOURCE]]);
  });

  it('all go back', async () => {
    expect((await stage.run('rollback')).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('beside applications that nothing pins roll with the tag, are waited for and judged then, and go back with it', async () => {
    const unpinned = { ...inputs, gateways: `${gateways}\npayments/inside`, 'pin-waiting': 'false' };
    expect((await attempt(stage, 'start', unpinned)).outputs).toMatchObject({ ending: 'started' });
    expect(await revisionsOf('payments/inside-istio', 'payments/api')).toEqual([[TARGET], [SOURCE]]);
    expect((await stage.run('rollback')).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('that somebody else relabelled after the plan are left alone and named, and the others pass', async () => {
    const { kubectl } = stage.cluster;
    const relabelNamed = async (label: string) =>
      kubectl(['-n', 'open', 'label', 'gateway.gateway.networking.k8s.io', 'named', label, '--overwrite']);
    const frozen = await freeze(stage.cluster, 'edge');
    const held = await attempt(stage, 'start', { ...inputs, gateways });
    expect(held.outputs).toMatchObject({ ending: 'held', 'reason-code': 'write-refused' });
    await frozen.lift();
    await kubectl(['label', 'namespace', 'edge', 'istio-injection-', 'istio.io/rev=1-30']);
    await relabelNamed('istio.io/rev=1-30');
    const started = await stage.run('start', { ...inputs, gateways, accept: 'namespace-relabelled' });
    expect(started.outputs).toMatchObject({ ending: 'started', verdict: 'PASS' });
    for (const left of [
      'Namespace edge: ',
      'Deployment edge/gateway: ',
      'Gateway open/named: ',
      'Deployment open/named-istio: ',
    ])
      expect(started.summary).toContain(left);
    expect(await revisionsOf('edge/gateway', 'open/named-istio', 'ingress/tagged')).toEqual([
      [SOURCE],
      [SOURCE],
      [TARGET],
    ]);

    await kubectl(['label', 'namespace', 'edge', 'istio-injection=enabled', 'istio.io/rev-']);
    await relabelNamed(`istio.io/rev=${SOURCE}`);
    expect((await stage.run('rollback')).outputs['ending']).toBe('rolled-back');
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('that fail with the target go back at once, and the same gate says that they recovered', async () => {
    await stage.traffic.setFaults({
      id: 'new-gateways',
      revision: TARGET,
      match: 'caller',
      namespace: 'ingress',
      side: 'source',
      code: '503',
      flags: 'UF',
      share: 0.6,
    });
    const { outputs } = await attempt(stage, 'start', { ...inputs, gateways });
    expect(outputs).toMatchObject({ ending: 'rolled-back', verdict: 'FAIL', 'reason-code': 'recovered' });
    expect(outputs['reason']).toContain('the gateways failed: ');
    expect(await stage.picture()).toEqual(stage.before);
  });
});

describe('gateways under relabel', () => {
  const relabel = { ...inputs, strategy: 'relabel', gateways: `${gateways}\nplain/unchosen` };
  const ofPhase4 = ['ingress/tagged', 'ingress/revised', 'edge/gateway', 'open/follower-istio', 'open/named-istio'];
  const all = [...ofPhase4, 'payments/inside-istio', 'web/shop'];

  it('move by labels of their own, and with the batch of their namespace', async () => {
    await stage.cluster.kubectl(['-n', 'fixed', 'delete', 'deployment', 'old', '--wait']);
    await stage.traffic.clearFaults();
    expect((await attempt(stage, 'start', relabel)).outputs).toMatchObject({ ending: 'started' });
    expect(await revisionsOf(...ofPhase4, 'payments/inside-istio')).toEqual([
      ...ofPhase4.map(() => [TARGET]),
      [SOURCE],
    ]);
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted' });
    expect(await revisionsOf(...all)).toEqual(all.map(() => [TARGET]));
  });

  it('stay on the target when the tag has moved last and the source is gone', async () => {
    const pods = await gatewayPods();
    expect(pods).toHaveLength(3);
    expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    expect(await revisionsOf(...all)).toEqual(all.map(() => [TARGET]));
    expect(await gatewayPods()).toEqual(pods);
  });
});
