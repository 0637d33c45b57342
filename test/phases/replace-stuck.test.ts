import { describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import type { MeshPod } from '../../src/mesh/snapshot.ts';
import { deleteStuck, stuckPod, stuckReplacer, type SetSeen } from '../../src/phases/replace-stuck.ts';
import { sightings } from '../../src/phases/sightings.ts';
import type { Expectation } from '../../src/phases/judge-workload.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawPod, rawWorkload } from '../builders/raw.ts';
import { aBarePod, aPod, SOURCE, TARGET } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const ref = { kind: 'StatefulSet', namespace: 'payments', name: 'ledger' } as const;
/** `ledger-0` to `ledger-2` run on the target, before the rollback's restart. */
const old = (ordinal: number, over: Partial<MeshPod> = {}): MeshPod =>
  aPod({ of: ref, name: `ledger-${String(ordinal)}`, injected: TARGET, ...over });
const renewed = (ordinal: number, over: Partial<MeshPod> = {}): MeshPod =>
  old(ordinal, { uid: `new-${String(ordinal)}`, injected: SOURCE, ...over });
const UNREADY = { ready: false, trouble: { kind: 'app-crash-loop', container: 'app' } } as const;
const CRASHING = { ready: false, proxyReady: false, trouble: { kind: 'proxy-crash-loop', message: 'boom' } } as const;
const before = new Set([0, 1, 2].map((ordinal) => old(ordinal).uid));
const expectation: Expectation = { ref, expected: SOURCE, before, generation: 3 };
const ledger = rawWorkload({ kind: 'StatefulSet', name: 'ledger', replicas: 3 });
const seen = (pods: readonly MeshPod[], over: Partial<SetSeen> = {}): SetSeen => ({
  workload: ledger,
  pods,
  leaving: [],
  ...over,
});

describe('the pod that a StatefulSet waits for', () => {
  it.each<{ why: string; set: SetSeen; is: string }>([
    { why: 'is the one of the old template that is not ready', set: seen([old(0), old(1), old(2, UNREADY)]), is: '2' },
    {
      why: 'is the first by its number where there are more: the controller goes no further',
      set: seen([old(2, UNREADY), old(1, UNREADY), old(0)]),
      is: '1',
    },
    { why: 'may have lost its sidecar', set: seen([aBarePod({ ...old(0), ready: false }), old(1), old(2)]), is: '0' },
    {
      why: 'is the next one of a set of which none is ready, although a new one is not ready either',
      set: seen([renewed(0, UNREADY), old(1, UNREADY), old(2, UNREADY)]),
      is: '1',
    },
    {
      why: 'is so where the controller goes by another order',
      set: seen([old(0, UNREADY), old(1, UNREADY), renewed(2, UNREADY)]),
      is: '0',
    },
    { why: 'keeps those after it from being created', set: seen([old(0), old(1, UNREADY)]), is: '1' },
    {
      why: 'is numbered from where its set begins',
      set: seen([old(1, UNREADY), old(2)], {
        workload: { ...ledger, spec: { ...ledger.spec, ordinals: { start: 1 } } },
      }),
      is: '1',
    },
  ])('$why', ({ set, is }) => {
    expect(stuckPod(set, expectation, TARGET)?.name).toBe(`ledger-${is}`);
  });

  it.each<{ why: string; set: SetSeen; over?: Partial<Expectation> }>([
    { why: 'it is ready, and is replaced in its turn', set: seen([old(0), old(1), old(2)]) },
    { why: 'it is new: another deletion would not mend it', set: seen([old(0), old(1), renewed(2, CRASHING)]) },
    { why: 'a new one is not ready yet', set: seen([old(0), old(1, CRASHING), renewed(2, UNREADY)]) },
    { why: 'another one is terminating', set: seen([old(0), old(1, CRASHING)], { leaving: [old(2)] }) },
    { why: 'one before it is missing', set: seen([old(1, CRASHING), old(2)]) },
    {
      why: 'it is of a revision that is none of ours',
      set: seen([old(0, { ...UNREADY, injected: asRevision('1-30') }), old(1), old(2)]),
    },
    { why: 'the set is gone', set: seen([old(2, UNREADY)], { workload: undefined }) },
    {
      why: 'the controller has not seen the new template yet',
      set: seen([old(0), old(1), old(2, UNREADY)]),
      over: { generation: 4 },
    },
    {
      why: 'a Deployment replaces pods that are not ready by itself',
      set: seen([old(0), old(1), old(2, UNREADY)]),
      over: { ref: { ...ref, kind: 'Deployment' } },
    },
  ])('is none where $why', ({ set, over }) => {
    expect(stuckPod(set, { ...expectation, ...over }, TARGET)).toBeUndefined();
  });
});

/** What is deleted when the set is looked at every second of `seconds`; `at` says what it looks like. */
async function deletedIn(
  seconds: number,
  at: (second: number, startMs: number) => readonly MeshPod[],
  timeoutMs = 600_000,
) {
  const cluster = new FakeCluster(
    [0, 1, 2].map((ordinal) => ({
      ...rawPod({ name: `ledger-${String(ordinal)}`, owner: ref, meta: { uid: old(ordinal).uid } }),
      apiVersion: 'v1',
      kind: 'Pod',
    })),
  );
  const { session } = fakeSession(cluster);
  const { clock } = session.world;
  const sighted = sightings();
  const look = stuckReplacer(session.world, TARGET, sighted, timeoutMs);
  const startMs = clock.now();
  for (let second = 0; second <= seconds; second++) {
    const pods = at(second, startMs);
    sighted.note(pods, clock.now());
    await look(seen(pods), expectation);
    await clock.sleep(1_000);
  }
  return cluster.requests.filter(({ verb }) => verb === 'delete').map(({ name }) => name);
}

const lastUnready = () => [old(0), old(1), old(2, UNREADY)];
/** By its own word. */
const unreadyFor = (ms: number) => (_second: number, startMs: number) => [
  old(0),
  old(1),
  old(2, { ...UNREADY, unreadySinceMs: startMs - ms }),
];

describe('a StatefulSet that is rolled back', () => {
  it('loses no pod that is unready for a moment only, however often', async () => {
    expect(await deletedIn(300, (second) => [old(0), old(1, second % 40 < 30 ? UNREADY : {}), renewed(2)])).toEqual([]);
  });

  it('loses none whose condition says that it was ready between two looks', async () => {
    expect(
      await deletedIn(300, (second, startMs) => [
        old(0),
        old(1, { ...UNREADY, unreadySinceMs: startMs + Math.floor(second / 30) * 30_000 }),
        renewed(2),
      ]),
    ).toEqual([]);
  });

  it('loses a pod that stays unready for a minute, once', async () => {
    expect(await deletedIn(59, lastUnready)).toEqual([]);
    expect(await deletedIn(120, lastUnready)).toEqual(['ledger-2']);
  });

  it('loses at once what was unready for long before, by more than two clocks differ', async () => {
    expect(await deletedIn(0, unreadyFor(119_000))).toEqual([]);
    expect(await deletedIn(0, unreadyFor(120_000))).toEqual(['ledger-2']);
  });

  it('is given less where the rollout itself has little time', async () => {
    expect(await deletedIn(2, lastUnready, 8_000)).toEqual(['ledger-2']);
  });

  it.each<{ why: string; over: Partial<MeshPod> }>([
    { why: 'crash-loops', over: CRASHING },
    {
      why: 'can’t be pulled',
      over: { ready: false, trouble: { kind: 'image-pull', container: 'istio-proxy', proxy: true } },
    },
  ])('loses one pod at once whose proxy $why, and not a second with it', async ({ over }) => {
    expect(await deletedIn(0, () => [old(0), old(1, over), old(2, over)])).toEqual(['ledger-1']);
    expect(await deletedIn(10, () => [old(0), old(1, over), old(2, over)])).toEqual(['ledger-1']);
  });
});

const stuck = old(0, UNREADY);

describe('deleting it', () => {
  const pod = { ...rawPod({ name: 'ledger-0', owner: ref }), apiVersion: 'v1', kind: 'Pod' };

  it('announces it, and deletes it once', async () => {
    const cluster = new FakeCluster([pod]);
    const { session, saves, log } = fakeSession(cluster);
    const announced: (string | undefined)[] = [];
    cluster.before = ({ verb }) => {
      if (verb === 'delete') announced.push(saves.at(-1)?.timeline.at(-1)?.text);
    };
    const deleted = new Set<string>();
    const real = { ...stuck, uid: pod.metadata.uid ?? '' };
    await deleteStuck(session.world, real, deleted);
    await deleteStuck(session.world, real, deleted);
    expect(cluster.requests.filter(({ verb }) => verb === 'delete')).toHaveLength(1);
    expect([...deleted]).toEqual([real.uid]);
    expect(announced).toEqual(['delete Pod payments/ledger-0']);
    expect(saves).toHaveLength(1);
    expect(log.lines).toEqual([expect.stringMatching(/^Pod payments\/ledger-0: deleted, .*, read back$/)]);
  });

  it.each([
    ['it is in its grace period', { deletionTimestamp: '2026-10-01T12:00:00Z' }, /, read back$/],
    ['it is there as ever', {}, /does not get ready$/],
  ])('claims no more than is seen: %s', async (_why, meta, line) => {
    const cluster = new FakeCluster([pod]);
    cluster.delete = async () => {
      cluster.put({ ...pod, metadata: { ...pod.metadata, ...meta } });
    };
    const { session, log } = fakeSession(cluster);
    await deleteStuck(session.world, { ...stuck, uid: pod.metadata.uid ?? '' }, new Set());
    expect(log.lines).toEqual([expect.stringMatching(line)]);
  });

  it('where it is forbidden, names the pod and the command, and goes on', async () => {
    const cluster = new FakeCluster([pod]);
    cluster.before = ({ verb }) => {
      if (verb === 'delete') throw new ApiError('pods "ledger-0" is forbidden', { status: 403, reason: 'Forbidden' });
    };
    const { session, log } = fakeSession(cluster);
    await deleteStuck(session.world, stuck, new Set());
    expect(log.lines).toEqual([expect.stringMatching(/^warning: .*kubectl -n payments delete pod ledger-0/)]);
  });
});
