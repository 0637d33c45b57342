import { describe, expect, it } from 'vitest';
import { EVENT, type EventObject } from '../../src/mesh/kinds.ts';
import type { WorkloadRef } from '../../src/mesh/snapshot.ts';
import { whyNoPods, whyNotStarted } from '../../src/phases/why-no-pods.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';

const ledger: WorkloadRef = { kind: 'StatefulSet', namespace: 'payments', name: 'ledger' };
const SINCE = Date.parse('2026-11-24T12:00:00Z');
let number = 0;
const event = (message: string, minute: number, over: Partial<EventObject> = {}): EventObject => ({
  apiVersion: EVENT.apiVersion,
  kind: EVENT.kind,
  metadata: { namespace: 'payments', name: `event-${String(number++)}` },
  involvedObject: { kind: 'StatefulSet', name: 'ledger' },
  reason: 'FailedCreate',
  message,
  lastTimestamp: new Date(SINCE + minute * 60_000).toISOString(),
  ...over,
});

describe('why no pods are created', () => {
  it('is what the controller was told last', async () => {
    const cluster = new FakeCluster([
      event('a quota', 2),
      event('a webhook', 1),
      event('long ago', -1),
      event('of another', 3, { involvedObject: { kind: 'StatefulSet', name: 'other' } }),
      event('no refusal', 3, { reason: 'SuccessfulCreate' }),
    ]);
    expect(await whyNoPods(cluster, ledger, SINCE)).toBe('a quota');
  });

  it('is told by events of the new kind too', async () => {
    const time = { lastTimestamp: null, eventTime: '2026-11-24T12:01:00.000000Z' };
    expect(await whyNoPods(new FakeCluster([event('a quota', 0, time)]), ledger, SINCE)).toBe('a quota');
  });

  it('is, of a pod that is there and not started, what was warned of last', async () => {
    const about = { involvedObject: { kind: 'Pod', name: 'ledger-0' } };
    const cluster = new FakeCluster([
      event('secret "db" not found', 2, { ...about, type: 'Warning', reason: 'FailedMount' }),
      event('assigned to node-1', 3, { ...about, type: 'Normal', reason: 'Scheduled' }),
      event('of another', 3, { type: 'Warning' }),
    ]);
    const pod = { namespace: 'payments', name: 'ledger-0' };
    expect(await whyNotStarted(cluster, pod, SINCE)).toBe('secret "db" not found');
  });

  it('is not asked of a Deployment, which says it itself, nor insisted on', async () => {
    const cluster = new FakeCluster([event('a quota', 1)]);
    expect(await whyNoPods(cluster, { ...ledger, kind: 'Deployment' }, SINCE)).toBeUndefined();
    cluster.before = () => {
      throw new ApiError('list events in payments: 403 Forbidden', { status: 403, reason: 'Forbidden' });
    };
    expect(await whyNoPods(cluster, ledger, SINCE)).toBeUndefined();
  });
});
