import { describe, expect, it } from 'vitest';
import { companionsOf } from '../../src/mesh/companions.ts';
import type { KubeObject, WorkloadObject } from '../../src/mesh/kinds.ts';

const crd = (group: string, version?: string): KubeObject => ({
  metadata: {
    name: `things.${group}`,
    ...(version === undefined ? {} : { labels: { 'app.kubernetes.io/version': version } }),
  },
});
const daemonSet = (app: string, container: string, image: string): WorkloadObject => ({
  metadata: { namespace: 'kube-system', name: app, labels: { app } },
  spec: { template: { spec: { containers: [{ name: container, image }] } } },
});

describe('what is installed beside istiod', () => {
  it.each<[string, KubeObject, string[]]>([
    ['one of Istio', crd('networking.istio.io', '1.30.2'), ['1.30.2']],
    ['one that was applied as a file', crd('networking.istio.io'), []],
    ['one that was built from source', crd('networking.istio.io', '1.0.0'), []],
    ['one that says nothing', crd('networking.istio.io', 'latest'), []],
    ['one of somebody else', crd('cert-manager.io', '1.19.0'), []],
  ])('tells the version of a CRD: %s', (_what, definition, versions) => {
    const found = companionsOf([definition], []);
    expect(found.map(({ version }) => version)).toEqual(versions);
    for (const { part, object } of found)
      expect([part, object]).toEqual(['crds', 'CustomResourceDefinition things.networking.istio.io']);
  });

  it.each<[string, WorkloadObject, string[]]>([
    ['CNI', daemonSet('istio-cni-node', 'install-cni', 'mirror/cni:1.31.0-distroless'), ['cni 1.31.0']],
    ['ztunnel', daemonSet('ztunnel', 'istio-proxy', 'docker.io/istio/ztunnel:1.30.1'), ['ztunnel 1.30.1']],
    ['an injected application', daemonSet('logs', 'istio-proxy', 'docker.io/istio/proxyv2:1.30.1'), []],
    ['CNI of an unknown version', daemonSet('istio-cni-node', 'install-cni', 'mirror/cni:latest'), []],
  ])('tells the version of a DaemonSet: %s', (_what, object, expected) => {
    const found = companionsOf([], [object]);
    expect(found.map(({ part, version }) => `${part} ${version}`)).toEqual(expected);
  });
});
