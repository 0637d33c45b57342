// Phase 8 on a real control plane: who uses the source is named, what goes is exactly the source, and everything else works as before.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import { installControlPlane } from '../../src/phases/install-control-plane.ts';
import { proveUnused } from '../../src/phases/prove-unused.ts';
import { uninstallSource, whatToRemove } from '../../src/phases/uninstall-source.ts';
import { packagedChart } from '../cluster/charts.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { startTraffic } from '../cluster/traffic/client.ts';
import { buildMesh } from '../mesh-builder/build.ts';
import { barePod, deployment, injectedGateway, namespace } from '../mesh-builder/pieces.ts';
import { phaseWorld } from './phase-world.ts';

let cluster: Cluster;
const start = async (): Promise<void> => {
  cluster = await startCluster({ prometheus: false });
};
const stop = async (): Promise<void> => cluster.stop();

const sourceOf = (revision: string) => ({ source: asRevision(revision), istioNamespace: 'istio-system' });
const kinds = [
  'deployments,services,endpointslices,configmaps,secrets,serviceaccounts,roles,rolebindings,leases,hpa,pdb,networkpolicies',
  'clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations,crds',
].join(',');

/** Kind, name and UID of everything in the Istio namespace and of everything cluster-scoped. */
async function everything(): Promise<string[]> {
  const template = '{range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const listed = await cluster.kubectl(['get', kinds, '-n', 'istio-system', '-o', `jsonpath=${template}`]);
  return listed.trim().split('\n');
}
/** By kind and name: a UID may hold anything. */
const isNamed = (line: string, part: string): boolean => line.slice(0, line.lastIndexOf(' ') + 1).includes(part);
const named = (objects: readonly string[], part: string): string[] => objects.filter((line) => isNamed(line, part));

/** Whether the other revision still injects and validates, and users can write config. */
async function stillWorks(revision: string): Promise<void> {
  const world = phaseWorld(cluster);
  await installControlPlane(world, { ...sourceOf(revision), target: asRevision(revision), install: { kind: 'none' } });
  await buildMesh(cluster, [namespace('after', { injection: 'enabled' }, deployment('late'))]).then((mesh) =>
    mesh.ready(),
  );
  await cluster.kubectl(
    ['apply', '-f', '-'],
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: after}\nspec: {hosts: [a], http: [{route: [{destination: {host: a}}]}]}\n',
  );
}

