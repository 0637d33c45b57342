import { describe, expect, it } from 'vitest';
import { counted, edge, member, pass, requests, withoutSidecar } from './fixtures.ts';
import { TrafficModel } from './model.ts';
import type { Edge, Fault } from './wire.ts';

const source = 'reporter="source"';
const destination = 'reporter="destination"';
const shop: Edge[] = [edge('gateway', 'front/web'), edge('front/web', 'pay/api', { rps: 20 })];

function running(edges: Edge[] = shop, ...more: Parameters<TrafficModel['put']>[0][]): TrafficModel {
  const model = new TrafficModel();
  model.setGraph({ edges, seed: 7 });
  const gateway = member('ingress', 'gw', { gateway: true });
  const pods = [gateway, member('front', 'web'), member('front', 'web'), member('pay', 'api'), member('pay', 'api')];
  for (const pod of [...pods, ...more]) model.put(pod);
  return model;
}

const fault = (change: Partial<Fault>): Fault => ({
  id: 'f',
  side: 'destination',
  code: '503',
  flags: '-',
  share: 1,
  ...change,
});

describe('without faults', () => {
  it('both reporters count every request once', () => {
    const model = running();
    pass(model, 60);
    expect(requests(model, source)).toBe(30 * 60);
    expect(requests(model, destination)).toBe(30 * 60);
    expect(requests(model, 'response_code="200"')).toBe(2 * 30 * 60);
  });

  it('an edge’s rate is shared by the ready pods', () => {
    const model = running();
    pass(model, 60);
    const shares = [...model.mesh.ready({ namespace: 'pay', workload: 'api' })].map((pod) => counted(pod, destination));
    expect(shares).toHaveLength(2);
    for (const share of shares) expect(Math.abs(share - 600)).toBeLessThan(100);
  });

  it('a rate below one a step is not lost', () => {
    const model = running([edge('gateway', 'front/web', { rps: 0.5 })]);
    pass(model, 60);
    expect(requests(model, source)).toBe(30);
  });

  it('the same seed gives the same counters', () => {
    const faults = [fault({ share: 0.3 })];
    const [one, two] = [running(), running()].map((model) => {
      model.setFaults(faults);
      pass(model, 20);
      return [...model.mesh.all()].flatMap(({ counters }) => [...(counters?.requests() ?? [])].map(([, n]) => n));
    });
    expect(one).toEqual(two);
  });

  it('counters never fall, whatever the pods do', () => {
    const model = running();
    let before = 0;
    for (let second = 0; second < 20; second += 1) {
      pass(model, 1);
      if (second === 5) model.put(member('pay', 'api'));
      if (second === 10) for (const { member: pod } of model.mesh.all()) model.put({ ...pod, ready: second % 2 === 1 });
      expect(requests(model)).toBeGreaterThanOrEqual(before);
      before = requests(model);
    }
  });
});

describe('a fault at the destination', () => {
  it('is seen by both reporters, its flags by the server alone', () => {
    const model = running();
    model.setFaults([fault({ namespace: 'pay', code: '500', flags: 'URX', share: 0.5 })]);
    pass(model, 60);
    const failed = requests(model, source, 'response_code="500"');
    expect(failed).toBe(requests(model, destination, 'response_code="500"', 'response_flags="URX"'));
    expect(requests(model, source, 'response_flags="URX"')).toBe(0);
    expect(Math.abs(failed - 600)).toBeLessThan(80);
    expect(requests(model, 'destination_workload_namespace="front"', 'response_code="500"')).toBe(0);
  });

  it('strikes only pods of its revision', () => {
    const moved = member('pay', 'api', { revision: '1-32' });
    const model = running(shop, moved);
    model.setFaults([fault({ revision: '1-32' })]);
    pass(model, 60);
    const failed = counted(model.mesh.at(moved.ip ?? ''), '"503"');
    expect(failed).toBeGreaterThan(300);
    expect(requests(model, destination, 'response_code="503"')).toBe(failed);
  });

  it('begins and ends when it says', () => {
    const model = running();
    pass(model, 10);
    model.setFaults([fault({ after: 10, for: 5 })]);
    pass(model, 9);
    expect(requests(model, 'response_code="503"')).toBe(0);
    pass(model, 10);
    expect(requests(model, source, 'response_code="503"')).toBe(5 * 30);
  });

  it('keeps its clock when it is set again unchanged', () => {
    const model = running();
    model.setFaults([fault({ for: 5 })]);
    pass(model, 4);
    model.setFaults([fault({ for: 5 }), fault({ id: 'other', share: 0 })]);
    pass(model, 4);
    expect(requests(model, source, 'response_code="503"')).toBe(5 * 30);
  });
});

