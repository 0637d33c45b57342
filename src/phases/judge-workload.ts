// How far is one workload, and is anything wrong with it that is our doing? Pure: a view in, a judgement out.
import type { WorkloadObject } from '../mesh/kinds.ts';
import { REV, type Revision } from '../mesh/names.ts';
import { desiredPods, isMadeByIstiod } from '../mesh/workload.ts';
import { rolloutStatus } from '../mesh/rollout-status.ts';
import type { MeshPod, WorkloadRef } from '../mesh/snapshot.ts';
import { idOf } from './workload-view.ts';
import { assertNever } from '../shared/assert-never.ts';

export interface Expectation {
  readonly ref: WorkloadRef;
  /** Revision that every pod must be injected by. */
  readonly expected: Revision;
  /** Pods that were there before the restart; any other is new. */
  readonly before: ReadonlySet<string>;
  /** The generation our patch made: an older object is not yet the answer. */
  readonly generation: number;
}
export type WorkloadJudgement =
  | { readonly kind: 'done'; readonly readySinceMs: number }
  | {
      readonly kind: 'waiting';
      readonly message: string;
      /** Whether it is a proxy that is not ready, and has not been for long. */
      readonly proxy: boolean;
      /** A pod whose proxy was not started: its events may say why. */ readonly notStarted?: string;
      /** Kubernetes itself has given up, and no more is to be known by waiting. */ readonly givenUp: boolean;
      /** All its pods are there, on the expected revision and with ready proxies or without a node: it is not well for its own reasons. */
      readonly ownFault?: true;
    }
  | {
      readonly kind: 'failed';
      readonly reasonCode: 'proxy-not-ready' | 'sidecar-missing' | 'wrong-revision';
      readonly reason: string;
    };

/** `isLong`: whether a pod has not been ready for longer than what mends itself takes. */
export function judgeWorkload(
  workload: WorkloadObject | undefined,
  pods: readonly MeshPod[],
  expectation: Expectation,
  isLong: (pod: MeshPod) => boolean,
): WorkloadJudgement {
  const name = idOf(expectation.ref);
  if (workload === undefined) return { kind: 'done', readySinceMs: 0 }; // deleted meanwhile is no failure
  if ((workload.metadata.generation ?? 0) < expectation.generation)
    return { kind: 'waiting', message: `${name}: waiting for the restart to be seen`, proxy: false, givenUp: false };
  const news = pods.filter(
    (pod) => !expectation.before.has(pod.uid) && isOfTemplate(pod, workload, expectation.expected),
  );
  const fault = news.flatMap((pod) => faultOf(pod, expectation, isLong) ?? [])[0];
  if (fault !== undefined) return fault;
  const status = rolloutStatus(workload);
  const onTarget = pods.filter((pod) => pod.injected === expectation.expected);
  const elsewhere = pods.length - onTarget.length;
  if (status.done && elsewhere === 0 && pods.every((pod) => pod.ready)) {
    return { kind: 'done', readySinceMs: Math.max(0, ...pods.map((pod) => pod.readySinceMs ?? 0)) };
  }
  const unready = onTarget.filter((pod) => !pod.ready);
  const byProxy = unready.filter(isProxysFault);
  const trouble = byProxy.find(isLong) ?? byProxy[0] ?? unready[0];
  // Who can't tell yet whether the proxy is to blame waits on, however soon Kubernetes itself gives up.
  const isSuspect = trouble !== undefined && isProxysFault(trouble);
  const proxy = isSuspect && isLong(trouble);
  const why =
    trouble === undefined ? status.message : `${status.message}; pod ${trouble.name}: ${troubleText(trouble)}`;
  return {
    kind: 'waiting',
    message: `${name}: ${why}`,
    proxy,
    givenUp: status.failed && (proxy || !isSuspect),
    ...(trouble?.trouble.kind === 'not-started' ? { notStarted: trouble.name } : {}),
    ...(elsewhere === 0 && pods.length >= desiredPods(expectation.ref.kind, workload) && pods.every(isProxyWell)
      ? { ownFault: true }
      : {}),
  };
}

/** Stricter than that its proxy is not to blame: an application may crash for want of it. */
const isProxyWell = ({ proxyReady, trouble }: MeshPod): boolean => proxyReady || trouble.kind === 'unschedulable';

/**
 * Not so a pod that a scaling or an eviction made by the template of before, while the rollout is under way: it goes with its
 * ReplicaSet. Where the template's label says who injects, it has the old one; where istiod wrote the template, the old annotation.
 */
function isOfTemplate(pod: MeshPod, workload: WorkloadObject, expected: Revision): boolean {
  const { labels, annotations } = workload.spec.template.metadata ?? {};
  if (isMadeByIstiod(workload)) return annotations?.[REV] === expected && pod.injected === expected;
  return pod.labels[REV] === labels?.[REV];
}

/** It was started and nothing else is wrong with the pod, or it is the proxy that can't be. */
const isProxysFault = (pod: MeshPod): boolean =>
  !pod.proxyReady && (pod.trouble.kind === 'none' || proxyFaultOf(pod) !== undefined);

type Fault = Extract<WorkloadJudgement, { kind: 'failed' }>;

function faultOf(pod: MeshPod, { expected }: Expectation, isLong: (pod: MeshPod) => boolean): Fault | undefined {
  const name = `pod ${pod.namespace}/${pod.name}`;
  const fault = proxyFaultOf(pod);
  const mayPass = 'mayPass' in pod.trouble && pod.trouble.mayPass;
  if (fault !== undefined && (!mayPass || isLong(pod))) return fault;
  if (pod.sidecar === 'none')
    return { kind: 'failed', reasonCode: 'sidecar-missing', reason: `${name} was created without a sidecar` };
  if (pod.injected !== expected)
    return {
      kind: 'failed',
      reasonCode: 'wrong-revision',
      reason: `${name} was injected by ${pod.injected ?? 'nobody'}, not by ${expected} (annotation ${REV})`,
    };
  return undefined;
}

/** The proxy can't run: it crash-loops, or its image is not to be had. What may pass (`mayPass`) is a fault where it lasts. */
export function proxyFaultOf(pod: MeshPod): Fault | undefined {
  const name = `pod ${pod.namespace}/${pod.name}`;
  if (pod.trouble.kind === 'proxy-crash-loop') {
    return {
      kind: 'failed',
      reasonCode: 'proxy-not-ready',
      reason: `the proxy of ${name} crash-loops on revision ${pod.injected ?? 'unknown'}: ${pod.trouble.message}`,
    };
  }
  if (pod.trouble.kind === 'image-pull' && pod.trouble.proxy) {
    return {
      kind: 'failed',
      reasonCode: 'proxy-not-ready',
      reason: `the proxy image of ${name} can't be pulled: ${pod.proxyImage ?? 'unknown image'}`,
    };
  }
  return undefined;
}

export function troubleText(pod: MeshPod): string {
  switch (pod.trouble.kind) {
    case 'none':
      return pod.proxyReady ? 'not ready yet' : 'its proxy is not ready yet';
    case 'proxy-crash-loop':
      return `its proxy crash-loops: ${pod.trouble.message}`;
    case 'app-crash-loop':
      return `container ${pod.trouble.container} crash-loops`;
    case 'image-pull':
      return `the image of container ${pod.trouble.container} can't be pulled`;
    case 'unschedulable':
      return `can't be scheduled: ${pod.trouble.message}`;
    case 'not-started':
      return pod.trouble.message;
    default:
      return assertNever(pod.trouble);
  }
}
