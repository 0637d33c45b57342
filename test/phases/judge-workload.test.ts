import { describe, expect, it } from 'vitest';
import type { MeshPod } from '../../src/mesh/snapshot.ts';
import { judgeWorkload, type Expectation } from '../../src/phases/judge-workload.ts';
import { rawWorkload } from '../builders/raw.ts';
import { aBarePod, aPod, TARGET } from '../builders/snapshot.ts';

const ref = { kind: 'Deployment', namespace: 'payments', name: 'api' } as const;
const expectation: Expectation = {
  ref,
  expected: TARGET,
  before: new Set(['uid-payments-old']),
  generation: 1,
};
const judge = (pods: readonly MeshPod[], over: Partial<Expectation> = {}, isLong = true) =>
  judgeWorkload(rawWorkload({ replicas: pods.length }), pods, { ...expectation, ...over }, () => isLong);
const moved = (over: Partial<MeshPod> = {}): MeshPod => aPod({ name: 'new', injected: TARGET, ...over });
const labelled = (rev: string) => ({ labels: { app: 'api', 'istio.io/rev': rev } });

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
    expect(judgeWorkload(undefined, [], expectation, () => true).kind).toBe('done');
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
  it('does not fail for pods that it made before our restart was seen', () => {
    expect(judge([aPod({ name: 'new' })], { generation: 99 }).kind).toBe('waiting');
  });

  it.each<MeshPod['trouble']>([
    { kind: 'image-pull', container: 'istio-proxy', proxy: true, mayPass: true },
    { kind: 'proxy-crash-loop', message: 'back-off', mayPass: true },
  ])('fails for what may pass only when it lasts: %j', (trouble) => {
    const pod = moved({ ready: false, proxyReady: false, trouble });
    expect(judge([pod], {}, false)).toMatchObject({ kind: 'waiting', proxy: false });
    expect(judge([pod], {}, true)).toMatchObject({ kind: 'failed', reasonCode: 'proxy-not-ready' });
  });

  it('does not fail for a pod that a scaling made by the template of before, where its label says who injects', () => {
    const workload = rawWorkload({ replicas: 2, templateLabels: { 'istio.io/rev': '1-32' } });
    const old = aPod({ name: 'scaled', ...labelled('1-31') });
    const pods = [moved(labelled('1-32')), old];
    expect(judgeWorkload(workload, pods, expectation, () => true).kind).toBe('waiting');
    const wrong = aPod({ name: 'wrong', ...labelled('1-32') });
    expect(judgeWorkload(workload, [wrong], expectation, () => true)).toMatchObject({ reasonCode: 'wrong-revision' });
  });

  it.each(['1-31', '1-32'])(
    'does not fail for an old pod that a Deployment of istiod made, its template on %s',
    (rev) => {
      const labels = {
        'gateway.networking.k8s.io/gateway-name': 'web',
        'gateway.istio.io/managed': 'istio.io-gateway-controller',
      };
      const gateway = rawWorkload({ replicas: 2, labels, templateAnnotations: { 'istio.io/rev': rev } });
      const judged = (...pods: readonly MeshPod[]) => judgeWorkload(gateway, pods, expectation, () => true);
      expect(judged(moved(), aPod({ name: 'scaled' })).kind).toBe('waiting');
      expect(judged(aPod({ name: 'scaled' })).kind).toBe('waiting');
    },
  );

  it('waits where Kubernetes gives up sooner than can be known whether the proxy is to blame', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const givenUp = rawWorkload({ replicas: 1, status: { conditions } });
    const judged = (pod: MeshPod, isLong: boolean) => judgeWorkload(givenUp, [pod], expectation, () => isLong);
    const proxy = moved({ ready: false, proxyReady: false });
    expect(judged(proxy, false)).toMatchObject({ proxy: false, givenUp: false });
    expect(judged(proxy, true)).toMatchObject({ proxy: true, givenUp: true });
    expect(judged(moved({ ready: false, proxyReady: true }), false)).toMatchObject({ proxy: false, givenUp: true });
  });

  it('does not fail for what was there before', () => {
    expect(
      judge([moved(), aPod({ name: 'old', trouble: { kind: 'proxy-crash-loop', message: 'back-off' } })]).kind,
    ).toBe('waiting');
  });
  it('tells a proxy that never starts from an application that does not', () => {
    expect(judge([moved({ ready: false, proxyReady: false })])).toMatchObject({ kind: 'waiting', proxy: true });
    expect(judge([moved({ ready: false, proxyReady: false })], {}, false)).toMatchObject({ proxy: false });
    expect(
      judge([moved({ ready: false, proxyReady: true, trouble: { kind: 'app-crash-loop', container: 'app' } })]),
    ).toMatchObject({ kind: 'waiting', proxy: false });
  });
  const crashing = { ready: false, trouble: { kind: 'app-crash-loop', container: 'app' } } as const;
  const pending = { ...crashing, proxyReady: false, trouble: { kind: 'unschedulable', message: 'no room' } } as const;
  const [notStarted, none] = [{ kind: 'not-started', message: 'waits' } as const, { kind: 'none' } as const];
  it.each([
    ['its application crash-loops', [moved(crashing), moved()], true],
    ['its application does not get ready', [moved({ ready: false })], true],
    ['no node takes it', [moved(pending)], true],
    ['its proxy does not get ready', [moved({ ready: false, proxyReady: false })], false],
    [
      'its application crash-loops beside a proxy that is not ready',
      [moved({ ...crashing, proxyReady: false })],
      false,
    ],
    ['nothing of it was started', [moved({ ready: false, proxyReady: false, trouble: notStarted })], false],
    ['the proxy of another pod is not ready', [moved(crashing), moved({ ...pending, trouble: none })], false],
    ['a pod of it is elsewhere still', [moved(crashing), aPod({ name: 'old' })], false],
  ])('tells whether it is unwell for its own reasons: %s', (_, pods, own) => {
    expect('ownFault' in judge(pods)).toBe(own);
  });
  it('does not take a workload that gets none of its pods, or not all, for unwell for its own reasons', () => {
    const judged = judgeWorkload(rawWorkload({ replicas: 2 }), [moved(crashing)], expectation, () => true);
    expect(judged).not.toHaveProperty('ownFault');
    const empty = judgeWorkload(rawWorkload({ replicas: 2 }), [], expectation, () => true);
    expect(empty).not.toHaveProperty('ownFault');
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
