// VictoriaMetrics, whose MetricsQL is not quite PromQL: the gate's questions mean the same there, and what it does its own way is known.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { measurePrometheus } from '../../src/phases/measure-prometheus.ts';
import { asPromQL } from '../../src/slo/promql.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { locateBinaries } from '../cluster/binaries.ts';
import { FakeLog } from '../fakes/log.ts';
import { BackfilledVictoriaMetrics } from './backfilled-victoriametrics.ts';
import { gateQueriesContract, NOW } from './gate-queries.ts';
import { scrapedContract } from './scraped.ts';
import type { Series, Store } from './store.ts';

const start = async (series: readonly Series[], scrapeConfigs: readonly object[] = []) =>
  BackfilledVictoriaMetrics.start((await locateBinaries()).victoriaMetrics, series, scrapeConfigs);

gateQueriesContract('VictoriaMetrics', start);
// It shows what it has scraped up to five seconds later.
scrapedContract('VictoriaMetrics', async (scrapeConfigs) => start([], scrapeConfigs), 6_000);

const clock = { now: () => Date.now(), sleep: async () => {} };

describe('answers of a real VictoriaMetrics', () => {
  let server: Store;
  const asked = async (text: string) => {
    const prometheus = await connectPrometheus({ access: { url: server.url, headers: {}, params: {} }, clock });
    return prometheus.query(asPromQL(text), NOW * 1000);
  };
  beforeAll(async () => {
    server = await start([]);
  });
  afterAll(() => {
    server.stop();
  });

  it.each([
    ['a parse error', 'sum(', /unexpected token/],
    ['a range', 'istio_requests_total[5m]', /matrix/],
  ])('%s is misconfigured, in its own words', async (_, text, words) => {
    const reason = expect.stringMatching(words);
    expect(await asked(text)).toMatchObject({ kind: 'misconfigured', cause: 'query', reason });
  });

  it('leaves NaN away where Prometheus says it', async () => {
    expect(await asked('0/0')).toMatchObject({ kind: 'vector', samples: [] });
  });
});

describe('questions about now', () => {
  let server: Store;
  const measured = async (params: Readonly<Record<string, string>>) => {
    const prometheus = await connectPrometheus({ access: { url: server.url, headers: {}, params }, clock });
    const pods = [{ name: 'web-1', namespace: 'web' }];
    return measurePrometheus({ prometheus, clock, log: new FakeLog() }, settingsWith(), pods);
  };
  beforeAll(async () => {
    const labels = { reporter: 'source', destination_service_namespace: 'steady', pod: 'web-1' };
    const seconds = Math.floor(Date.now() / 1000);
    const times = Array.from({ length: 40 }, (_, index) => seconds - 585 + index * 15);
    server = await start([{ labels, samples: times.map((time, index) => [time, index]) }]);
  });
  afterAll(() => {
    server.stop();
  });

  it('are answered as of half a minute ago, which preflight mentions, and counts as lag', async () => {
    const { findings, lagMs } = await measured({});
    expect(findings).toMatchObject([{ id: 'prometheus-answers-late', severity: 'notice' }]);
    expect(lagMs).toBeGreaterThanOrEqual(29_000);
  });

  it('are answered as of now with nocache=1', async () => {
    const { findings, lagMs } = await measured({ nocache: '1' });
    expect(findings).toEqual([]);
    expect(lagMs).toBeLessThan(29_000);
  });
});
