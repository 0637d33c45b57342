import { describe, expect, it } from 'vitest';
import { resolverOf } from '../../src/mesh/injection.ts';
import type { GatewayShape, Immovable, WorkloadKind } from '../../src/mesh/snapshot.ts';
import { workloadOf } from '../../src/mesh/workload.ts';
import { type RawWorkload, rawWorkload } from '../builders/raw.ts';
import { aControlPlane, aTag } from '../builders/snapshot.ts';

const resolve = resolverOf([aControlPlane('1-31')], [aTag('default', '1-31')]);
const enabled = { 'istio-injection': 'enabled' };
const read = (over: RawWorkload, labels: Record<string, string> = enabled) =>
  workloadOf(over.kind ?? 'Deployment', rawWorkload(over), labels, resolve);

describe('workloadOf', () => {
  it('says whose proxy the next pod gets, and how many pods there should be', () => {
    expect(read({ replicas: 3 })).toEqual({
      ref: { kind: 'Deployment', namespace: 'payments', name: 'api' },
      replicas: 3,
      templateLabels: { app: 'api' },
      selectorLabels: { app: 'api' },
      requested: '1-31',
      immovable: 'none',
      gateway: 'not-a-gateway',
      progressDeadlineMs: 600_000,
    });
  });

  it('knows when it was last restarted', () => {
    const stamp = { 'kubectl.kubernetes.io/restartedAt': '2026-10-01T12:00:00Z' };
    expect(read({ templateAnnotations: stamp }).restartedAt).toBe('2026-10-01T12:00:00Z');
  });

  it('requests nobody where nobody injects', () => {
    expect(read({}, {})).not.toHaveProperty('requested');
  });

  it('counts the pods of a DaemonSet by its nodes', () => {
    expect(read({ kind: 'DaemonSet', replicas: 7 })).toMatchObject({ replicas: 7, progressDeadlineMs: 0 });
  });

  it.each([
    [86_400, 86_400_000, 'a day is long, and a deadline'],
    [86_401, 0, 'nobody waits longer'],
    [2_147_483_647, 0, 'the value that means no deadline'],
  ])('takes progressDeadlineSeconds %i for %i ms: %s', (progressDeadlineSeconds, ms, _why) => {
    expect(read({ spec: { progressDeadlineSeconds } }).progressDeadlineMs).toBe(ms);
  });

  it.each<readonly [RawWorkload, Immovable, string]>([
    [{}, 'none', 'an ordinary Deployment'],
    [{ spec: { paused: true } }, 'paused', 'a template change waits for the resume'],
    [{ kind: 'StatefulSet', spec: { updateStrategy: { type: 'OnDelete' } } }, 'on-delete', 'pods wait to be deleted'],
    [{ kind: 'DaemonSet', spec: { updateStrategy: { type: 'OnDelete' } } }, 'on-delete', 'DaemonSets have it too'],
    [
      { kind: 'StatefulSet', spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } } },
      'partition',
      'pod 0 keeps the old template',
    ],
    [
      { kind: 'StatefulSet', spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } },
      'none',
      'partition 0 is what the API server writes by default',
    ],
    [{ hostNetwork: true }, 'host-network', 'never injected'],
    [{ replicas: 0 }, 'scaled-to-zero', 'nothing to restart'],
    [{ replicas: 0, spec: { paused: true } }, 'scaled-to-zero', 'nothing to restart, paused or not'],
    [{ replicas: 2, available: 1 }, 'unavailable-before', 'half of it is down already'],
    [{ kind: 'DaemonSet', replicas: 2, available: 1 }, 'unavailable-before', 'one node lacks it'],
    [{ available: 0, spec: { paused: true } }, 'paused', 'what lasts is named before what is only down'],
  ])('finds %j %s: %s', (over, immovable) => {
    expect(read(over).immovable).toBe(immovable);
  });

  const auto = [{ name: 'istio-proxy', image: 'auto' }];
  const fixed = [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0' }];
  const templates = { 'inject.istio.io/templates': 'gateway' };
  const uninjected = { 'sidecar.istio.io/inject': 'false' };
  const byIstiod = {
    'gateway.networking.k8s.io/gateway-name': 'web',
    'gateway.istio.io/managed': 'istio.io-gateway-controller',
  };
  it.each<readonly [RawWorkload, GatewayShape, string]>([
    [{}, 'not-a-gateway', 'an application'],
    [{ containers: auto, templateAnnotations: templates }, 'injected', 'chart istio/gateway'],
    [{ containers: auto }, 'injected', 'nothing but a proxy to be injected'],
    [
      { containers: auto, templateAnnotations: { 'inject.istio.io/templates': 'sidecar, gateway' } },
      'injected',
      'one template of several',
    ],
    [
      { kind: 'DaemonSet', containers: auto, templateAnnotations: templates },
      'injected',
      'the chart can make DaemonSets',
    ],
    [
      { containers: [...auto, { name: 'app', image: 'app:1' }] },
      'not-a-gateway',
      'an application that only tunes its sidecar',
    ],
    [{ containers: fixed, templateLabels: uninjected }, 'fixed-image', 'installed by an IstioOperator'],
    [
      { containers: fixed, templateAnnotations: templates },
      'fixed-image',
      'the template is injected, but the image of its own outranks it',
    ],
    [
      {
        containers: [...fixed, { name: 'extra', image: 'x' }],
        labels: { 'operator.istio.io/component': 'IngressGateways' },
        templateLabels: uninjected,
      },
      'fixed-image',
      'an installer’s gateway with a container of its own',
    ],
    [{ containers: fixed, labels: byIstiod, templateLabels: uninjected }, 'gateway-api', 'deployed by istiod'],
    [
      { containers: fixed, labels: { ...byIstiod, 'gateway.istio.io/managed': 'istio.io-mesh-controller' } },
      'gateway-api',
      'a waypoint',
    ],
    [
      { kind: 'DaemonSet', containers: [{ name: 'istio-proxy', image: 'docker.io/istio/ztunnel:1.31.0-distroless' }] },
      'not-a-gateway',
      'ztunnel calls its container istio-proxy too',
    ],
  ])('takes %j for %s: %s', (over, gateway) => {
    expect(read(over).gateway).toBe(gateway);
  });

  it('names the Gateway behind what istiod deploys', () => {
    expect(read({ containers: fixed, labels: byIstiod }).madeByGateway).toBe('web');
  });
});

const kinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
it.each(kinds)('the kind is the caller’s word, for lists leave it out: %s', (kind) => {
  expect(read({ kind }).ref.kind).toBe(kind);
});
