import { describe, expect, it } from 'vitest';
import { endingOfError } from '../../src/commands/ending-of-error.ts';
import { NAMESPACE } from '../../src/mesh/kinds.ts';
import { unlessContested } from '../../src/phases/contested.ts';
import { holdPins } from '../../src/phases/hold-pins.ts';
import { pinWaiting } from '../../src/phases/pin-waiting.ts';
import type { Session } from '../../src/phases/session.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import { Contested } from '../../src/shared/errors.ts';
import { drive } from '../../src/upgrade.ts';
import { aJournal, aPlan, aPlannedNamespace, aVerdict } from '../builders/plan.ts';
import { rawNamespace } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

type Labels = Readonly<Record<string, string>>;
const FOUND = { 'istio-injection': 'enabled' };
const PINNED = { 'istio.io/rev': '1-31' };
const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const argo = {
  manager: 'argocd-controller',
  fieldsV1: { 'f:metadata': { 'f:labels': { 'f:istio-injection': {} } } },
};
const labelled = (name: string, labels: Labels) => ({
  ...rawNamespace(name, labels, { managedFields: [argo] }),
  apiVersion: 'v1',
  kind: 'Namespace',
});
const labelsOf = (cluster: FakeCluster, name: string): Labels => {
  const { 'kubernetes.io/metadata.name': _, ...labels } = cluster.peek(NAMESPACE, name)?.metadata.labels ?? {};
  return labels;
};
const patches = ({ requests }: FakeCluster) => requests.filter(({ verb }) => verb === 'patch').map(({ name }) => name);

/** `first` and `second` are batches, `left` is excluded; all are pinned as phase 3 pins them. */
async function pinned(over: Partial<UpgradePlan> = {}) {
  const cluster = meshInMemory(['first', 'second', 'left'].map((name) => labelled(name, FOUND)));
  const plan = aPlan([['first'], ['second']], { excluded: [aPlannedNamespace('left')], ...over });
  const faked = fakeSession(cluster, aJournal({ plan, install: 'done', pin: 'done' }));
  if (plan.pinWaiting) await pinWaiting(faked.session);
  cluster.requests.length = 0;
  faked.log.lines.length = 0;
  const warnings = () => faked.log.lines.filter((line) => line.startsWith('warning: '));
  return { ...faked, cluster, warnings };
}
const takeBack = (cluster: FakeCluster, name: string, labels: Labels = FOUND) => cluster.put(labelled(name, labels));
const fought = async (session: Session, moving?: number): Promise<Contested> => {
  const error: unknown = await holdPins(session, moving).catch((thrown: unknown) => thrown);
  if (error instanceof Contested) return error;
  throw new Error('nobody fought', { cause: error });
};

describe('pins that stand', () => {
  it('are asked about with one list, and neither written nor told', async () => {
    const { session, cluster, saves, log } = await pinned();
    const before = saves.length;
    await holdPins(session, 1);
    expect(cluster.requests.map(({ verb, kind }) => `${verb} ${kind}`)).toEqual(['list Namespace']);
    expect(saves).toHaveLength(before);
    expect(log.lines).toEqual([]);
  });

  it('are not asked about where nothing is pinned', async () => {
    const { session, cluster } = await pinned({ pinWaiting: false });
    await holdPins(session);
    expect(cluster.requests).toEqual([]);
  });
});

describe('a pin that somebody took back', () => {
  it.each([
    ['all of it', FOUND],
    ['by the label that outranks it', { ...FOUND, ...PINNED }],
  ])('is written again, with a warning that names the writer: %s', async (_how, labels) => {
    const { session, cluster, warnings } = await pinned();
    takeBack(cluster, 'second', labels);
    await holdPins(session, 1);
    expect(labelsOf(cluster, 'second')).toEqual(PINNED);
    expect(patches(cluster)).toEqual(['second']);
    expect(warnings()).toEqual([
      'warning: Namespace second: istio-injection is enabled again, and not what this upgrade wrote; argocd-controller wrote it: it is pinned to 1-31 once more. argocd-controller keeps this object: make the change where it is declared, or pause it until the upgrade is over.',
    ]);
  });

  it('is written again also where its namespace is excluded', async () => {
    const { session, cluster } = await pinned();
    takeBack(cluster, 'left');
    await holdPins(session, 2);
    expect(labelsOf(cluster, 'left')).toEqual(PINNED);
  });

  it('is left to whoever made something else of it', async () => {
    const { session, cluster, warnings } = await pinned();
    takeBack(cluster, 'second', { 'istio.io/rev': '1-30' });
    await holdPins(session);
    expect(patches(cluster)).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  it('holds the run the second time, which writes nothing more', async () => {
    const { session, cluster } = await pinned();
    takeBack(cluster, 'second');
    await holdPins(session);
    takeBack(cluster, 'second');
    const error = await fought(session, 1);
    expect(patches(cluster)).toEqual(['second']);
    expect(error.message).toMatch(
      /^Namespace second: istio-injection is enabled again, .*; argocd-controller wrote it$/u,
    );
    expect(endingOfError(error, 'promote')).toMatchObject({ kind: 'held', reasonCode: 'contested' });
  });

  it('holds the run at once where what is written again does not stay', async () => {
    const { session, cluster } = await pinned();
    takeBack(cluster, 'second');
    cluster.admit = (object) => (object.metadata.name === 'second' ? labelled('second', FOUND) : object);
    expect((await fought(session)).message).toContain('argocd-controller wrote it');
  });

  it.each(['for the second time', 'at once'])(
    'is pinned by the run after that, once nobody keeps it any more: %s',
    async (when) => {
      const { session, cluster } = await pinned();
      takeBack(cluster, 'second');
      if (when === 'at once') cluster.admit = (object) => ({ ...object, metadata: labelled('second', FOUND).metadata });
      else {
        await holdPins(session);
        takeBack(cluster, 'second');
      }
      await fought(session);
      cluster.admit = (object) => object;
      await holdPins(session);
      expect(labelsOf(cluster, 'second')).toEqual(PINNED);
    },
  );
});

describe('a pin of the batch that moves', () => {
  it('is not written again, and keeps the batch from no PASS', async () => {
    const { session, cluster, warnings } = await pinned();
    takeBack(cluster, 'first');
    await holdPins(session, 1);
    const pass = aVerdict();
    expect(await unlessContested(session, ['first'], pass)).toBe(pass);
    expect(patches(cluster)).toEqual([]);
    expect(warnings()).toEqual([]);
  });
});

describe('a run', () => {
  it('pins again before the tag moves', async () => {
    const { session, cluster } = await pinned();
    takeBack(cluster, 'second');
    expect((await drive({ session, command: 'start', settings })).kind).toBe('started');
    const written = cluster.requests.filter(({ verb }) => verb === 'patch' || verb === 'update');
    expect(written.map(({ kind, name }) => `${kind} ${name}`).slice(0, 2)).toEqual([
      'Namespace second',
      'MutatingWebhookConfiguration istio-revision-tag-default',
    ]);
  });

  it('begins no batch while somebody keeps what waits from its pin', async () => {
    const { session, cluster } = await pinned();
    await drive({ session, command: 'start', settings });
    takeBack(cluster, 'second');
    await holdPins(session);
    takeBack(cluster, 'second');
    await expect(drive({ session, command: 'promote', batch: 1, settings })).rejects.toThrow(Contested);
    expect(session.journal().batches).toEqual([
      { number: 1, status: 'open' },
      { number: 2, status: 'open' },
    ]);
    expect(labelsOf(cluster, 'first')).toEqual(PINNED);
  });
});
