import { describe, expect, it } from 'vitest';
import { meshPod } from '../../src/mesh/pod.ts';
import type { ContainerStatus } from '../../src/mesh/kinds.ts';
import type { MeshPod, PodTrouble } from '../../src/mesh/snapshot.ts';
import { READY_SINCE, type RawPod, rawPod } from '../builders/raw.ts';

describe('meshPod', () => {
  it('tells a ready, injected pod of a Deployment', () => {
    expect(meshPod(rawPod())).toEqual({
      namespace: 'payments',
      name: 'api-6d5f7c9b4-x7k2p',
      uid: 'uid-api-6d5f7c9b4-x7k2p',
      workload: { kind: 'Deployment', namespace: 'payments', name: 'api' },
      ownerKind: 'ReplicaSet',
      labels: { app: 'api', 'pod-template-hash': '6d5f7c9b4' },
      injected: '1-31',
      proxyImage: 'docker.io/istio/proxyv2:1.31.0',
      sidecar: 'native',
      ready: true,
      proxyReady: true,
      readySinceMs: Date.parse(READY_SINCE),
      finished: false,
      hostNetwork: false,
      trouble: { kind: 'none' },
    } satisfies Record<Exclude<keyof MeshPod, 'unreadySinceMs' | 'draining' | 'restartedAt'>, unknown>);
  });

  it('tells which restart made it', () => {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': READY_SINCE };
    expect(meshPod(rawPod({ annotations }))).toHaveProperty('restartedAt', READY_SINCE);
  });

  it('tells a pod that is draining from one that is done', () => {
    const meta = { deletionTimestamp: READY_SINCE };
    expect(meshPod(rawPod({ meta }))).toMatchObject({ finished: true, draining: true });
    for (const phase of ['Succeeded', 'Failed'])
      expect(meshPod(rawPod({ meta, phase }))).not.toHaveProperty('draining');
  });

  it('tells since when a pod is not ready', () => {
    const pod = meshPod(rawPod({ ready: false }));
    expect(pod).toMatchObject({ ready: false, unreadySinceMs: Date.parse(READY_SINCE) });
    expect(pod).not.toHaveProperty('readySinceMs');
    expect(meshPod(rawPod({ ready: false, conditions: [] }))).not.toHaveProperty('unreadySinceMs');
  });

  it('finds the same in both sidecar shapes', () => {
    const { sidecar: native, ...ofNative } = meshPod(rawPod({ sidecar: 'native' }));
    const { sidecar: classic, ...ofClassic } = meshPod(rawPod({ sidecar: 'classic' }));
    expect([native, classic]).toEqual(['native', 'classic']);
    expect(ofClassic).toEqual(ofNative);
  });

  it('has neither revision nor image without a proxy', () => {
    const pod = meshPod(rawPod({ injected: null }));
    expect(pod).toMatchObject({ sidecar: 'none', proxyReady: false });
    expect(pod).not.toHaveProperty('injected');
    expect(pod).not.toHaveProperty('proxyImage');
  });

  it('tells a proxy that is not ready from an application that is not', () => {
    expect(meshPod(rawPod({ ready: false, waiting: { app: 'PodInitializing' } })).proxyReady).toBe(false);
    const pod = rawPod({ sidecar: 'classic' });
    const containerStatuses = pod.status?.containerStatuses?.map((status) => ({
      ...status,
      ready: status.name !== 'app',
    }));
    expect(
      meshPod({ ...pod, status: { ...pod.status, ...(containerStatuses && { containerStatuses }) } }).proxyReady,
    ).toBe(true);
  });

  it.each<readonly [RawPod, MeshPod['workload'], string, string]>([
    [{}, { kind: 'Deployment', namespace: 'payments', name: 'api' }, 'ReplicaSet', 'by the ReplicaSet’s name'],
    [
      { owner: { kind: 'Deployment', name: 'api-v2-canary' } },
      { kind: 'Deployment', namespace: 'payments', name: 'api-v2-canary' },
      'ReplicaSet',
      'only the hash is cut off',
    ],
    [
      { owner: { kind: 'StatefulSet', name: 'db' } },
      { kind: 'StatefulSet', namespace: 'payments', name: 'db' },
      'StatefulSet',
      'its own controller',
    ],
    [
      { owner: { kind: 'DaemonSet', name: 'agent' } },
      { kind: 'DaemonSet', namespace: 'payments', name: 'agent' },
      'DaemonSet',
      'its own controller',
    ],
    [{ owner: { kind: 'Job', name: 'import' } }, undefined, 'Job', 'no restart moves a Job'],
    [{ owner: { kind: 'ReplicaSet', name: 'loose' } }, undefined, 'ReplicaSet', 'a ReplicaSet without a Deployment'],
    [
      { owner: { kind: 'ReplicaSet', name: 'web-abc' }, labels: { 'rollouts-pod-template-hash': 'abc' } },
      undefined,
      'ReplicaSet',
      'an Argo Rollout',
    ],
    [{ owner: null }, undefined, 'none', 'a bare pod'],
  ])('finds behind %j the workload %j', (over, workload, ownerKind) => {
    const pod = meshPod(rawPod(over));
    expect([pod.workload, pod.ownerKind]).toEqual([workload, ownerKind]);
  });

  it.each<readonly [RawPod, boolean, string]>([
    [{}, false, 'running'],
    [{ phase: 'Pending' }, false, 'still to come'],
    [{ phase: 'Succeeded' }, true, 'done'],
    [{ phase: 'Failed' }, true, 'evicted, for example'],
    [{ meta: { deletionTimestamp: READY_SINCE } }, true, 'dying'],
  ])('%j counts as finished: %s', (over, finished) => {
    expect(meshPod(rawPod(over)).finished).toBe(finished);
  });

  it('has not been ready since any time while it is not', () => {
    expect(meshPod(rawPod({ ready: false }))).not.toHaveProperty('readySinceMs');
  });

  const notCreated = { 'istio-init': 'PodInitializing', 'istio-proxy': 'PodInitializing', app: 'ContainerCreating' };
  const unschedulable = [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
  ];
  it.each<readonly [RawPod, PodTrouble, string]>([
    [{}, { kind: 'none' }, 'all is well'],
    [{ waiting: { app: 'ContainerCreating' } }, { kind: 'none' }, 'starting is no trouble'],
    [
      { waiting: { 'istio-proxy': 'CrashLoopBackOff' } },
      { kind: 'proxy-crash-loop', message: 'istio-proxy waits' },
      'the mesh’s fault',
    ],
    [
      { sidecar: 'classic', waiting: { 'istio-proxy': 'CrashLoopBackOff' } },
      { kind: 'proxy-crash-loop', message: 'istio-proxy waits' },
      'in the other container list as well',
    ],
    [
      { waiting: { 'istio-init': 'CrashLoopBackOff' } },
      { kind: 'proxy-crash-loop', message: 'istio-init waits' },
      'injection brought that one too',
    ],
    [
      { waiting: { 'istio-validation': 'CrashLoopBackOff' } },
      { kind: 'proxy-crash-loop', message: 'istio-validation waits', mayPass: true },
      'istio-cni repairs it',
    ],
    [{ waiting: { app: 'CrashLoopBackOff' } }, { kind: 'app-crash-loop', container: 'app' }, 'not ours to judge'],
    [
      { sidecar: 'classic', waiting: { app: 'CrashLoopBackOff', 'istio-proxy': 'CrashLoopBackOff' } },
      { kind: 'proxy-crash-loop', message: 'istio-proxy waits' },
      'an application can’t run without its proxy',
    ],
    [
      { waiting: { app: 'ImagePullBackOff' } },
      { kind: 'image-pull', container: 'app', proxy: false, mayPass: true },
      'the application’s registry',
    ],
    [
      { waiting: { 'istio-proxy': 'ErrImagePull' } },
      { kind: 'image-pull', container: 'istio-proxy', proxy: true, mayPass: true },
      'the proxy’s registry',
    ],
    [
      { waiting: { 'istio-proxy': 'InvalidImageName' } },
      { kind: 'image-pull', container: 'istio-proxy', proxy: true },
      'image `auto` that nobody injected',
    ],
    [
      { waiting: notCreated },
      { kind: 'not-started', message: 'its containers are not created yet' },
      'a volume, a Secret or the network is not there, which no proxy is to blame for',
    ],
    [
      { sidecar: 'classic', waiting: notCreated },
      { kind: 'not-started', message: 'its containers are not created yet' },
      'in the other container list as well',
    ],
    [
      { waiting: { ...notCreated, 'istio-proxy': 'CreateContainerConfigError' } },
      { kind: 'none' },
      'the proxy waits for a cause of its own',
    ],
    [
      { waiting: { 'istio-proxy': 'ContainerCreating', app: 'PodInitializing' }, ready: false },
      { kind: 'none' },
      'what injection brought before the proxy runs and does not end',
    ],
    [{ ready: false }, { kind: 'none' }, 'the proxy runs, and does not get ready'],
    [
      { conditions: unschedulable, ready: false },
      { kind: 'unschedulable', message: '0/3 nodes are available' },
      'the scheduler can’t place it',
    ],
  ])('sorts the trouble of %j as %j: %s', (over, trouble) => {
    expect(meshPod(rawPod(over)).trouble).toEqual(trouble);
  });

  it.each<{ of: Partial<ContainerStatus>; message: string; why: string }>([
    { of: { state: { running: {} } }, message: 'init container migrate is not done', why: 'runs on and on' },
    { of: { state: { terminated: {} } }, message: 'init container migrate is not done', why: 'failed' },
    {
      of: { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' } } },
      message: 'init container migrate waits: CreateContainerConfigError secret "db" not found',
      why: 'can’t be created',
    },
  ])('blames no classic proxy for an init container before it that $why', ({ of, message }) => {
    const waiting = { app: 'PodInitializing', 'istio-proxy': 'PodInitializing' };
    const pod = rawPod({ sidecar: 'classic', waiting, ready: false });
    const initContainerStatuses = [
      { name: 'istio-init', ready: true, restartCount: 0, state: { terminated: {} } },
      { name: 'migrate', ready: false, restartCount: 0, ...of },
    ];
    expect(meshPod({ ...pod, status: { ...pod.status, initContainerStatuses } }).trouble).toEqual({
      kind: 'not-started',
      message,
    });
  });

  it('blames no proxy while the kubelet has said nothing', () => {
    const { status: _, ...pod } = rawPod();
    expect(meshPod(pod).trouble.kind).toBe('not-started');
    const { status: none, ...bare } = rawPod({ injected: null });
    expect([none?.phase, meshPod(bare).trouble.kind]).toEqual(['Running', 'none']);
  });
});
