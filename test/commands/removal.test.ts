import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { plan as runPlan } from '../../src/commands/plan.ts';
import { type Carrying, prepare } from '../../src/commands/prepare.ts';
import { foreseenFindings } from '../../src/commands/removal.ts';
import type { FrozenConfig } from '../../src/config/config.ts';
import { DEPLOYMENT, type KubeObject } from '../../src/mesh/kinds.ts';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import type { Journal } from '../../src/plan/journal.ts';
import type { InstallerPort } from '../../src/ports/installer.ts';
import { ApiError, BrokenWorld, NoCredentials } from '../../src/shared/errors.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { aPod, aSnapshot } from '../builders/snapshot.ts';
import {
  type RawPod,
  rawDefaultValidator,
  rawInjector,
  rawIstiod,
  rawIstiodService,
  rawNamespace,
  rawPod,
  rawTag,
  rawTagService,
  rawValidator,
  rawVirtualServices,
} from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { FakeLog } from '../fakes/log.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

type RemoveSource = FrozenConfig['removeSource'];
const RELEASE = {
  'meta.helm.sh/release-name': 'istiod-1-31',
  'meta.helm.sh/release-namespace': 'istio-system',
};
const istiod: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', ...rawIstiod('1-31', '1.31.0') };
const ofHelm: KubeObject = { ...istiod, metadata: { ...istiod.metadata, annotations: RELEASE } };
const tag: KubeObject = { ...rawTag('prod', '1-31'), kind: 'MutatingWebhookConfiguration' };
const BY_ISTIO = '500: failed calling webhook "validation.istio.io": no endpoints available for service "istiod"';
const BY_POLICY = '403: admission webhook "validate.kyverno.svc-fail" denied the request: label team is missing';
/** The dry run of a VirtualService is answered so. */
function denying(denial: string, cluster = meshInMemory([rawVirtualServices])): FakeCluster {
  cluster.before = ({ kind, verb }) => {
    if (kind === 'VirtualService' && verb === 'create')
      throw new ApiError(`create VirtualService: ${denial}`, { status: Number.parseInt(denial, 10), reason: '' });
  };
  return cluster;
}
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

async function endingOf(
  command: Carrying,
  cluster: FakeCluster,
  installer: object,
  removeSource: RemoveSource,
  journal = moved(removeSource),
) {
  const run = fakeRun(cluster, command, command === 'complete' ? journal : undefined);
  const log = new FakeLog();
  const ending = await carryOn(
    {
      ...run,
      config: { ...run.config, frozen: frozenConfig({ removeSource }) },
      world: { ...run.world, log, installer: { ...run.world.installer, ...installer } },
    },
    command,
  );
  const writes = cluster.requests.filter(
    ({ verb, dryRun }) => !dryRun && !['get', 'list', 'proxy'].includes(verb),
  ).length;
  return { ending, writes, lines: log.lines, ids: ending.findings.map(({ id, severity }) => `${id} ${severity}`) };
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

  it('finds nothing where helm cannot be asked for want of credentials: the run ends as they do', async () => {
    const expired = new NoCredentials('the plugin failed', { remedy: 'Log in.' });
    const failing = helm(async () => {
      throw expired;
    });
    await expect(endingOf(command, meshInMemory([ofHelm]), failing, 'auto')).rejects.toBe(expired);
  });

  it.each(['auto', 'verify'] as const)(
    'is refused before anything is written, with remove-source: %s: config-not-writable',
    async (removeSource) => {
      const { ids, writes } = await endingOf(command, denying(BY_ISTIO), {}, removeSource);
      expect(ids).toContain('config-not-writable blocks');
      expect(writes).toBe(0);
    },
  );

  it.each(['auto', 'verify'] as const)(
    'is not refused for what a policy denies, with remove-source: %s',
    async (remove) => {
      const { ids, lines } = await endingOf(command, denying(BY_POLICY), {}, remove);
      expect(lines.join('\n')).toMatch(/^notice config-not-provable: .*label team is missing/mu);
      expect(ids).not.toContain('config-not-writable blocks');
    },
  );

  it.each(['keep', 'verify'] as const)('asks for no removal where remove-source is %s', async (removeSource) => {
    const { ids } = await endingOf(command, meshInMemory([ofHelm]), noHelm, removeSource);
    expect(ids.filter((id) => id.startsWith('removal-'))).toEqual([]);
  });
});

const replica = (name: string, over: RawPod = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...rawPod({
    ...over,
    namespace: 'istio-system',
    name,
    injected: null,
    labels: { app: 'istiod', 'istio.io/rev': '1-31' },
  }),
});
/** As on a private cluster whose firewall admits the control plane to other ports only. */
function unreachable(...more: readonly KubeObject[]): FakeCluster {
  const cluster = meshInMemory([replica('istiod-a'), ...more]);
  cluster.onProxyGet = ({ name }) => {
    if (name !== 'istiod-a') return 'pilot_info{version="1.31.0"} 1\n';
    throw new ApiError('503: dial tcp 10.0.0.7:15014: i/o timeout', { status: 503, reason: 'ServiceUnavailable' });
  };
  return cluster;
}
const proxied = (cluster: FakeCluster): number => cluster.requests.filter(({ verb }) => verb === 'proxy').length;

