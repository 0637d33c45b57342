// When does the removal of the source begin, and whose verdict is the tag's? What the journal says of both decides what may still be asked for.
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/plan/journal.ts';
import { decodeJournal, encodeJournal } from '../../src/plan/journal-codec.ts';
import { MUTATING, NAMESPACE } from '../../src/mesh/kinds.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { drive } from '../../src/upgrade.ts';
import { aMovedJournal, aVerdict } from '../builders/plan.ts';
import { rawDefaultValidator, rawNamespace, rawTag, rawValidator, rawVirtualServices } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { FakePrometheus } from '../fakes/prometheus.ts';
import { meshInMemory, tagged } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const refused = new ApiError('it is refused', { status: 403, reason: 'Forbidden' });
const moved = (over: Partial<Journal> = {}, plan: Parameters<typeof aMovedJournal>[0] = {}): Journal =>
  aMovedJournal(plan, over);
/** A gate without Prometheus ends as HOLD (misconfigured). */
const relabelled = (over: Partial<Journal> = {}): Journal =>
  moved({ tag: 'pending', ...over }, { strategy: 'relabel' });
const mesh = (revision: string): FakeCluster =>
  meshInMemory([rawVirtualServices], {
    ...tagged(revision),
    validating: [rawValidator('1-32'), rawDefaultValidator('1-32')],
  });

async function complete(cluster: FakeCluster, journal: Journal) {
  const { session, saves } = fakeSession(cluster, journal);
  const ending = await drive({ session, command: 'complete', settings }).catch((error: unknown) => error);
  return { ending, saves, journal: session.journal() };
}

describe('the removal of the source', () => {
  it('begins with its first deletion, and is announced in one write with it', async () => {
    const cluster = mesh('1-32');
    const { saves, ending } = await complete(cluster, moved());
    expect(ending).toMatchObject({ kind: 'completed' });
    const begins = saves.filter((save) => save.complete === 'begun')[0];
    expect(begins?.timeline.map(({ text }) => text)).toEqual([
      'complete begun',
      'delete MutatingWebhookConfiguration istio-sidecar-injector-1-31',
    ]);
  });

  it('has begun where a run died at that deletion, and is gone on with', async () => {
    const cluster = mesh('1-32');
    cluster.before = ({ verb }) => {
      if (verb === 'delete') throw refused;
    };
    const { journal } = await complete(cluster, moved());
    expect(journal.complete).toBe('begun');
    cluster.before = () => undefined;
    expect((await complete(cluster, journal)).ending).toMatchObject({ kind: 'completed' });
  });

  it('has not begun where a check forbids that deletion', async () => {
    const cluster = mesh('1-32');
    cluster.before = ({ kind, verb }) => {
      if (kind === 'VirtualService' && verb === 'create')
        throw new ApiError('failed calling webhook "validation.istio.io"', { status: 500, reason: '' });
    };
    const { ending, journal } = await complete(cluster, moved());
    expect(ending).toMatchObject({ message: expect.stringContaining('1-31 cannot be removed') });
    expect(journal.complete).toBe('pending');
  });

  it('has not begun where the tag, which moves before it, is held', async () => {
    const { ending, journal } = await complete(mesh('1-31'), relabelled());
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
    expect(journal).toMatchObject({ tag: 'begun', complete: 'pending' });
  });
});

describe('a second try of the tag', () => {
  const FAIL = aVerdict({ kind: 'FAIL', reasonCode: 'error-rate' });
  const back = relabelled({ failed: ['tag'], tagVerdict: FAIL });

  it('that died before it was judged is judged, and not answered by the FAIL of the first', async () => {
    const cluster = mesh('1-31');
    cluster.before = ({ verb }) => {
      if (verb === 'update') throw refused;
    };
    const { journal } = await complete(cluster, back);
    expect(journal.tag).toBe('begun');
    cluster.before = () => undefined;
    const { ending, journal: after } = await complete(cluster, journal);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
    expect(after).toMatchObject({ tag: 'begun', tagVerdict: { kind: 'HOLD' }, failed: ['tag'] });
  });

  it('leaves the soak its own verdict', async () => {
    const { journal } = await complete(mesh('1-31'), { ...back, soak: 'done', soakVerdict: aVerdict() });
    expect(journal).toMatchObject({ soakVerdict: { kind: 'PASS' }, tagVerdict: { kind: 'HOLD' } });
  });

  it('is what a journal leads to that kept the FAIL as the soak’s, as older ones did', async () => {
    const old = decodeJournal(encodeJournal(relabelled({ tag: 'begun', failed: ['tag'], soakVerdict: FAIL })));
    expect(old.kind).toBe('found');
    if (old.kind !== 'found') return;
    expect((await complete(mesh('1-32'), old.journal)).ending).toMatchObject({ reasonCode: 'misconfigured' });
  });
});

describe('a tag that is taken back while it is judged', () => {
  it('is named, and labels that would follow it are not given back', async () => {
    const cluster = mesh('1-31');
    const { apiVersion, kind: type } = NAMESPACE;
    cluster.put({ ...rawNamespace('payments', { 'istio.io/rev': '1-32' }), apiVersion, kind: type });
    const taken = { ...rawTag('default', '1-31'), apiVersion: MUTATING.apiVersion, kind: MUTATING.kind };
    const { session } = fakeSession(cluster, relabelled());
    const prometheus = new FakePrometheus({
      flows: [],
      trouble: () => {
        cluster.put(taken);
        return { kind: 'unreachable', reason: 'connection refused' };
      },
    });
    const run = drive({
      session: { ...session, world: { ...session.world, prometheus } },
      command: 'complete',
      settings: { ...settings, acceptHold: 'blind' },
    });
    await expect(run).rejects.toThrow('tag default points to 1-31, and belongs on 1-32: istio-ci changed it');
    expect(session.journal().tag).toBe('begun');
    expect(cluster.requests.filter(({ kind, verb }) => kind === 'Namespace' && verb === 'patch')).toEqual([]);
  });
});
