import { expect, it } from 'vitest';
import { member } from '../traffic/fixtures.ts';
import type { Member } from '../traffic/member.ts';
import { Wishes } from './wishes.ts';

const istiod = (ip: string, revision: string): Member =>
  member('istio-system', `istiod-${revision}`, {
    ip,
    sidecar: false,
    revision: undefined,
    labels: { app: 'istiod', 'istio.io/rev': revision },
  });

function seeing(...members: Member[]): Wishes {
  const wishes = new Wishes();
  for (const one of members) wishes.see(one);
  return wishes;
}

it('connects a pod to an istiod of its injected revision', () => {
  const pod = member('pay', 'api', { revision: '1-32' });
  const orders = seeing(istiod('10.0.0.1', '1-31'), istiod('10.0.0.2', '1-32'), pod).orders();
  expect(orders).toEqual([
    expect.objectContaining({ op: 'add', id: pod.uid, ip: pod.ip, addr: '10.0.0.2:15010', version: '1.31.0' }),
  ]);
});

it('says nothing twice', () => {
  const wishes = seeing(istiod('10.0.0.1', '1-31'), member('pay', 'api'));
  expect(wishes.orders()).toHaveLength(1);
  expect(wishes.orders()).toEqual([]);
});

it('waits for an istiod of the revision', () => {
  const wishes = seeing(istiod('10.0.0.2', '1-32'), member('pay', 'api'));
  expect(wishes.orders()).toEqual([]);
  wishes.see(istiod('10.0.0.1', '1-31'));
  expect(wishes.orders()).toHaveLength(1);
});

it('moves a pod to another istiod when its own is gone, and not before there is one', () => {
  const own = istiod('10.0.0.1', '1-31');
  const wishes = seeing(own, member('pay', 'api'));
  wishes.orders();
  wishes.forget(own.uid);
  expect(wishes.orders()).toEqual([]);
  wishes.see(istiod('10.0.0.3', '1-31'));
  expect(wishes.orders()).toEqual([expect.objectContaining({ op: 'add', addr: '10.0.0.3:15010' })]);
});

it('keeps a pod connected that is not ready or is being deleted, and lets go of a crashed proxy', () => {
  const pod = member('pay', 'api');
  const wishes = seeing(istiod('10.0.0.1', '1-31'), pod);
  wishes.orders();
  wishes.see({ ...pod, ready: false });
  expect(wishes.orders()).toEqual([]);
  wishes.see({ ...pod, ready: false, proxyRuns: false });
  expect(wishes.orders()).toEqual([{ op: 'del', id: pod.uid }]);
});

it('leaves pods without a sidecar alone', () => {
  expect(seeing(istiod('10.0.0.1', '1-31'), member('a', 'b', { sidecar: false })).orders()).toEqual([]);
});

it('holds a proxy whose pod is gone until told otherwise', () => {
  const pod = member('pay', 'api');
  const wishes = seeing(istiod('10.0.0.1', '1-31'), pod);
  wishes.orders();
  wishes.setHeld([{ namespace: 'pay', workload: 'api' }]);
  wishes.forget(pod.uid);
  expect(wishes.orders()).toEqual([]);
  expect(wishes.staying).toEqual([`pay/${pod.name}`]);
  wishes.setHeld([]);
  expect(wishes.orders()).toEqual([{ op: 'del', id: pod.uid }]);
  expect(wishes.staying).toEqual([]);
});

it('lets the chosen ones reject, and pods that come later too', () => {
  const [pay, other] = [member('pay', 'api'), member('other', 'api')];
  const wishes = seeing(istiod('10.0.0.1', '1-31'), pay, other);
  wishes.orders();
  wishes.setRejecting([{ namespace: 'pay' }]);
  expect(wishes.orders()).toEqual([{ op: 'reject', id: pay.uid }]);
  const late = member('pay', 'api');
  wishes.see(late);
  expect(wishes.orders().map(({ op }) => op)).toEqual(['add', 'reject']);
  wishes.setRejecting([]);
  expect(wishes.orders().map(({ op }) => op)).toEqual(['accept', 'accept']);
});