describe.each(['upgrade', 'complete'] as const)('%s, where istiod cannot be asked who is connected,', (command) => {
  it.each(['auto', 'verify'] as const)(
    'is refused before anything is written, with remove-source: %s',
    async (removeSource) => {
      const cluster = unreachable();
      const { ending, writes, ids } = await endingOf(command, cluster, {}, removeSource);
      expect(ending).toMatchObject({
        kind: 'refused',
        reasonCode: 'istiod-unreachable',
        sentence: expect.stringContaining('i/o timeout'),
      });
      expect(ids).toContain('istiod-unreachable blocks');
      expect({ writes, asked: proxied(cluster) }).toEqual({ writes: 0, asked: 1 });
    },
  );

  it('is told that the port did not answer, where a firewall drops what it does not admit', async () => {
    const cluster = unreachable();
    cluster.onProxyGet = (_pod, _path, patience) => {
      const within = `${String(patience?.attempts)} times ${String(patience?.deadlineMs)} ms`;
      throw new ApiError(`no answer within ${within}`, { status: 0, reason: 'Timeout' });
    };
    const { ending } = await endingOf(command, cluster, {}, 'auto');
    expect(ending.sentence).toContain('port 15014 did not answer: no answer within 2 times 10000 ms');
  });

  it('does not ask where the source is kept', async () => {
    const cluster = unreachable();
    const { ids } = await endingOf(command, cluster, {}, 'keep');
    expect(ids).not.toContain('istiod-unreachable blocks');
    expect(proxied(cluster)).toBe(0);
  });

  it.each<[string, FakeCluster]>([
    ['another replica answers', unreachable(replica('istiod-b'))],
    ['it is not ready, and so no port is the cause', meshInMemory([replica('istiod-a', { ready: false })])],
    [
      'it is ending, after a removal that was cut off',
      meshInMemory([replica('istiod-a', { meta: { deletionTimestamp: '2026-10-01T12:00:00Z' } })]),
    ],
  ])('leaves it to the proof where %s', async (_why, cluster) => {
    const { ending } = await endingOf(command, cluster, {}, 'verify');
    expect(ending.reasonCode).not.toBe('istiod-unreachable');
  });
});

const without = (): FakeCluster =>
  meshInMemory([rawVirtualServices], {
    mutating: [rawInjector('1-32'), rawTag('default', '1-32')],
    validating: [rawValidator('1-32'), rawDefaultValidator('1-32')],
    services: [rawIstiodService('1-32'), rawTagService('default', '1-32')],
    deployments: [rawIstiod('1-32', '1.32.0')],
  });

