import { describe, expect, it } from 'vitest';
import type { MeshPod } from '../../src/mesh/snapshot.ts';
import { judgeWorkload, type Expectation } from '../../src/phases/judge-workload.ts';
import { rawWorkload } from '../builders/raw.ts';
import { aBarePod, aPod, TARGET } from '../builders/snapshot.ts';

const ref = { kind: 'Deployment', namespace: 'payments', name: 'api' } as const;
const expectation: Expectation = { ref, expected: TARGET, before: new Set(['uid-payments-old']), generation: 1 };
const judge = (pods: readonly MeshPod[], over: Partial<Expectation> = {}) =>
  judgeWorkload(rawWorkload({ replicas: pods.length }), pods, { ...expectation, ...over });
const moved = (over: Partial<MeshPod> = {}): MeshPod => aPod({ name: 'new', injected: TARGET, ...over });

describe('one workload of a rollout', () => {
  it('is done when every pod is ready on the expected revision', () => {
    expect(judge([moved()])).toEqual({ kind: 'done', readySinceMs: Date.UTC(2026, 9, 1, 12) });
  });
  it('is not done while an old pod is left', () => {
    expect(judge([moved(), aPod({ name: 'old' })]).kind).toBe('waiting');
  });
  it('is not done by an object older than our restart', () => {
    expect(judge([moved()], { generation: 99 })).toMatchObject({
      kind: 'waiting',
      message: expect.stringContaining('restart to be seen'),
    });
  });
  it('is done when it was deleted meanwhile', () => {
    expect(judgeWorkload(undefined, [], expectation).kind).toBe('done');
  });
  it.each([
    {
      pod: moved({ trouble: { kind: 'proxy-crash-loop', message: 'back-off' } }),
      reasonCode: 'proxy-not-ready',
      why: 'its proxy crash-loops',
    },
    { pod: aBarePod({ name: 'new' }), reasonCode: 'sidecar-missing', why: 'a new pod has no sidecar' },
    { pod: aPod({ name: 'new' }), reasonCode: 'wrong-revision', why: 'a new pod was injected by another revision' },
  ])('fails at once when $why', ({ pod, reasonCode }) => {
    expect(judge([pod])).toMatchObject({ kind: 'failed', reasonCode });
  });
  it('does not fail for what was there before', () => {
    expect(
      judge([moved(), aPod({ name: 'old', trouble: { kind: 'proxy-crash-loop', message: 'back-off' } })]).kind,
    ).toBe('waiting');
  });
  it('tells a proxy that never starts from an application that does not', () => {
    expect(judge([moved({ ready: false, proxyReady: false })])).toMatchObject({ kind: 'waiting', proxy: true });
    expect(
      judge([moved({ ready: false, proxyReady: true, trouble: { kind: 'app-crash-loop', container: 'app' } })]),
    ).toMatchObject({ kind: 'waiting', proxy: false });
  });
  it('blames no proxy that was not started, but any other that runs and is not ready', () => {
    const waits = { kind: 'not-started', message: 'its containers are not created yet' } as const;
    const created = moved({ name: 'waits', ready: false, proxyReady: false, trouble: waits });
    expect(judge([created])).toMatchObject({
      proxy: false,
      notStarted: 'waits',
      message: expect.stringContaining('pod waits: its containers are not created yet'),
    });
    expect(judge([created, moved({ ready: false, proxyReady: false })])).toMatchObject({
      proxy: true,
      message: expect.stringContaining('pod new: its proxy is not ready yet'),
    });
  });
});
