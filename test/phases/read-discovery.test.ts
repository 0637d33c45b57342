import { describe, expect, it } from 'vitest';
import { CONFIG_MAP, DEPLOYMENT, type KubeObject, type WorkloadObject } from '../../src/mesh/kinds.ts';
import { readMesh } from '../../src/phases/discover.ts';
import { checkDiscovery, verifyDiscovery } from '../../src/phases/read-discovery.ts';
import { aPlan } from '../builders/plan.ts';
import { rawIstiod, rawNamespace } from '../builders/raw.ts';
import { meshInMemory } from '../fakes/run.ts';

const ENABLED = 'discoverySelectors: [{matchLabels: {istio-injection: enabled}}, {matchLabels: {team: mesh}}]';
const ALL = 'trustDomain: cluster.local';
const mesh = (name: string, text: string, namespace = 'istio-system'): KubeObject & { readonly data: object } => ({
  apiVersion: 'v1',
  kind: CONFIG_MAP.kind,
  metadata: { name, namespace },
  data: { mesh: text },
});
const payments = { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('payments', { 'istio-injection': 'enabled' }) };
const sharing = (revision: string, name: string): WorkloadObject => ({
  apiVersion: DEPLOYMENT.apiVersion,
  kind: DEPLOYMENT.kind,
  ...rawIstiod(revision, '1.32.0', {
    containers: [{ name: 'discovery', env: [{ name: 'SHARED_MESH_CONFIG', value: name }] }],
  }),
});

async function found(objects: readonly KubeObject[], rendered: readonly KubeObject[] = []) {
  const cluster = meshInMemory([payments, ...objects]);
  const findings = await checkDiscovery(cluster, aPlan(), await readMesh(cluster, 'istio-system'), rendered);
  return findings
    .filter(({ id }) => id === 'discovery-follows-labels')
    .map(({ id, subject }) => `${id}: ${subject.slice(-10)}`);
}

describe('what istiod discovers', () => {
  it.each([
    [[], [], 'there is no ConfigMap'],
    [[mesh('istio-1-31', ALL), mesh('istio-1-32', ALL)], [], 'it discovers everything'],
    [[mesh('istio', ENABLED), mesh('istio-1-31', ENABLED, 'default')], [], 'another istiod, and another namespace'],
    [[mesh('istio-1-31', ENABLED)], ['discovery-follows-labels: istio-1-31'], 'by the source’s own'],
    [
      [sharing('1-31', 'istio-user'), mesh('istio-user', ENABLED), mesh('istio-1-31', ALL)],
      ['discovery-follows-labels: istio-1-31'],
      'by the shared one, of which the own one says nothing',
    ],
    [[mesh('istio-user', ENABLED)], [], 'that nobody shares'],
  ])('stands in its ConfigMaps, row %#: finds %j', async (objects, ids, _why) => {
    expect(await found(objects)).toEqual(ids);
  });

  it('after an installation stands in what is rendered, and else in what is there', async () => {
    const ids = ['discovery-follows-labels: istio-1-32'];
    expect(await found([mesh('istio-1-32', ALL)], [mesh('istio-1-32', ENABLED)])).toEqual(ids);
    expect(await found([mesh('istio-1-32', ENABLED)], [mesh('istio-1-32', ALL)])).toEqual([]);
    expect(await found([mesh('istio-user', ENABLED)], [sharing('1-32', 'istio-user')])).toEqual(ids);
  });
});

describe('once the target is installed', () => {
  it('nothing goes on where it would hide a namespace of the mesh', async () => {
    const cluster = meshInMemory([payments, mesh('istio-1-32', ENABLED)]);
    await expect(verifyDiscovery(cluster, aPlan())).rejects.toThrow(
      'ConfigMap istio-system/istio-1-32: its `discoverySelectors` choose by istio-injection',
    );
  });

  it('all goes on where it hides none', async () => {
    await expect(verifyDiscovery(meshInMemory([payments]), aPlan())).resolves.toBeUndefined();
  });
});
