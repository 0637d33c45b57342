// VictoriaMetrics, whose MetricsQL is not quite PromQL: the gate's questions mean the same there, and what it does its own way is known.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { measurePrometheus } from '../../src/phases/measure-prometheus.ts';
import { asPromQL } from '../../src/slo/promql.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { locateBinaries } from '../cluster/binaries.ts';
import { FakeLog } from '../fakes/log.ts';
import { BackfilledVictoriaMetrics } from './backfilled-victoriametrics.ts';
import { gateQueriesContract, NOW } from './gate-queries.ts';
import type { Store } from './store.ts';

const start = async (series: Parameters<typeof BackfilledVictoriaMetrics.start>[1]) =>
  BackfilledVictoriaMetrics.start((await locateBinaries()).victoriaMetrics, series);

gateQueriesContract('VictoriaMetrics', start);

const clock = { now: () => Date.now(), sleep: async () => {} };
let server: Store;
let victoria: PrometheusPort;
const connected = async (params: Readonly<Record<string, string>> = {}) =>
  connectPrometheus({ access: { url: server.url, headers: {}, params }, clock });
beforeAll(async () => {
  const labels = { reporter: 'source', destination_service_namespace: 'steady', pod: 'web-1' };
  const seconds = Math.floor(Date.now() / 1000);
  const times = Array.from({ length: 40 }, (_, index) => seconds - 600 + index * 15);
  server = await start([{ labels, samples: times.map((time, index) => [time, index]) }]);
  victoria = await connected();
});
afterAll(() => {
  server.stop();
});

describe('answers of a real VictoriaMetrics', () => {
  it.each([
    ['a parse error', 'sum(', /unexpected token/],
    ['a range', 'istio_requests_total[5m]', /matrix/],
  ])('%s is misconfigured, in its own words', async (_, text, words) => {
    const answer = await victoria.query(asPromQL(text), NOW * 1000);
    expect(answer).toMatchObject({ kind: 'misconfigured', cause: 'query', reason: expect.stringMatching(words) });
  });

  it('leaves NaN away where Prometheus says it', async () => {
    expect(await victoria.query(asPromQL('0/0'), NOW * 1000)).toMatchObject({ kind: 'vector', samples: [] });
  });
});

describe('questions about now', () => {
  const pods = [{ name: 'web-1', namespace: 'web' }];
  const measured = async (prometheus: PrometheusPort) =>
    measurePrometheus({ prometheus, clock, log: new FakeLog() }, settingsWith(), pods);

  it('are answered as of half a minute ago, which preflight mentions, and counts as lag', async () => {
    const { findings, lagMs } = await measured(victoria);
    expect(findings).toMatchObject([{ id: 'prometheus-answers-late', severity: 'notice' }]);
    expect(lagMs).toBeGreaterThanOrEqual(29_000);
  });

  it('are answered as of now with nocache=1', async () => {
    const { findings, lagMs } = await measured(await connected({ nocache: '1' }));
    expect(findings).toEqual([]);
    expect(lagMs).toBeLessThan(29_000);
  });
});