describe('a source that was removed by hand, or by its owner,', () => {
  const written = [{ kind: 'tag', tag: asTag('default'), from: asRevision('1-31'), to: asRevision('1-32') }] as const;

  it.each<[string, RemoveSource, FakeCluster]>([
    ['for istiod could not be asked,', 'auto', without()],
    ['and a policy denies config objects,', 'verify', denying(BY_POLICY, without())],
    ["and Istio's webhook does not answer,", 'verify', denying(BY_ISTIO, without())],
  ])('%s is completed (%s)', async (_why, removeSource, cluster) => {
    const { ending } = await endingOf('complete', cluster, {}, removeSource, { ...moved(removeSource), written });
    expect(ending).toMatchObject({ kind: 'completed' });
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

/** What is told of the removal before the upgrade begins, as `start` warns of it and `plan` finds it. */
async function toldBeforehand(
  command: 'plan' | 'start',
  cluster: FakeCluster,
  installer: object,
  removeSource: RemoveSource,
) {
  const log = new FakeLog();
  const made = fakeRun(cluster, command);
  const run = {
    ...made,
    config: { ...made.config, frozen: frozenConfig({ removeSource }) },
    world: { ...made.world, log, installer: { ...made.world.installer, ...installer } },
  };
  const ending = await (command === 'plan' ? runPlan(run) : prepare(run, command));
  const found = 'findings' in ending ? ending.findings : [];
  expect(ending.kind).toBe(command === 'plan' ? 'planned' : 'ready');
  return [
    ...found.map(({ id, severity, message, remedy }) => `${severity}: ${id}: ${message}. ${remedy}`),
    ...log.lines.filter((line) => line.startsWith('warning: ')),
  ];
}
const mutating: KubeObject = { ...tag, apiVersion: 'admissionregistration.k8s.io/v1' };
const byTag: KubeObject = {
  ...rawNamespace('legacy', { 'istio.io/rev': 'prod' }),
  apiVersion: 'v1',
  kind: 'Namespace',
};

describe.each(['plan', 'start'] as const)('%s goes on, and tells', (command) => {
  it.each(OBSTACLES)('what `complete` would be refused for: %s', async (id, installer, message) => {
    const [told = '', ...more] = await toldBeforehand(command, meshInMemory([ofHelm]), installer, 'auto');
    expect(told).toContain(
      `: ${id}: run from here, \`upgrade\` and \`complete\` would be refused: 1-31 cannot be removed`,
    );
    expect(told).toContain(message);
    expect(more).toEqual([]);
  });

  it.each(['auto', 'verify'] as const)(
    'who will still use the source, with remove-source: %s',
    async (removeSource) => {
      const told = await toldBeforehand(command, meshInMemory([mutating, byTag]), noHelm, removeSource);
      expect(told).toEqual([
        expect.stringContaining(
          ': source-stays-in-use: once all that this plan moves has moved, 1-31 is still in use: tag prod points to 1-31 (Service istio-system/istiod-1-31); namespace legacy is labelled istio.io/rev=prod',
        ),
      ]);
    },
  );

  it('nothing, where the source is to be kept', async () => {
    expect(await toldBeforehand(command, meshInMemory([ofHelm, mutating, byTag]), noHelm, 'keep')).toEqual([]);
  });

  it('that istiod cannot be asked who is connected, while the source can still be kept', async () => {
    const [told = '', ...more] = await toldBeforehand(command, unreachable(), {}, 'verify');
    expect(told).toContain(': istiod-unreachable: `upgrade` and `complete` would be refused: 1-31 cannot be removed');
    expect(told).toContain('Else use `remove-source: keep`');
    expect(more).toEqual([]);
  });

  it('nothing of istiod, which it does not ask without the right to', async () => {
    const cluster = unreachable();
    cluster.allows = ({ subresource }) => subresource !== 'proxy';
    const told = await toldBeforehand(command, cluster, {}, 'verify');
    expect(told.filter((line) => line.includes('istiod-unreachable'))).toEqual([]);
    expect(proxied(cluster)).toBe(0);
  });

  it('that config objects cannot be written, where it may ask', async () => {
    const [told = '', ...more] = await toldBeforehand(command, denying(BY_ISTIO), {}, 'verify');
    expect(told).toContain(': config-not-writable: `upgrade` and `complete` would be refused: 1-31 cannot be removed');
    expect(more).toEqual([]);
    const mayNot = denying(BY_ISTIO);
    mayNot.allows = ({ resource }) => resource !== 'virtualservices';
    const unasked = await toldBeforehand(command, mayNot, {}, 'verify');
    expect(unasked.filter((line) => line.includes('config-not-writable'))).toEqual([]);
  });

  it('nothing of helm, where its owner removes the source', async () => {
    expect(await toldBeforehand(command, meshInMemory([ofHelm]), noHelm, 'verify')).toEqual([]);
  });

  it('nothing, where the release is exactly the source', async () => {
    const exact = helm(async () => [istiod]);
    expect(await toldBeforehand(command, meshInMemory([ofHelm]), exact, 'auto')).toEqual([]);
  });
});

it('who may not read the release is sent to those who may', async () => {
  const [, unreadable] = OBSTACLES.find(([id]) => id === 'removal-cannot-be-checked') ?? [];
  const [told] = await toldBeforehand('plan', meshInMemory([ofHelm]), unreadable ?? {}, 'auto');
  expect(told).toContain('Let `complete` run with credentials that may read it');
});

it('of more users than five the rest are counted', async () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ ...byTag, metadata: { ...byTag.metadata, name } }));
  const [told] = await toldBeforehand('plan', meshInMemory([mutating, ...many]), noHelm, 'auto');
  expect(told).toContain(
    'namespace d is labelled istio.io/rev=prod: tag prod, which points to 1-31; and 2 more; `upgrade` leaves',
  );
});

const LEGACY = {
  name: 'legacy',
  move: 'follows-tag',
  pods: 1,
  workloads: 1,
  original: { injection: 'enabled', rev: null },
} as const;
const foretoldOf = async (strategy: 'tag' | 'relabel', injected: string) => {
  const plan = { ...aPlan([['payments']], { removeSource: 'keep', strategy }), excluded: [LEGACY] };
  const snapshot = aSnapshot({ pods: [aPod({ namespace: 'legacy', injected: asRevision(injected) })] });
  const found = await foreseenFindings(fakeRun(meshInMemory(), 'plan'), 'plan', plan, snapshot);
  return found.map(({ subject, message }) => `${subject}: ${message}`);
};

describe('a tag that moves at the end', () => {
  it('does not while pods on the source follow it that the plan leaves out, which is said beforehand', async () => {
    expect(await foretoldOf('relabel', '1-31')).toEqual([
      'tag default: it moves at the end, and not while pods on 1-31 follow it that this plan leaves out (legacy): `complete` is refused then',
    ]);
    expect(await foretoldOf('relabel', '1-32')).toEqual([]);
    expect(await foretoldOf('tag', '1-31')).toEqual([]);
  });
});
