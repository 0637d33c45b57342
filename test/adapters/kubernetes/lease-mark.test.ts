import { describe, expect, it } from 'vitest';
import { LeaseMark } from '../../../src/adapters/kubernetes/lease-mark.ts';
import { MeshLease } from '../../../src/adapters/kubernetes/lease.ts';
import { LEASE } from '../../../src/mesh/kinds.ts';
import { BrokenWorld } from '../../../src/shared/errors.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const NS = 'istio-system';
const UPGRADE = { source: '1-31', target: '1-32', tag: 'default', begun: '2026-10-01T12:00:00.000Z' };

async function held() {
  const cluster = new FakeCluster();
  const lease = new MeshLease(cluster, new ManualClock(), { namespace: NS, holder: 'a' });
  await lease.acquire({ waitMs: 0, preempt: false });
  return { cluster, lease, mark: new LeaseMark(cluster, NS) };
}

describe('the mark of an upgrade', () => {
  it('is none before one has begun, and where there is no lease', async () => {
    expect(await new LeaseMark(new FakeCluster(), NS).read()).toBeUndefined();
    expect(await (await held()).mark.read()).toBeUndefined();
  });
  it('outlives the lease that is handed back, until it is taken away', async () => {
    const { lease, mark } = await held();
    await mark.write(UPGRADE);
    await lease.release();
    expect(await mark.read()).toEqual(UPGRADE);
    await mark.write(undefined);
    expect(await mark.read()).toBeUndefined();
  });
  it('is written over a renewal that came first, and touches nothing else of the lease', async () => {
    const { cluster, mark } = await held();
    let renewals = 2;
    cluster.before = ({ verb }) => {
      const lease = cluster.peek(LEASE, 'istio-canary-upgrade', NS);
      if (verb !== 'patch' || lease === undefined || renewals-- <= 0) return;
      cluster.put({ ...lease, spec: { ...lease.spec, renewTime: `2026-10-01T12:00:0${String(renewals)}.000000Z` } });
    };
    await mark.write(UPGRADE);
    expect(await mark.read()).toEqual(UPGRADE);
    expect(cluster.peek(LEASE, 'istio-canary-upgrade', NS)?.spec).toMatchObject({
      holderIdentity: 'a',
      renewTime: '2026-10-01T12:00:00.000000Z',
    });
  });
  it('that was damaged is said, and not taken for none', async () => {
    const { cluster, mark } = await held();
    const lease = cluster.peek(LEASE, 'istio-canary-upgrade', NS);
    if (lease === undefined) throw new Error('no lease');
    const annotations = { 'istio-canary-upgrade/upgrade': '{"source":1' };
    cluster.put({ ...lease, metadata: { ...lease.metadata, annotations } });
    await expect(mark.read()).rejects.toThrow(BrokenWorld);
  });
});
