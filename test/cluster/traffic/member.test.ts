import { describe, expect, it } from 'vitest';
import { type Pod, readMember, workloadOf } from './member.ts';

interface Change {
  metadata?: Partial<Pod['metadata']>;
  spec?: Pod['spec'];
  status?: Pod['status'];
}

const pod = ({ metadata, spec = { containers: [{ name: 'app' }] }, status }: Change = {}): Pod => ({
  spec,
  ...(status && { status }),
  metadata: { name: 'api-5d9c-x2x', namespace: 'payments', uid: 'u1', ...metadata },
});

const owned = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: 'o', controller: true }];

describe('the name of a pod’s workload', () => {
  it.each<[string, string, string, Record<string, string>, string]>([
    ['a Deployment’s, from its ReplicaSet', 'ReplicaSet', 'api-5d9c', { 'pod-template-hash': '5d9c' }, 'api'],
    ['a lone ReplicaSet’s own', 'ReplicaSet', 'api-5d9c', {}, 'api-5d9c'],
    ['a StatefulSet’s', 'StatefulSet', 'db', {}, 'db'],
    ['a DaemonSet’s', 'DaemonSet', 'agent', {}, 'agent'],
  ])('is %s', (_, kind, name, labels, expected) => {
    expect(workloadOf(pod({ metadata: { labels, ownerReferences: owned(kind, name) } }))).toBe(expected);
  });

  it('is its own name when nobody owns it', () => {
    expect(workloadOf(pod())).toBe('api-5d9c-x2x');
  });
});

describe('a pod’s sidecar', () => {
  const injected = { annotations: { 'istio.io/rev': '1-32' } };

  it.each([
    ['an ordinary container', { containers: [{ name: 'app' }, { name: 'istio-proxy', image: 'x/proxyv2:1.32.0' }] }],
    [
      'a native one',
      { containers: [{ name: 'app' }], initContainers: [{ name: 'istio-proxy', image: 'x/proxyv2:1.32.0' }] },
    ],
  ])('is seen as %s', (_, spec) => {
    expect(readMember(pod({ metadata: injected, spec }))).toMatchObject({
      sidecar: true,
      revision: '1-32',
      proxyVersion: '1.32.0',
    });
  });

  it('is gone when only its annotation is left', () => {
    expect(readMember(pod({ metadata: injected }))).toMatchObject({ sidecar: false, revision: undefined });
  });
});

it('takes a pod that is being deleted out of the endpoints, ready or not', () => {
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  expect(readMember(pod({ status })).ready).toBe(true);
  expect(readMember(pod({ status, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })).ready).toBe(false);
});

it('knows a gateway by its injection template', () => {
  const metadata = { annotations: { 'inject.istio.io/templates': 'gateway' } };
  const spec = { containers: [{ name: 'istio-proxy' }] };
  expect(readMember(pod({ metadata, spec })).gateway).toBe(true);
  expect(readMember(pod({ spec })).gateway).toBe(false);
});
