import { describe, expect, it } from 'vitest';
import type { Kind, KubeObject } from '../../src/mesh/kinds.ts';
import { readMesh } from '../../src/phases/discover.ts';
import type { ClusterPort, ListOptions } from '../../src/ports/cluster.ts';
import { rawMesh, rawNamespace, rawPod } from '../builders/raw.ts';

const refuse = (): never => {
  throw new Error('phase 1 only lists');
};

/** Answers lists from a table, notes each, and refuses everything else: phase 1 reads, and reads only lists. CRDs it gives no schemas. */
function listed(
  objects: Readonly<Record<string, readonly KubeObject[]>>,
  served: readonly Kind[] = [],
): { cluster: ClusterPort; asked: string[] } {
  const asked: string[] = [];
  const list = async <T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<readonly T[]> => {
    const where = options.namespace === undefined ? '' : ` in ${options.namespace}`;
    const which = options.labelSelector === undefined ? '' : ` with ${options.labelSelector}`;
    asked.push(`${kind.apiVersion} ${kind.plural}${where}${which}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds what its keys say
    return (objects[kind.plural] ?? []) as readonly T[];
  };
  const cluster: ClusterPort = {
    list: async (kind, options) => (kind.kind === 'CustomResourceDefinition' ? refuse() : list(kind, options)),
    listMetadata: list,
    servedKinds: async (groups) => served.filter(({ apiVersion }) => groups.has(apiVersion.split('/')[0] ?? '')),
    get: refuse,
    follow: refuse,
    create: refuse,
    patch: refuse,
    replace: refuse,
    apply: refuse,
    delete: refuse,
    proxyGet: refuse,
    mayI: refuse,
    freshCredentials: refuse,
    identity: refuse,
  };
  return { cluster, asked };
}

const crd = (name: string): KubeObject => ({ metadata: { name } });
const kind = (apiVersion: string, name: string, plural: string): Kind => ({
  apiVersion,
  kind: name,
  plural,
  namespaced: true,
});
const SERVED = [
  kind('networking.istio.io/v1', 'VirtualService', 'virtualservices'),
  kind('networking.istio.io/v1alpha3', 'EnvoyFilter', 'envoyfilters'),
  kind('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  kind('gateway.networking.k8s.io/v1', 'Gateway', 'gateways'),
  kind('cert-manager.io/v1', 'Certificate', 'certificates'),
];

const raw = rawMesh();
const tables = {
  namespaces: [...raw.namespaces, rawNamespace('payments', { 'istio-injection': 'enabled' })],
  mutatingwebhookconfigurations: raw.mutating,
  validatingwebhookconfigurations: raw.validating,
  services: raw.services,
  deployments: raw.deployments,
  pods: [rawPod()],
  customresourcedefinitions: [
    { metadata: { name: 'virtualservices.networking.istio.io', labels: { 'app.kubernetes.io/version': '1.32.0' } } },
    crd('certificates.cert-manager.io'),
  ],
  virtualservices: [{ metadata: { name: 'routes', namespace: 'payments', labels: { 'istio.io/rev': '1-31' } } }],
};

describe('readMesh', () => {
  it('lists every kind once, and writes nothing', async () => {
    const { cluster, asked } = listed(tables, SERVED);
    const snapshot = await readMesh(cluster, 'istio-system');
    expect(asked.toSorted()).toEqual([
      'admissionregistration.k8s.io/v1 mutatingwebhookconfigurations',
      'admissionregistration.k8s.io/v1 validatingwebhookconfigurations',
      'apiextensions.k8s.io/v1 customresourcedefinitions',
      'apps/v1 daemonsets',
      'apps/v1 deployments',
      'apps/v1 statefulsets',
      'batch/v1 cronjobs',
      'gateway.networking.k8s.io/v1 gatewayclasses',
      'gateway.networking.k8s.io/v1 gateways',
      'gateway.networking.k8s.io/v1 httproutes with istio.io/rev',
      'networking.istio.io/v1 virtualservices with istio.io/rev',
      'networking.istio.io/v1alpha3 envoyfilters with istio.io/rev',
      'v1 namespaces',
      'v1 pods',
      'v1 services in istio-system',
    ]);
    expect(snapshot.pods).toHaveLength(1);
    expect(snapshot.companions.map(({ version }) => version)).toEqual(['1.32.0']);
  });

  it('finds config objects that name a revision, in the version that is served of their kind', async () => {
    const { pinnedConfig } = await readMesh(listed(tables, SERVED).cluster, 'istio-system');
    expect(pinnedConfig.map(({ ref, value }) => [ref.kind.apiVersion, ref.name, value])).toEqual([
      ['networking.istio.io/v1', 'routes', '1-31'],
    ]);
  });

  it('does without Gateway API and without Istio', async () => {
    const { namespaces } = tables;
    expect(await readMesh(listed({ namespaces }).cluster, 'istio-system')).toMatchObject({
      clusterUid: 'cluster-uid',
      controlPlanes: [],
      tags: [],
      apiGateways: [],
    });
  });
});
