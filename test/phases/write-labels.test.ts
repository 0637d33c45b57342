import { describe, expect, it } from 'vitest';
import { NAMESPACE } from '../../src/mesh/kinds.ts';
import { writeLabels } from '../../src/phases/write-labels.ts';
import { ApiError, Contested, Interrupted } from '../../src/shared/errors.ts';
import { rawNamespace } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const PINNED = { 'istio-injection': null, 'istio.io/rev': '1-31' };
const namespace = (name: string, labels: Record<string, string>) => ({
  ...rawNamespace(name, labels),
  apiVersion: 'v1',
  kind: 'Namespace',
});
const aMesh = () =>
  new FakeCluster([
    namespace('a', { 'istio-injection': 'enabled', team: 'x' }),
    namespace('b', { 'istio.io/rev': '1-31' }),
  ]);
const labelsOf = async (cluster: FakeCluster, name: string) => (await cluster.get(NAMESPACE, name))?.metadata.labels;
const answering =
  (denied: string, status: number): FakeCluster['before'] =>
  ({ verb, name }) => {
    if (verb === 'patch' && name === denied)
      throw new ApiError(`patch Namespace ${name}: ${String(status)}: by policy`, { status, reason: '' });
  };
const writesOf = (cluster: FakeCluster) => cluster.requests.filter(({ verb }) => verb === 'patch');