describe('a source that istioctl installed', () => {
  beforeAll(async () => {
    await start();
    await cluster.installIstio('1.31', { revision: '1-31' });
    await cluster.installIstio('1.32', { revision: '1-32', args: ['--set', 'components.base.enabled=false'] });
  });
  afterAll(stop);

  it('is in use as long as anything names it or runs on it, and each is named', async () => {
    const mesh = await buildMesh(cluster, [
      namespace('shop', { injection: 'enabled' }, deployment('web')),
      namespace('pinned', { rev: '1-31' }, barePod('alone')),
      injectedGateway({ namespace: 'ingress', name: 'gw', pin: { revision: '1-31' } }),
    ]);
    await mesh.ready();
    await cluster.istioctl('1.32', ['tag', 'set', 'prod', '--revision', '1-31', '-y']);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      'apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: shop, labels: {istio.io/rev: 1-31}}\nspec: {egress: [{hosts: ["./*"]}]}\n',
    );
    const uses = await proveUnused(phaseWorld(cluster), sourceOf('1-31'));
    expect(new Set(uses.map(({ kind }) => kind))).toEqual(new Set(['in-use']));
    const users = uses.map(({ sentence }) => sentence).join('\n');
    for (const part of [
      'tag default points to 1-31',
      'tag prod points to 1-31',
      'namespace shop is labelled istio-injection=enabled',
      'namespace pinned is labelled istio.io/rev=1-31',
      'Deployment shop/web',
      'Pod pinned/alone',
      'Deployment ingress/gw',
      'Sidecar shop/s is labelled istio.io/rev=1-31',
    ])
      expect(users).toContain(part);
    await cluster.istioctl('1.32', ['tag', 'remove', 'prod', '-y']);
    await cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', '1-32', '--overwrite', '-y']);
    await cluster.kubectl(['delete', 'namespace', 'shop', 'pinned', 'ingress']);
  });

  it('is in use while a proxy is connected to it, even when every pod has gone', async () => {
    const mesh = await buildMesh(cluster, [namespace('shop', { rev: '1-31' }, deployment('web', { replicas: 2 }))]);
    await mesh.ready();
    const running = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic`, {
      proxies: cluster.binaries.proxies,
    });
    try {
      await expect.poll(async () => (await running.traffic.stats()).proxies.connected, { timeout: 30_000 }).toBe(2);
      await running.traffic.holdProxies({ namespace: 'shop' });
      await cluster.kubectl(['delete', 'namespace', 'shop']);
      const world = phaseWorld(cluster);
      const proof = proveUnused(world, sourceOf('1-31'));
      await expect.poll(() => world.lines.join('\n'), { timeout: 30_000 }).toContain('2 proxies connected to it');
      await running.traffic.holdProxies();
      expect(await proof).toEqual([]);
    } finally {
      await running.stop();
    }
  });

  it('is not touched where config objects could not be written even before', async () => {
    await cluster.kubectl(['-n', 'istio-system', 'scale', 'deployment', 'istiod-1-32', '--replicas=0']);
    await expect
      .poll(async () => (await cluster.kubectl(['-n', 'istio-system', 'get', 'pods', '-o', 'name'])).includes('1-32'), {
        timeout: 60_000,
      })
      .toBe(false);
    const world = phaseWorld(cluster);
    await expect(uninstallSource(world, sourceOf('1-31'))).rejects.toThrow(
      /1-31 cannot be removed: .*cannot be written/,
    );
    expect(world.intents).toEqual([]);
    await cluster.kubectl(['-n', 'istio-system', 'scale', 'deployment', 'istiod-1-32', '--replicas=1']);
    await cluster.kubectl(['-n', 'istio-system', 'rollout', 'status', 'deployment', 'istiod-1-32', '--timeout=60s']);
  });

  it('goes completely, leases included, and nothing else does', async () => {
    await cluster.istioctl('1.32', ['tag', 'set', 'prod', '--revision', '1-32', '-y']);
    await expect
      .poll(async () => named(await everything(), 'Lease istio-gateway-deployment-1-31'), { timeout: 30_000 })
      .toHaveLength(1);
    const before = await everything();
    const world = phaseWorld(cluster);
    expect(await proveUnused(world, sourceOf('1-31'))).toEqual([]);
    const announced = await whatToRemove(world, sourceOf('1-31'));
    expect(await uninstallSource(world, sourceOf('1-31'))).toEqual({ by: 'us', leftAlone: [] });
    const after = await everything();
    expect(named(after, '1-31')).toEqual([]);
    expect(before.filter((line) => !isNamed(line, '1-31') && !after.includes(line))).toEqual([]);
    expect(named(after, 'Secret istio-ca-secret')).toHaveLength(1);
    const order = world.intents.map((intent) => intent.replace('delete ', ''));
    expect(order.filter((name) => !name.startsWith('Lease '))).toEqual(announced);
    expect(order[0]).toBe('MutatingWebhookConfiguration istio-sidecar-injector-1-31');
    expect(order.at(-1)).toContain('Lease istio-system/istio-gateway-');
    await stillWorks('1-32');
    expect(await uninstallSource(phaseWorld(cluster), sourceOf('1-31'))).toEqual({ by: 'nobody', leftAlone: [] });
  });
});

describe('a source without a revision', () => {
  beforeEach(start);
  afterEach(stop);

  it('goes by the names that have no suffix, in two runs when the first is killed, and nothing of the others does', async () => {
    await cluster.istioctl('1.31', ['install', '-y', '--set', 'profile=minimal', '--readiness-timeout', '60s']);
    await cluster.installIstio('1.32', { revision: '1-32', args: ['--set', 'components.base.enabled=false'] });
    await cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', '1-32', '--overwrite', '-y']);
    const before = await everything();
    const world = phaseWorld(cluster);
    expect(await proveUnused(world, sourceOf('default'))).toEqual([]);
    const announced = await whatToRemove(world, sourceOf('default'));
    expect(announced).toContain('Deployment istio-system/istiod');
    const killed = phaseWorld(cluster, { killedBefore: 'delete Service istio-system/istiod' });
    await expect(uninstallSource(killed, sourceOf('default'))).rejects.toThrow('killed');
    expect(await uninstallSource(world, sourceOf('default'))).toEqual({ by: 'us', leftAlone: [] });
    const deleted = [...killed.intents, ...world.intents];
    expect(deleted.filter((intent) => !intent.startsWith('delete Lease '))).toEqual(
      announced.map((name) => `delete ${name}`),
    );
    const after = await everything();
    expect(before.filter((line) => !after.includes(line) && !line.startsWith('EndpointSlice istiod-')).length).toBe(
      deleted.length,
    );
    for (const kept of [
      'Service istiod-1-32 ',
      'ConfigMap istio-1-32 ',
      'ServiceAccount istio-reader-service-account ',
      'ConfigMap istio-ca-root-cert ',
      'MutatingWebhookConfiguration istio-revision-tag-default ',
    ])
      expect(named(after, kept)).toHaveLength(1);
    await stillWorks('1-32');
  });
});

describe('a source that helm installed', () => {
  beforeEach(start);
  afterEach(stop);

  const hub = ['--set', 'global.hub=docker.io/istio'];
  async function installBoth(...more: string[]): Promise<void> {
    await cluster.installIstio('1.32', { revision: '1-32' });
    const chart = await packagedChart(cluster.binaries, '1.31');
    await cluster.helm(['install', 'istiod-1-31', chart, '-n', 'istio-system', '--set', 'revision=1-31', ...hub, '--set', 'global.tag=1.31.0', '--wait', ...more]); // prettier-ignore
  }

  it('is removed by helm, and the leases by us; the Service of a gateway that is labelled with it stays, and is named', async () => {
    await installBoth();
    await cluster.kubectl(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: Service\nmetadata: {name: ingress, namespace: istio-system, labels: {istio.io/rev: 1-31}}\nspec: {selector: {app: ingress}, ports: [{port: 80}]}\n',
    );
    await expect
      .poll(async () => named(await everything(), 'EndpointSlice ingress-'), { timeout: 30_000 })
      .toHaveLength(1);
    await expect
      .poll(async () => named(await everything(), 'Lease istio-gateway-deployment-1-31'), { timeout: 30_000 })
      .toHaveLength(1);
    const world = phaseWorld(cluster);
    expect(await proveUnused(world, sourceOf('1-31'))).toEqual([]);
    expect((await whatToRemove(world, sourceOf('1-31')))[0]).toBe(
      'helm uninstall istiod-1-31 --namespace istio-system',
    );
    expect(await uninstallSource(world, sourceOf('1-31'))).toEqual({
      by: 'helm',
      // Kubernetes gives the EndpointSlices of a Service its labels.
      leftAlone: ['Service istio-system/ingress', expect.stringMatching(/^EndpointSlice istio-system\/ingress-/u)],
    });
    expect(world.intents[0]).toBe('helm uninstall istiod-1-31 in namespace istio-system');
    expect(world.intents.slice(1).every((intent) => intent.startsWith('delete Lease'))).toBe(true);
    expect(await cluster.helm(['list', '-n', 'istio-system', '-q'])).not.toContain('istiod-1-31');
    expect(named(await everything(), '1-31')).toEqual([]);
    await stillWorks('1-32');
  });

  it('stays where its release also owns a tag, which would go with it', async () => {
    await installBoth('--set', 'revisionTags={prod}');
    await cluster.istioctl('1.32', ['tag', 'set', 'prod', '--revision', '1-32', '--overwrite', '-y']);
    const before = await everything();
    const world = phaseWorld(cluster);
    await expect(uninstallSource(world, sourceOf('1-31'))).rejects.toThrow(
      /owns more than this control plane.*istio-revision-tag-prod/,
    );
    expect(world.intents).toEqual([]);
    expect(await everything()).toEqual(before);
  });
});
