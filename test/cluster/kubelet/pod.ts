// Which parts of a pod does the fake kubelet read and write?
import type { KubeMeta, KubeObject } from '../api.ts';

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string } };
}

export interface Container {
  name: string;
  image?: string;
  args?: string[];
  env?: EnvVar[];
  restartPolicy?: string;
  readinessProbe?: { httpGet?: { path?: string; port: number | string } };
}

export interface Pod extends KubeObject {
  metadata: KubeMeta & { namespace: string; uid: string };
  spec: {
    nodeName?: string;
    hostNetwork?: boolean;
    serviceAccountName?: string;
    containers: Container[];
    initContainers?: Container[];
  };
  status?: { phase?: string; podIP?: string; startTime?: string };
}

const proxyName = 'istio-proxy';

export const isProxy = (container: Container): boolean => container.name === proxyName;

/** An init container that keeps running beside the others. */
export const isNativeSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export function hasProxy(pod: Pod): boolean {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(isProxy);
}

/**
 * The revision that really injected the pod, as its injector noted, or that deployed it, for a Gateway API gateway, which istiod
 * writes whole instead of injecting; undefined for all others.
 */
export function injectedRevision(pod: Pod): string | undefined {
  const { annotations, labels } = pod.metadata;
  const status = annotations?.['sidecar.istio.io/status'];
  if (status !== undefined) {
    const { revision }: { revision?: string } = JSON.parse(status);
    return revision;
  }
  return labels?.['gateway.networking.k8s.io/gateway-name'] === undefined ? undefined : annotations?.['istio.io/rev'];
}

export const isJobPod = (pod: Pod): boolean =>
  pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;

export function podPath(pod: Pod, subresource = ''): string {
  return `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}${subresource}`;
}
