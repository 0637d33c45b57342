// Do the queries beside the requests mean on a real Prometheus what the gate takes them for? TCP, istiod's counters, durations.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { askRows } from '../../src/phases/ask-prometheus.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { countRows } from '../../src/slo/counts.ts';
import { istiodCounts, withoutIstiods } from '../../src/slo/istiod.ts';
import { latencyWarnings } from '../../src/slo/latency.ts';
import type { PromQL } from '../../src/slo/promql.ts';
import { either, hourEnd, istiodHourQuery, istiodTickQuery, latencyOf, tickQuery } from '../../src/slo/queries.ts';
import { BackfilledPrometheus } from './backfilled-prometheus.ts';
import { prometheusBinaries } from './prometheus-binaries.ts';
import type { Series, Store } from './store.ts';

const SCRAPE = 15;
const NOW = Math.floor(Date.now() / 60_000) * 60 - 7_200;
const BEGAN = NOW - 600;
const planes = { source: '1-31', target: '1-32' };
const SOURCE = 'istiod-1-31-7d9fbb6c5d-x2x4z';
const TARGET = 'istiod-1-32-5c7d8f9b4b-qwrtp';

const samples = (value: (at: number) => number, from = NOW - 4_995): Series['samples'] =>
  Array.from({ length: Math.floor((NOW - from) / SCRAPE) + 1 }, (_, index) => from + index * SCRAPE).map((at) => [
    at,
    value(at),
  ]);
const since = (from: number, each: number) => (at: number) => Math.max(0, Math.floor((at - from) / SCRAPE)) * each;

const tcp = (response_flags: string, each: number): Series => ({
  metric: 'istio_tcp_connections_opened_total',
  labels: { reporter: 'source', destination_service_namespace: 'a', request_protocol: 'tcp', response_flags },
  samples: samples(since(NOW - 4_995, each)),
});
const istiod = (pod: string, metric: string, value: (at: number) => number, from?: number): Series => ({
  metric,
  labels: { pod, ...(metric.includes('rejects') ? { type: 'cds' } : {}) },
  samples: samples(value, from),
});
/** Of ten requests each scrape, so many within the bound: fewer since the batch began. */
const bucket = (le: string, before: number, now: number): Series => ({
  metric: 'istio_request_duration_milliseconds_bucket',
  labels: { reporter: 'source', destination_service_namespace: 'a', le },
  samples: samples((at) => since(NOW - 4_995, before)(Math.min(at, BEGAN)) + since(BEGAN, now)(at)),
});

let server: Store;
let prometheus: PrometheusPort;
beforeAll(async () => {
  server = await BackfilledPrometheus.start(await prometheusBinaries(), [
    tcp('-', 9),
    tcp('UF,URX', 1),
    istiod(SOURCE, 'pilot_xds', () => 20),
    istiod(TARGET, 'pilot_xds', () => 5),
    istiod('istiod-1-32-0-5c7d8f9b4b-qwrtp', 'pilot_xds', () => 99),
    istiod(SOURCE, 'sidecar_injection_failure_total', () => 7),
    istiod(SOURCE, 'pilot_total_xds_rejects', since(NOW - 600, 1)),
    // Born at its first reject, and at no other.
    istiod(TARGET, 'pilot_total_xds_rejects', () => 3, NOW - 15),
    bucket('100', 10, 5),
    bucket('+Inf', 10, 10),
  ]);
  prometheus = await connectPrometheus({
    access: { url: server.url, headers: {}, params: {} },
    clock: { now: () => Date.now(), sleep: async () => {} },
  });
}, 600_000);
afterAll(() => {
  server.stop();
});

async function rows(query: PromQL, atMs = NOW * 1000) {
  const answer = await askRows(prometheus, query, atMs);
  if (answer.kind !== 'rows') throw new Error(answer.reason);
  return answer.rows;
}

describe('one answer beside the requests', () => {
  const beside = either([
    tickQuery({ signal: 'tcp', subjects: ['a'], matchers: [] }, 30_000),
    istiodTickQuery(planes, [], 30_000),
  ]);

  it('counts TCP connections and those that never got through', async () => {
    const counted = countRows('tcp', withoutIstiods(await rows(beside)));
    expect(counted.bySubject.get('a')).toMatchObject({ requests: 20, errors: 2, causes: { 'UF,URX': 2 } });
  });

  it("counts each istiod's rejects from their birth, and leaves other revisions out", async () => {
    expect(istiodCounts(planes, await rows(beside))).toEqual({
      source: { rejects: 2, failures: 0, proxies: 20 },
      target: { rejects: 3, failures: 0, proxies: 5 },
    });
  });

  it('has an hour that counts as the ticks do', async () => {
    const hour = istiodCounts(planes, await rows(istiodHourQuery(planes, []), hourEnd(NOW * 1000)));
    expect(hour).toEqual({
      source: { rejects: 40, failures: 0, proxies: 20 },
      target: { rejects: 3, failures: 0, proxies: 5 },
    });
  });
});

it('durations are told apart before and since', async () => {
  const answered = await rows(latencyOf(['a'], [], 600_000, BEGAN * 1000));
  expect(latencyWarnings(answered, ['a'], 0.01)).toEqual([
    'a: 50 % of 400 requests took longer than 100 ms, 0 % in the hour before (p99 over 100 ms, was 0 to 100 ms)',
  ]);
});
