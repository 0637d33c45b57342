import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import type { Carrying } from '../../src/commands/prepare.ts';
import type { FrozenConfig } from '../../src/config/config.ts';
import { DEPLOYMENT, type KubeObject } from '../../src/mesh/kinds.ts';
import type { Journal } from '../../src/plan/journal.ts';
import type { InstallerPort } from '../../src/ports/installer.ts';
import { ApiError, BrokenWorld } from '../../src/shared/errors.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { rawIstiod, rawTag } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

type RemoveSource = FrozenConfig['removeSource'];
const RELEASE = {
  'meta.helm.sh/release-name': 'istiod-1-31',
  'meta.helm.sh/release-namespace': 'istio-system',
};
const istiod: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', ...rawIstiod('1-31', '1.31.0') };
const ofHelm: KubeObject = { ...istiod, metadata: { ...istiod.metadata, annotations: RELEASE } };
const tag: KubeObject = { ...rawTag('prod', '1-31'), kind: 'MutatingWebhookConfiguration' };
const virtualServices = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'virtualservices.networking.istio.io', labels: { 'app.kubernetes.io/version': '1.32.0' } },
  spec: {
    group: 'networking.istio.io',
    scope: 'Namespaced',
    names: { kind: 'VirtualService', plural: 'virtualservices' },
    versions: [{ name: 'v1', served: true, storage: true }],
  },
};
const noHelm: Partial<InstallerPort> = { tool: async () => ({ kind: 'missing', remedy: 'Install helm.' }) };
const helm = (helmManifest: InstallerPort['helmManifest']): Partial<InstallerPort> => ({
  tool: async () => ({ kind: 'found', version: '3.14' }),
  helmManifest,
});

function moved(removeSource: RemoveSource): Journal {
  const plan = aPlan([['payments']], { removeSource });
  const stages = { install: 'done', pin: 'done', tag: 'done', gateways: 'done' } as const;
  return aJournal({ plan, ...stages, batches: [{ number: 1, status: 'passed' }] });
}

async function endingOf(command: Carrying, cluster: FakeCluster, installer: object, removeSource: RemoveSource) {
  const run = fakeRun(cluster, command, command === 'complete' ? moved(removeSource) : undefined);
  const ending = await carryOn(
    {
      ...run,
      config: { ...run.config, frozen: frozenConfig({ removeSource }) },
      world: { ...run.world, installer: { ...run.world.installer, ...installer } },
    },
    command,
  );
  const writes = cluster.requests.filter(
    ({ verb, dryRun }) => !dryRun && !['get', 'list', 'proxy'].includes(verb),
  ).length;
  return { ending, writes, ids: ending.findings.map(({ id, severity }) => `${id} ${severity}`) };
}
const OBSTACLES: readonly (readonly [string, Partial<InstallerPort>, string])[] = [
  ['removal-tool-missing', noHelm, 'helm is not on the PATH'],
  ['removal-takes-more', helm(async () => [istiod, tag]), 'MutatingWebhookConfiguration istio-revision-tag-prod'],
  [
    'removal-cannot-be-checked',
    helm(async () => {
      throw new BrokenWorld('helm get failed: secrets is forbidden', { remedy: 'See docs/rbac.' });
    }),
    'secrets is forbidden',
  ],
];

describe.each(['upgrade', 'complete'] as const)('%s', (command) => {
  it.each(OBSTACLES)('is refused before anything is written: %s', async (id, installer, message) => {
    const { ending, writes, ids } = await endingOf(command, meshInMemory([ofHelm]), installer, 'auto');
    expect(ending).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(message) });
    expect(ids).toContain(`${id} blocks`);
    expect(writes).toBe(0);
  });

  it('is refused before anything is written: config-not-writable', async () => {
    const cluster = meshInMemory([virtualServices]);
    cluster.before = ({ kind, verb }) => {
      if (kind === 'VirtualService' && verb === 'create')
        throw new ApiError('create VirtualService: 500: no endpoints for istiod', { status: 500, reason: '' });
    };
    const { ids, writes } = await endingOf(command, cluster, {}, 'auto');
    expect(ids).toContain('config-not-writable blocks');
    expect(writes).toBe(0);
  });

  it.each(['keep', 'verify'] as const)('asks for no removal where remove-source is %s', async (removeSource) => {
    const { ids } = await endingOf(command, meshInMemory([ofHelm]), noHelm, removeSource);
    expect(ids.filter((id) => id.startsWith('removal-'))).toEqual([]);
  });
});

it('a release that is exactly the source keeps nobody', async () => {
  const cluster = meshInMemory([ofHelm]);
  const { ending } = await endingOf(
    'complete',
    cluster,
    helm(async () => [istiod]),
    'auto',
  );
  // The tag still points to it here: that is the next thing to be said, and not by the preparation.
  expect(ending.reasonCode).toBe('source-in-use');
  expect(cluster.peek(DEPLOYMENT, 'istiod-1-31', 'istio-system')).toBeDefined();
});
