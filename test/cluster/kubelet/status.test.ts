// Does the fake kubelet write what a real one would, with classic and with native sidecars?
import { describe, expect, it } from 'vitest';
import { app, classicProxy, istioInit, nativeProxy, pod } from './fixtures.ts';
import type { Pod } from './pod.ts';
import { type PodState, podStatus } from './status.ts';

const classic = pod({ spec: { containers: [classicProxy, app], initContainers: [istioInit] } });
const native = pod({ spec: { containers: [app], initContainers: [istioInit, nativeProxy] } });
const proxyCrash: PodState = { kind: 'crashing', crashes: { which: 'proxy', count: 2 } };

const statusOf = (of: Pod, state: PodState): object =>
  podStatus(of, state, { podIP: '10.244.1.0', hostIP: '10.0.0.10' }, new Date('2026-01-02T03:04:05.678Z'));

const looping = { restartCount: 2, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } };
const conditions = (...holding: string[]) =>
  ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: holding.includes(type) ? 'True' : 'False',
  }));

describe('a pod’s status', () => {
  it.each([
    ['classic', classic],
    ['native', native],
  ])('is Ready with every container of the %s shape up', (_, each) => {
    expect(statusOf(each, { kind: 'ready' })).toMatchObject({
      phase: 'Running',
      podIP: '10.244.1.0',
      startTime: '2026-01-02T03:04:05Z',
      conditions: conditions('PodScheduled', 'Initialized', 'ContainersReady', 'Ready'),
    });
  });

  it('of a classic sidecar’s crash loop is Running, with the application up', () => {
    expect(statusOf(classic, proxyCrash)).toMatchObject({
      phase: 'Running',
      containerStatuses: [looping, { ready: true, restartCount: 0, state: { running: {} } }],
      conditions: conditions('PodScheduled', 'Initialized'),
    });
  });

  it('of a native sidecar’s crash loop is Pending, with the application not yet begun', () => {
    expect(statusOf(native, proxyCrash)).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ ready: true, state: { terminated: { reason: 'Completed' } } }, looping],
      containerStatuses: [{ ready: false, state: { waiting: { reason: 'PodInitializing' } } }],
      conditions: conditions('PodScheduled'),
    });
  });

  it('of a proxy whose probes fail has it running, and only a native one keeps the application from beginning', () => {
    const unready = { ready: false, state: { running: {} } };
    expect(statusOf(classic, { kind: 'proxy-unready' })).toMatchObject({
      phase: 'Running',
      containerStatuses: [unready, { ready: true }],
      conditions: conditions('PodScheduled', 'Initialized'),
    });
    expect(statusOf(native, { kind: 'proxy-unready' })).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ ready: true }, unready],
      containerStatuses: [{ ready: false, state: { waiting: { reason: 'PodInitializing' } } }],
    });
  });

  it('keeps the count of crashes on the container that had them', () => {
    expect(statusOf(native, { kind: 'ready', after: { which: 'app', count: 3 } })).toMatchObject({
      containerStatuses: [{ ready: true, restartCount: 3 }],
      initContainerStatuses: [{ restartCount: 0 }, { restartCount: 0 }],
    });
  });

  it('of a finished Job’s pod is Succeeded and not ready', () => {
    expect(statusOf(pod(), { kind: 'succeeded' })).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ ready: false, state: { terminated: { exitCode: 0 } } }],
      conditions: conditions('PodScheduled', 'Initialized'),
    });
  });
});
