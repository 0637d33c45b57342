import { beforeEach, describe, expect, it } from 'vitest';
import { JournalConfigMap } from '../../../src/adapters/kubernetes/journal-config-map.ts';
import type { JournalMap } from '../../../src/adapters/kubernetes/journal-text.ts';
import { CONFIG_MAP, type Kind } from '../../../src/mesh/kinds.ts';
import { ApiError, BrokenWorld, LostJournal, LostLease } from '../../../src/shared/errors.ts';
import { aJournal } from '../../builders/plan.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';

const MAP: Kind<JournalMap> = CONFIG_MAP;
const ref = { kind: CONFIG_MAP, name: 'istio-canary-upgrade', namespace: 'istio-system' };
let cluster: FakeCluster;
let store: JournalConfigMap;
const another = (): JournalConfigMap => new JournalConfigMap(cluster, 'istio-system', String);
const stored = (): JournalMap | undefined => cluster.peek(MAP, ref.name, ref.namespace);
const lost = (status: number): ApiError => new ApiError('patch: no answer', { status, reason: 'ECONNRESET' });

beforeEach(() => {
  cluster = new FakeCluster();
  store = another();
});

describe('the journal in a ConfigMap', () => {
  it('is absent at first', async () => {
    expect(await store.load()).toEqual({ kind: 'absent' });
  });
  it('is created, changed and read by another run', async () => {
    await store.save(aJournal());
    await store.save(aJournal({ state: 'held' }));
    expect(await another().load()).toEqual({ kind: 'found', journal: aJournal({ state: 'held' }) });
  });
  it('says in words what it holds, for people with kubectl', async () => {
    await store.save(aJournal({ batches: [{ number: 1, status: 'passed' }] }));
    expect(stored()?.data).toMatchObject({
      state: 'in-progress',
      summary:
        '1-31 to 1-32: in-progress, 1 of 1 batches passed; plan 0123456789ab, begun by octocat, updated 2026-10-01T12:00:00Z',
    });
    expect(stored()?.metadata.labels).toEqual({ 'app.kubernetes.io/name': 'istio-canary-upgrade' });
  });
  it('keeps what others put beside it', async () => {
    await store.save(aJournal());
    await cluster.patch(CONFIG_MAP, ref, { metadata: { labels: { team: 'sre' } }, data: { note: 'ours' } });
    await store.load();
    await store.save(aJournal({ state: 'held' }));
    expect(stored()?.metadata.labels).toMatchObject({ team: 'sre' });
    expect(stored()?.data).toMatchObject({ note: 'ours', state: 'held' });
  });
  it.each(['completed', 'rolled-back'] as const)('stays when %s, until the next one replaces it', async (state) => {
    await store.save(aJournal({ state }));
    const next = another();
    expect(await next.load()).toMatchObject({ kind: 'found', journal: { state } });
    await next.save(aJournal({ id: 'another', fence: 2 }));
    expect(await another().load()).toMatchObject({ journal: { id: 'another', state: 'in-progress' } });
  });
});

describe('someone else who writes the journal', () => {
  it('is noticed by the one who loaded before', async () => {
    await store.save(aJournal());
    const other = another();
    await other.load();
    await other.save(aJournal({ fence: 2 }));
    await expect(store.save(aJournal())).rejects.toThrow(LostLease);
  });
  it('is noticed when both saw none', async () => {
    const other = another();
    await Promise.all([store.load(), other.load()]);
    await other.save(aJournal());
    await expect(store.save(aJournal())).rejects.toThrow(LostLease);
  });
  it('is noticed by its higher fence, even when this run loads late', async () => {
    await another().save(aJournal({ fence: 3 }));
    await store.load();
    await expect(store.save(aJournal({ fence: 2 }))).rejects.toThrow('belongs to a later run');
  });
  it('may also have deleted it', async () => {
    await store.save(aJournal());
    cluster.remove(ref);
    const saving = store.save(aJournal({ state: 'held' }));
    await expect(saving).rejects.toThrow(LostJournal);
    await expect(saving).rejects.toThrow(
      'the journal (ConfigMap istio-system/istio-canary-upgrade) was deleted while this run worked; this run writes nothing more',
    );
    expect(stored()).toBeUndefined();
  });
});

describe('a journal that cannot be read', () => {
  it.each<[string, Partial<JournalMap>]>([
    ['no such key', { data: { state: 'held' } }],
    ['damaged', { data: { 'journal.json': '{"schema":1' } }],
    ['of a newer version', { data: { 'journal.json': '{"schema":2}' } }],
    ['damaged while compressed', { binaryData: { 'journal.json.gz': 'AAAA' } }],
  ])('is said to be, and never overwritten: %s', async (_why, content) => {
    cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, ...content });
    expect(await store.load()).toMatchObject({ kind: 'unreadable' });
    await expect(store.save(aJournal())).rejects.toThrow(BrokenWorld);
    await expect(another().save(aJournal())).rejects.toThrow('is not overwritten');
  });
});

/** The next write fails with `status`, after it was done or instead. */
const failOnce = (status: number, done: boolean): void => {
  let armed = true;
  cluster.before = async ({ verb, body }) => {
    if (!armed || (verb !== 'patch' && verb !== 'create')) return;
    armed = false;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the store itself sent
    if (done && verb === 'patch') await cluster.patch(MAP, ref, body as Parameters<FakeCluster['patch']>[2]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
    if (done && verb === 'create') await cluster.create(MAP, body as JournalMap);
    throw lost(status);
  };
};

describe('a write whose answer is lost', () => {
  it.each([
    [0, true, 'done, then the connection broke'],
    [0, false, 'the connection broke before'],
    [504, true, 'done, then the proxy gave up'],
    [500, false, 'a hiccup'],
  ])('is looked up: status %i, done: %s (%s)', async (status, done) => {
    failOnce(status, done);
    await store.save(aJournal());
    failOnce(status, done);
    await store.save(aJournal({ state: 'held' }));
    await store.save(aJournal({ state: 'in-progress' }));
    expect(await another().load()).toMatchObject({ kind: 'found', journal: { state: 'in-progress' } });
  });
  it('is given up when it fails again and again', async () => {
    cluster.before = ({ verb }) => {
      if (verb === 'create') throw lost(500);
    };
    await expect(store.save(aJournal())).rejects.toMatchObject({ status: 500 });
    expect(cluster.requests.filter(({ verb }) => verb === 'create')).toHaveLength(3);
  });
  it('gives way to whoever wrote in between', async () => {
    await store.save(aJournal());
    let armed = true;
    cluster.before = async ({ verb }) => {
      if (verb !== 'patch' || !armed) return;
      armed = false;
      const other = another();
      await other.load();
      await other.save(aJournal({ fence: 2 }));
      throw lost(0);
    };
    await expect(store.save(aJournal({ state: 'held' }))).rejects.toThrow(LostLease);
  });
  it('is repeated after a conflict that was none: nobody has written', async () => {
    await store.save(aJournal());
    let left = 2;
    cluster.before = ({ verb }) => {
      if (verb === 'patch' && left-- > 0) throw new ApiError('patch: 409', { status: 409, reason: 'Conflict' });
    };
    await store.save(aJournal({ state: 'held' }));
    expect(await another().load()).toMatchObject({ journal: { state: 'held' } });
  });
  it('is not repeated when it is not allowed', async () => {
    cluster.before = ({ verb }) => {
      if (verb === 'create') throw new ApiError('create: 403', { status: 403, reason: 'Forbidden' });
    };
    await expect(store.save(aJournal())).rejects.toMatchObject({ status: 403 });
  });
});
