// Which pods do the fake kubelet's own tests use?
import type { Container, Pod } from './pod.ts';

export function pod(
  change: { spec?: Partial<Pod['spec']>; labels?: Record<string, string>; revision?: string } = {},
): Pod {
  const annotations =
    change.revision === undefined
      ? {}
      : { annotations: { 'sidecar.istio.io/status': JSON.stringify({ revision: change.revision }) } };
  return {
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', labels: change.labels ?? {}, ...annotations },
    spec: { nodeName: 'fake-0', serviceAccountName: 'web', containers: [app], ...change.spec },
  };
}

export const app: Container = { name: 'app', image: 'app:1' };
export const classicProxy: Container = { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0' };
export const nativeProxy: Container = { ...classicProxy, restartPolicy: 'Always' };
export const istioInit: Container = { name: 'istio-init', image: 'docker.io/istio/proxyv2:1.31.0' };
