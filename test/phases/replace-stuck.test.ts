import { describe, expect, it } from 'vitest';
import type { MeshPod } from '../../src/mesh/snapshot.ts';
import { deleteStuck, stuckPods } from '../../src/phases/replace-stuck.ts';
import type { Expectation } from '../../src/phases/judge-workload.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawPod, rawWorkload } from '../builders/raw.ts';
import { aPod, SOURCE } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const ref = { kind: 'StatefulSet', namespace: 'payments', name: 'ledger' } as const;
const stuck = aPod({ name: 'ledger-0', ready: false });
const expectation: Expectation = { ref, expected: SOURCE, before: new Set([stuck.uid]), generation: 3 };
const ledger = rawWorkload({ kind: 'StatefulSet', name: 'ledger' });

describe('pods that a StatefulSet waits for', () => {
  it('are those of the old template that are not ready', () => {
    expect(stuckPods(ledger, [stuck], expectation)).toEqual([stuck]);
  });
  it.each<{ why: string; pods: readonly MeshPod[]; over?: Partial<Expectation> }>([
    { why: 'it is ready, and is replaced in its turn', pods: [{ ...stuck, ready: true }] },
    { why: 'it is new: another deletion would not mend it', pods: [{ ...stuck, uid: 'new' }] },
    { why: 'the controller has not seen the new template yet', pods: [stuck], over: { generation: 4 } },
    {
      why: 'a Deployment replaces pods that are not ready by itself',
      pods: [stuck],
      over: { ref: { ...ref, kind: 'Deployment' } },
    },
  ])('are none where $why', ({ pods, over }) => {
    expect(stuckPods(ledger, pods, { ...expectation, ...over })).toEqual([]);
  });
});

describe('deleting them', () => {
  const pod = { ...rawPod({ name: 'ledger-0', owner: ref }), apiVersion: 'v1', kind: 'Pod' };

  it('announces each, and deletes it once', async () => {
    const cluster = new FakeCluster([pod]);
    const { session, saves, log } = fakeSession(cluster);
    const announced: (string | undefined)[] = [];
    cluster.before = ({ verb }) => {
      if (verb === 'delete') announced.push(saves.at(-1)?.timeline.at(-1)?.text);
    };
    const deleted = new Set<string>();
    const real = { ...stuck, uid: pod.metadata.uid ?? '' };
    await deleteStuck(session.world, [real], deleted);
    await deleteStuck(session.world, [real], deleted);
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
    await deleteStuck(session.world, [{ ...stuck, uid: pod.metadata.uid ?? '' }], new Set());
    expect(log.lines).toEqual([expect.stringMatching(line)]);
  });

  it('where it is forbidden, names the pod and the command, and goes on', async () => {
    const cluster = new FakeCluster([pod]);
    cluster.before = ({ verb }) => {
      if (verb === 'delete') throw new ApiError('pods "ledger-0" is forbidden', { status: 403, reason: 'Forbidden' });
    };
    const { session, log } = fakeSession(cluster);
    await deleteStuck(session.world, [stuck], new Set());
    expect(log.lines).toEqual([expect.stringMatching(/^warning: .*kubectl -n payments delete pod ledger-0/)]);
  });
});