describe('writing labels', () => {
  it('writes both injection labels in one patch and leaves every other label alone', async () => {
    const cluster = aMesh();
    await writeLabels(fakeSession(cluster).session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    expect(await labelsOf(cluster, 'a')).toMatchObject({ team: 'x', 'istio.io/rev': '1-31' });
    expect(await labelsOf(cluster, 'a')).not.toHaveProperty('istio-injection');
    expect(writesOf(cluster)).toHaveLength(1);
  });

  it('journals the values it replaces before the first patch', async () => {
    const cluster = aMesh();
    const { session, saves } = fakeSession(cluster);
    const journalled: unknown[] = [];
    cluster.before = ({ verb }) => {
      if (verb === 'patch') journalled.push(saves.at(-1)?.written.length);
    };
    await writeLabels(session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    expect(journalled).toEqual([1]);
    expect(session.journal().written).toEqual([
      {
        kind: 'labels',
        object: { kind: 'Namespace', name: 'a' },
        where: 'metadata',
        labels: { 'istio-injection': { from: 'enabled', to: null }, 'istio.io/rev': { from: null, to: '1-31' } },
      },
    ]);
  });

  it('writes and journals nothing where everything is as wished', async () => {
    const cluster = aMesh();
    const { session, saves } = fakeSession(cluster);
    await writeLabels(session, NAMESPACE, [{ name: 'b', labels: PINNED }]);
    expect(writesOf(cluster)).toEqual([]);
    expect(saves).toEqual([]);
  });

  it('tries again when somebody else wrote first', async () => {
    const cluster = aMesh();
    let conflicts = 2;
    cluster.before = ({ verb }) => {
      if (verb === 'patch' && conflicts-- > 0)
        throw new ApiError('patch Namespace a: 409', { status: 409, reason: 'Conflict' });
    };
    await writeLabels(fakeSession(cluster).session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    expect(await labelsOf(cluster, 'a')).toHaveProperty('istio.io/rev', '1-31');
  });

  it('passes over a namespace that was deleted meanwhile', async () => {
    const { session } = fakeSession(aMesh());
    await expect(writeLabels(session, NAMESPACE, [{ name: 'gone', labels: PINNED }])).resolves.toEqual([]);
  });

  it('leaves alone, and names, what somebody else relabelled since the plan', async () => {
    const cluster = new FakeCluster([namespace('a', { 'istio.io/rev': '1-30' }), namespace('b', {})]);
    const found = { 'istio-injection': 'enabled', 'istio.io/rev': null };
    const { session, log } = fakeSession(cluster);
    const wish = { labels: PINNED, found };
    const left = await writeLabels(session, NAMESPACE, [
      { name: 'a', ...wish },
      { name: 'b', labels: PINNED, found: { 'istio-injection': null, 'istio.io/rev': null } },
    ]);
    expect(left).toEqual([
      'Namespace a: istio-injection is absent, istio.io/rev is 1-30, which this upgrade did not write: it is left alone',
    ]);
    expect(log.lines).toContain(`warning: ${String(left[0])}`);
    expect(await labelsOf(cluster, 'a')).toHaveProperty('istio.io/rev', '1-30');
    expect(await labelsOf(cluster, 'b')).toHaveProperty('istio.io/rev', '1-31');
  });

  it('does not write over a value that came between the journal and the patch', async () => {
    const cluster = aMesh();
    const { session } = fakeSession(cluster);
    cluster.before = ({ verb }) => {
      if (verb === 'get') cluster.put(namespace('a', { 'istio-injection': 'disabled' }));
    };
    const writing = writeLabels(session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    await expect(writing).rejects.toThrow(Contested);
    expect(writesOf(cluster)).toEqual([]);
  });

  it('stops and names the object when a label does not stay as written', async () => {
    const cluster = aMesh();
    cluster.onWrite = ({ verb }) => {
      if (verb === 'patch') cluster.put(namespace('a', { 'istio-injection': 'enabled' }));
    };
    const writing = writeLabels(fakeSession(cluster).session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    await expect(writing).rejects.toThrow(Contested);
    await expect(writing).rejects.toThrow('Namespace a: istio-injection is enabled again');
  });

  it.each([403, 500])('stops at a %i of the API server', async (status) => {
    const cluster = aMesh();
    cluster.before = answering('a', status);
    const writing = writeLabels(fakeSession(cluster).session, NAMESPACE, [{ name: 'a', labels: PINNED }]);
    await expect(writing).rejects.toThrow(ApiError);
  });

  it('announces and writes nothing once the run must stop', async () => {
    const cluster = aMesh();
    const { session, stop } = fakeSession(cluster);
    stop.abort(new Interrupted('SIGTERM'));
    await expect(writeLabels(session, NAMESPACE, [{ name: 'a', labels: PINNED }])).rejects.toThrow(Interrupted);
    expect(writesOf(cluster)).toEqual([]);
  });
});

describe('writing labels on the way back', () => {
  const wishes = ['a', 'b'].map((name) => ({ name, labels: { 'istio-injection': 'enabled', 'istio.io/rev': null } }));
  const pinned = () => new FakeCluster([namespace('a', { 'istio.io/rev': '1-32' }), namespace('b', PINNED_ONLY)]);
  const PINNED_ONLY = { 'istio.io/rev': '1-31' };

  it.each([400, 403, 409, 422, 500])('tells a %i of one object, and writes the others', async (status) => {
    const cluster = pinned();
    cluster.before = answering('a', status);
    const { session, log } = fakeSession(cluster);
    const left = await writeLabels(session, NAMESPACE, wishes, 'tell');
    expect(left).toEqual([
      `Namespace a: istio-injection: none → enabled, istio.io/rev: 1-32 → none is refused (patch Namespace a: ${String(status)}: by policy); it is left as it is, and what it keeps on another revision is not restarted. See who refuses it (a policy, a webhook, a role) and have it written, then restart its workloads.`,
    ]);
    expect(log.lines).toContain(`warning: ${String(left[0])}`);
    expect(await labelsOf(cluster, 'b')).toHaveProperty('istio-injection', 'enabled');
  });

  it('tells a label that does not stay as written, and journals that it stands', async () => {
    const cluster = pinned();
    cluster.admit = (object) => (object.metadata.name === 'a' ? namespace('a', { 'istio.io/rev': '1-32' }) : object);
    const { session } = fakeSession(cluster);
    const left = await writeLabels(session, NAMESPACE, wishes, 'tell');
    expect(left).toEqual([
      expect.stringMatching(
        /^Namespace a: istio-injection is absent again.* It needs istio-injection: none → enabled/u,
      ),
    ]);
    expect(await labelsOf(cluster, 'b')).toHaveProperty('istio-injection', 'enabled');
    expect(session.journal().written.at(-1)).toMatchObject({
      object: { name: 'a' },
      labels: { 'istio-injection': { from: 'enabled', to: null }, 'istio.io/rev': { from: null, to: '1-32' } },
    });
  });

  it.each([401, 503, 0])('stops at a %i, which is no object’s own', async (status) => {
    const cluster = pinned();
    cluster.before = answering('a', status);
    await expect(writeLabels(fakeSession(cluster).session, NAMESPACE, wishes, 'tell')).rejects.toThrow(ApiError);
  });
});
