// Prometheus itself: the gate's questions over backfilled series, and how it refuses.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { countRows } from '../../src/slo/counts.ts';
import { fillIn, objectiveState } from '../../src/slo/objectives.ts';
import { asPromQL } from '../../src/slo/promql.ts';
import { tickQuery } from '../../src/slo/queries.ts';
import { BackfilledPrometheus } from './backfilled-prometheus.ts';
import { gateQueriesContract, NOW } from './gate-queries.ts';
import { elsewhere, prometheusBinaries } from './prometheus-binaries.ts';
import { exporting, scrapedContract, valuesOf } from './scraped.ts';
import type { Store } from './store.ts';

gateQueriesContract('Prometheus', async (series) => BackfilledPrometheus.start(await prometheusBinaries(), series));
scrapedContract(
  'Prometheus',
  async (scrapeConfigs) => BackfilledPrometheus.start(await prometheusBinaries(), [], scrapeConfigs),
  3_000,
);

const clock = { now: () => Date.now(), sleep: async () => {} };
let server: Store;
let prometheus: PrometheusPort;
beforeAll(async () => {
  server = await BackfilledPrometheus.start(await prometheusBinaries(), []);
  const access = { url: server.url, headers: {}, params: {} };
  prometheus = await connectPrometheus({ access, clock });
});
afterAll(() => {
  server.stop();
});

describe('answers of a real Prometheus', () => {
  it.each([
    ['a parse error', 'sum(', 'query', /parse error|unclosed/],
    ['a range', 'istio_requests_total[5m]', 'query', /matrix/],
    ['a string', '"text"', 'query', /string/],
  ])('%s is misconfigured, in its own words', async (_, text, cause, words) => {
    const answer = await prometheus.query(asPromQL(text), NOW * 1000);
    expect(answer).toMatchObject({ kind: 'misconfigured', cause, reason: expect.stringMatching(words) });
  });

  it.each([
    ['NaN', '0/0', NaN],
    ['infinity', '1/0', Infinity],
    ['a number', 'vector(3)', 3],
  ])('%s is passed on', async (_, text, value) => {
    expect(await prometheus.query(asPromQL(text), NOW * 1000)).toMatchObject({ samples: [{ value }] });
  });
});

describe('samples that are no numbers', () => {
  it('count for nothing, and are noticed', async () => {
    const labels = { reporter: 'source', destination_service_namespace: 'nan', response_code: '200' };
    const samples = Array.from({ length: 9 }, (_, index) => [NOW - 120 + index * 15, Number.NaN] as const);
    const strange = await BackfilledPrometheus.start(await prometheusBinaries(), [{ labels, samples }]);
    try {
      const access = { url: strange.url, headers: {}, params: {} };
      const port = await connectPrometheus({ access, clock });
      const query = tickQuery({ signal: 'client', subjects: ['nan'], matchers: [] }, 15_000);
      const answer = await port.query(query, NOW * 1000);
      expect(answer).toMatchObject({ kind: 'vector', samples: [{ value: Number.NaN }] });
      const rows = answer.kind === 'vector' ? answer.samples : [];
      expect(countRows('client', rows)).toMatchObject({ unusable: 1, bySubject: new Map() });
    } finally {
      strange.stop();
    }
  });
});

describe('latency in native histograms', () => {
  const LATENCY = 'istio_request_duration_milliseconds';
  const objective = {
    name: 'p99',
    hard: true,
    measure: {
      kind: 'scalar',
      query: `histogram_quantile(0.99, sum(rate(${LATENCY}{destination_service_namespace=~"$namespaces",$matchers}[$window])))`,
      max: 500,
    },
  } as const;
  const blanks = { namespaces: ['payments'], revision: '1-32', matchers: [], windowMs: 2_000 };
  const patience = { timeout: 30_000, interval: 50 };

  /** Every request takes between 100 ms and a second. */
  const histogram = (served: number): string => {
    const labels = 'reporter="source",destination_service_namespace="payments"';
    const bucket = (le: string, value: number): string => `${LATENCY}_bucket{${labels},le="${le}"} ${String(value)}`;
    return [
      `# TYPE ${LATENCY} histogram`,
      bucket('10', 0),
      bucket('100', 0),
      bucket('1000', served),
      bucket('+Inf', served),
      `${LATENCY}_sum{${labels}} ${String(served * 500)}`,
      `${LATENCY}_count{${labels}} ${String(served)}`,
      '',
    ].join('\n');
  };

  it.skipIf(elsewhere !== undefined)('is judged like any other number; a histogram itself is refused', async () => {
    let served = 0;
    const exporter = await exporting(() => histogram((served += 10)));
    const config = { ...exporter.scrapeConfig, convert_classic_histograms_to_nhcb: true };
    const scraping = await BackfilledPrometheus.start(await prometheusBinaries(), [], [config]);
    try {
      const port = await connectPrometheus({ access: { url: scraping.url, headers: {}, params: {} }, clock });
      const p99 = async () => (await valuesOf(port, fillIn(objective.measure.query, blanks)))[0];
      await expect.poll(p99, patience).toBeGreaterThan(500);
      expect(objectiveState(objective, { kind: 'scalar', value: await p99() }, 0.01)).toBe('breached');
      const itself = await port.query(asPromQL(`sum(rate(${LATENCY}[2s]))`), Date.now());
      const reason = expect.stringContaining('native histograms');
      expect(itself).toMatchObject({ kind: 'misconfigured', cause: 'query', reason });
    } finally {
      scraping.stop();
      exporter.stop();
    }
  });
});