describe('a fault at the source', () => {
  it('is never seen by the server', () => {
    const model = running();
    model.setFaults([fault({ side: 'source', namespace: 'front', flags: 'UF', share: 0.25 })]);
    pass(model, 60);
    const failed = requests(model, source, 'response_flags="UF"');
    expect(failed).toBeGreaterThan(200);
    expect(requests(model, destination)).toBe(requests(model, source) - failed);
    expect(requests(model, 'response_flags="UF"', 'destination_workload="api"')).toBe(failed);
  });

  it('can be blamed on the callee, as when a new proxy refuses its callers', () => {
    const model = running();
    model.setFaults([fault({ side: 'source', match: 'callee', namespace: 'pay', flags: 'UF' })]);
    pass(model, 10);
    expect(requests(model, destination, 'destination_workload_namespace="pay"')).toBe(0);
    expect(requests(model, source, 'response_flags="UF"')).toBe(200);
  });

  it('with UH knows the service, not the workload', () => {
    const model = running();
    model.setFaults([fault({ side: 'source', namespace: 'front', flags: 'UH' })]);
    pass(model, 10);
    const service = 'destination_service_namespace="pay"';
    expect(requests(model, service, 'response_flags="UH"', 'destination_workload="unknown"')).toBe(200);
  });

  it('with NR knows nothing of the destination', () => {
    const model = running();
    model.setFaults([fault({ side: 'source', workload: 'gw', code: '404', flags: 'NR' })]);
    pass(model, 10);
    expect(requests(model, 'response_flags="NR"', 'destination_service="unknown"')).toBe(100);
  });
});

describe('a pod without a sidecar', () => {
  it('counts nothing: its callers see the requests alone', () => {
    const bare = member('old', 'app', withoutSidecar);
    const model = running([edge('front/web', 'old/app')], bare);
    pass(model, 10);
    expect(requests(model, source, 'destination_workload="app"')).toBe(100);
    expect(requests(model, destination)).toBe(0);
    expect(model.mesh.at(bare.ip ?? '')?.counters).toBeUndefined();
  });

  it('calls in plain text from nobody known', () => {
    const model = running([edge('old/app', 'pay/api')], member('old', 'app', withoutSidecar));
    pass(model, 10);
    expect(requests(model, destination, 'source_workload="unknown"', 'policy="none"')).toBe(100);
    expect(requests(model, source)).toBe(0);
  });

  it('loses what it had counted with the sidecar', () => {
    const pod = member('pay', 'api');
    const model = running(shop, pod);
    pass(model, 10);
    model.put({ ...pod, ...withoutSidecar });
    expect(model.mesh.at(pod.ip ?? '')?.counters).toBeUndefined();
  });
});

describe('pods that come and go', () => {
  it('a proxy that began anew counts from zero', () => {
    const pod = member('pay', 'api');
    const model = running(shop, pod);
    pass(model, 10);
    expect(counted(model.mesh.at(pod.ip ?? ''))).toBeGreaterThan(0);
    model.put({ ...pod, restarts: 1 });
    expect(counted(model.mesh.at(pod.ip ?? ''))).toBe(0);
  });

  it('a service without a ready pod is UH to its callers', () => {
    const model = running([edge('front/web', 'gone/api'), edge('front/web', 'gone/grpc', { protocol: 'grpc' })]);
    pass(model, 10);
    expect(requests(model, source, 'response_code="503"', 'response_flags="UH"')).toBe(100);
    expect(requests(model, source, 'response_code="200"', 'grpc_response_status="14"')).toBe(100);
  });

  it('a caller without a ready pod makes no requests, and they are tallied', () => {
    const model = running([edge('gone/web', 'pay/api')]);
    pass(model, 10);
    expect(requests(model)).toBe(0);
    expect(model.tallies.get('pay')).toEqual({ sent: 0, arrived: 0, failed: 0, unsent: 100 });
  });

  it('callers from outside the mesh are seen by the server alone', () => {
    const model = running([edge('outside', 'pay/api')]);
    pass(model, 10);
    expect(requests(model, destination, 'source_workload="unknown"')).toBe(100);
    expect(requests(model, source)).toBe(0);
  });
});

it('two thousand pods and 5,000 rps cost a small part of a processor', () => {
  const pods = Array.from({ length: 2000 }, (_, i) => member(`ns${i % 100}`, `w${i % 5}`));
  const edges = Array.from({ length: 500 }, (_, i) => edge('gateway', `ns${i % 100}/w${i % 5}`));
  const model = running(edges, ...pods);
  const began = performance.now();
  pass(model, 10);
  expect(performance.now() - began).toBeLessThan(5000); // half a processor on a slow machine; about 0.3 s is usual
  expect(requests(model, source)).toBe(50_000);
});
