// Phase 2 on a real control plane: does each way of installing end in the same proof, and does nothing else get touched?
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Install } from '../../src/config/config.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { checkInstall, type InstallOf } from '../../src/phases/check-install.ts';
import { installControlPlane } from '../../src/phases/install-control-plane.ts';
import { packagedChart } from '../cluster/charts.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { phaseWorld } from './phase-world.ts';

let cluster: Cluster;
const request = (revision: string, install: Install): InstallOf => ({
  install,
  source: asRevision('1-31'),
  target: asRevision(revision),
  istioNamespace: 'istio-system',
});
const istioctl = (...args: string[]): Install => ({ kind: 'istioctl', args });
const hub = ['--set', 'global.hub=docker.io/istio', '--set', 'global.tag=1.32.0'];

/** Name, UID and resourceVersion of everything of Istio that is not of this revision; istiod's own writes do not count. */
async function others(revision: string): Promise<string> {
  const kinds =
    'deployments,services,configmaps,serviceaccounts,roles,rolebindings,clusterroles,mutatingwebhookconfigurations,crds';
  const names = await cluster.kubectl(['get', kinds, '-n', 'istio-system', '-o', 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}']); // prettier-ignore
  return names
    .split('\n')
    .filter((line) => /istio/.test(line) && !line.includes(revision))
    .join('\n');
}

beforeAll(async () => {
  cluster = await startCluster({ prometheus: false });
  await cluster.installIstio('1.31', { revision: '1-31' });
});
afterAll(async () => {
  await cluster.stop();
});

describe('the four ways of installing', () => {
  it('istioctl: only istiod of the target comes, and the default stays where it was', async () => {
    const before = await others('1-32');
    const world = phaseWorld(cluster);
    const { proxyImage } = await installControlPlane(world, request('1-32', istioctl()));
    expect(proxyImage).toBe('docker.io/istio/proxyv2:1.32.0');
    expect(world.intents).toEqual(['install 1-32 with istioctl']);
    expect(world.lines.at(-1)).toContain('1-32 verified: Deployment available');
    expect(await others('1-32')).toBe(before);
  });

  it('none: what somebody else has installed is proven, and nothing is written', async () => {
    const world = phaseWorld(cluster);
    await installControlPlane(world, request('1-32', { kind: 'none' }));
    expect(world.intents).toEqual([]);
  });

  it('a second run finds everything there and writes nothing', async () => {
    const world = phaseWorld(cluster);
    await installControlPlane(world, request('1-32', istioctl()));
    expect(world.intents).toEqual([]);
    expect(world.lines).toContain('1-32 is installed already: nothing to write');
  });

  it('helm: a release of its own, from the same chart', async () => {
    const chart = await packagedChart(cluster.binaries, '1.32');
    const before = await others('1-32-helm');
    const world = phaseWorld(cluster);
    const helm = request('1-32-helm', { kind: 'helm', args: [chart, ...hub] });
    expect(await checkInstall(world, helm)).toMatchObject({ findings: [], version: '1.32.0' });
    await installControlPlane(world, helm);
    expect(await cluster.helm(['list', '-n', 'istio-system', '-q'])).toContain('istiod-1-32-helm');
    expect(await others('1-32-helm')).toBe(before);
    const again = phaseWorld(cluster);
    await installControlPlane(again, helm);
    expect(again.intents).toEqual([]);
  });

  it('manifest: a directory of YAML is applied object by object, each announced', async () => {
    const args = ['--revision', '1-32-yaml', '--set', 'profile=minimal', '--set', 'components.base.enabled=false'];
    const directory = join(cluster.runDir, 'manifest');
    mkdirSync(directory);
    writeFileSync(join(directory, 'istiod.yaml'), await cluster.istioctl('1.32', ['manifest', 'generate', ...args]));
    const world = phaseWorld(cluster);
    const manifest = request('1-32-yaml', { kind: 'manifest', path: directory });
    await installControlPlane(world, manifest);
    expect(world.intents[0]).toBe('apply ServiceAccount istio-system/istiod-1-32-yaml');
    expect(world.intents.at(-1)).toBe('apply MutatingWebhookConfiguration istio-sidecar-injector-1-32-yaml');
    const again = phaseWorld(cluster);
    await installControlPlane(again, manifest);
    expect(again.intents).toEqual([]);
  });
});

const idsOf = async (asked: InstallOf, path?: string): Promise<string[]> => {
  const { findings } = await checkInstall(phaseWorld(cluster, path === undefined ? {} : { path }), asked);
  return findings.map(({ id }) => id).toSorted();
};

describe('what is refused before anything is written', () => {
  it('the default profile, for its gateway, its base and its CRDs', async () => {
    const before = await others('nothing');
    const asked = request('1-33', istioctl('--set', 'profile=default', '--set', 'components.base.enabled=true'));
    expect(await idsOf(asked)).toEqual(['install-touches-base', 'install-touches-crds', 'install-touches-gateway']);
    const world = phaseWorld(cluster);
    await expect(installControlPlane(world, asked)).rejects.toThrow(/was not installed.*istio-ingressgateway/);
    expect(world.intents).toEqual([]);
    expect(await others('nothing')).toBe(before);
  });

  it('tags in the chart values', async () => {
    const chart = await packagedChart(cluster.binaries, '1.32');
    const args = [chart, ...hub, '--set', 'revisionTags={prod}'];
    expect(await idsOf(request('1-33', { kind: 'helm', args }))).toEqual(['install-touches-tag']);
  });

  it('istioctl over what helm installed', async () => {
    expect(await idsOf(request('1-32-helm', istioctl()))).toContain('install-owned-by-another');
  });

  it('arguments the tool does not know, in its own words', async () => {
    expect(await idsOf(request('1-33', istioctl('--hum')))).toEqual(['install-does-not-render']);
  });

  it('a missing tool', async () => {
    expect(await idsOf(request('1-33', istioctl()), '/nowhere')).toEqual(['install-tool-missing']);
  });

  it('istioctl where there is no default tag: it would take the default at once', async () => {
    await cluster.istioctl('1.32', ['tag', 'remove', 'default', '-y']);
    expect(await idsOf(request('1-33', istioctl()))).toEqual(['istioctl-would-seize-default']);
    await cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', '1-31', '-y']);
    expect(await idsOf(request('1-33', istioctl()))).toEqual([]);
  });
});
