// Does moving a tag leave exactly what `istioctl tag set` leaves, but for what says who keeps the target?
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import { switchTag } from '../../src/phases/switch-tag.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { phaseWorld } from './phase-world.ts';

const MUTATING = 'mutatingwebhookconfiguration';
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ prometheus: false });
  await cluster.installIstio('1.31', { revision: '1-31' });
  await cluster.installIstio('1.32', { revision: '1-32' });
});
afterAll(async () => {
  await cluster?.stop();
});

const setTag = async (tag: string, revision: string): Promise<unknown> =>
  cluster.istioctl(revision === '1-31' ? '1.31' : '1.32', [
    'tag',
    'set',
    tag,
    '--revision',
    revision,
    '--overwrite',
    '-y',
  ]);
const move = async (tag: string, revision: string): Promise<void> =>
  switchTag(phaseWorld(cluster), { tag: asTag(tag), to: asRevision(revision), istioNamespace: 'istio-system' });

/** The tag's objects without what every write changes: versions, times, managers, and annotations that are empty. */
async function objectsOf(tag: string): Promise<unknown> {
  const wanted: [string, string][] = [
    [MUTATING, `istio-revision-tag-${tag}`],
    ['service', `istiod-revision-tag-${tag}`],
    ...(tag === 'default' ? [['validatingwebhookconfiguration', 'istiod-default-validator'] as [string, string]] : []),
  ];
  return Promise.all(
    wanted.map(async ([kind, name]) => {
      const text = await cluster.kubectl(['get', kind, name, '-n', 'istio-system', '-o', 'json']);
      const object: { metadata: Record<string, unknown> } = JSON.parse(text);
      const { name: own, namespace, labels, annotations = {} } = object.metadata;
      return { ...object, metadata: { name: own, namespace, labels, annotations } };
    }),
  );
}

describe('moving a tag', () => {
  it.each(['default', 'prod'])('leaves what istioctl leaves, there and back: %s', async (tag) => {
    await setTag(tag, '1-31');
    const source = await objectsOf(tag);
    await setTag(tag, '1-32');
    const target = await objectsOf(tag);
    await setTag(tag, '1-31');
    await move(tag, '1-32');
    expect(await objectsOf(tag)).toEqual(target);
    await move(tag, '1-31');
    expect(await objectsOf(tag)).toEqual(source);
  });

  it('keeps its promise while istiod edits the same object', async () => {
    await setTag('prod', '1-31');
    const spoil = cluster.kubectl(['label', MUTATING, 'istio-revision-tag-prod', 'touched=yes', '--overwrite']);
    await Promise.all([spoil, move('prod', '1-32')]);
    const seen = await cluster.kubectl([
      'get',
      MUTATING,
      'istio-revision-tag-prod',
      '-o',
      'jsonpath={.metadata.labels.istio\\.io/rev}',
    ]);
    expect(seen).toBe('1-32');
  });

  it('takes over no label by which somebody would prune it, where istioctl does', async () => {
    const label = 'app.kubernetes.io/instance';
    const bears = async (): Promise<string> =>
      cluster.kubectl(['get', MUTATING, '-l', `${label}=mesh,istio.io/tag=prod`, '-o', 'name']);
    await setTag('prod', '1-31');
    await cluster.kubectl(['label', MUTATING, 'istio-sidecar-injector-1-32', `${label}=mesh`, '--overwrite']);
    await move('prod', '1-32');
    expect(await bears()).toBe('');
    await setTag('prod', '1-32');
    expect(await bears()).not.toBe('');
  });

  it('writes nothing when the tag is there already', async () => {
    await move('prod', '1-32');
    const world = phaseWorld(cluster);
    await switchTag(world, { tag: asTag('prod'), to: asRevision('1-32'), istioNamespace: 'istio-system' });
    expect(world.intents).toEqual([]);
  });
});
