// Do a user's own objectives mean on a real Prometheus what the gate takes them for? Above all where nothing has failed, whose counter
// Prometheus then does not know at all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { parseObjectives } from '../../src/config/objectives.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { runGate } from '../../src/phases/gate.ts';
import { look } from '../../src/phases/look.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { BackfilledPrometheus } from './backfilled-prometheus.ts';
import { prometheusBinaries } from './prometheus-binaries.ts';
import type { Series, Store } from './store.ts';

const SCRAPE = 15;
const NOW = Math.floor(Date.now() / 60_000) * 60 - 7_200;
const MINUTE = 60_000;

const rising = (labels: Series['labels'], perScrape: number, metric?: string): Series => ({
  ...(metric === undefined ? {} : { metric }),
  labels,
  samples: Array.from({ length: 280 }, (_, at) => [NOW - (279 - at) * SCRAPE, at * perScrape]),
});
const requests = (namespace: string): Series =>
  rising({ reporter: 'source', destination_service_namespace: namespace, response_code: '200', pod: 'web-1' }, 10);
const orders = (namespace: string, result: 'ok' | 'failed', perScrape: number): Series =>
  rising({ namespace, result }, perScrape, 'shop_orders_total');

const parsed = parseObjectives(`
- name: orders
  hard: true
  errors: sum(increase(shop_orders_total{namespace=~"$namespaces",result="failed"}[$window]))
  total: sum(increase(shop_orders_total{namespace=~"$namespaces"}[$window]))
  limit: 1%
`);
const settings = settingsWith({
  objectives: parsed.kind === 'ok' ? parsed.value : [],
  bakeMs: 5 * MINUTE,
  maxBakeMs: 10 * MINUTE,
});

let server: Store;
let prometheus: PrometheusPort;
beforeAll(async () => {
  server = await BackfilledPrometheus.start(await prometheusBinaries(), [
    ...['spotless', 'failing', 'idle'].map(requests),
    orders('spotless', 'ok', 4),
    orders('failing', 'ok', 3),
    orders('failing', 'failed', 1),
  ]);
  const access = { url: server.url, headers: {}, params: {} };
  const real = await connectPrometheus({ access, clock: { now: () => Date.now(), sleep: async () => {} } });
  // The series end in the past, but the answers' Date headers are of today.
  prometheus = { address: real.address, skewMs: () => 0, query: async (query, atMs) => real.query(query, atMs) };
});
afterAll(() => {
  server.stop();
});

/** What the objective's two queries answered, over the five minutes before. */
async function readingOf(namespace: string) {
  const tick = await look(prometheus, {
    rules: {
      settings,
      subjects: [namespace],
      signals: ['client'],
      unmoved: [],
      scrapeIntervalMs: SCRAPE * 1000,
      lagMs: 0,
    },
    last: { toMs: (NOW - 30) * 1000 },
    nowMs: (NOW + 1) * 1000,
    revision: '1-32',
    restarting: [],
    allOpenMs: NOW * 1000 - 5 * MINUTE,
  });
  return tick.kind === 'counted' ? tick.readings.get('orders') : tick;
}

/** Judges as if the batch had opened a quarter of an hour before the series end. */
async function judged(namespace: string) {
  const startMs = NOW * 1000 - 15 * MINUTE;
  return runGate(
    { prometheus, clock: new ManualClock(startMs, { automatic: true }), log: new FakeLog() },
    {
      settings,
      subject: { kind: 'batch', namespaces: [namespace] },
      unmoved: [],
      opened: new Map([[namespace, startMs]]),
      isRolloutOver: () => true,
      target: asRevision('1-32'),
      batchLabel: 'batch 1',
    },
  );
}

describe("a user's ratio on a real Prometheus", () => {
  it('with a total and no answer for its errors is no failure at all, and passes', async () => {
    const reading = await readingOf('spotless');
    expect(reading).toMatchObject({ kind: 'ratio', total: expect.closeTo(80, 0) });
    expect(reading).toHaveProperty('errors', undefined); // no series: Prometheus says nothing, not zero
    expect(await judged('spotless')).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
  });

  it('with both is counted, and fails above its limit', async () => {
    expect(await readingOf('failing')).toMatchObject({ errors: expect.closeTo(20, 0), total: expect.closeTo(80, 0) });
    const verdict = await judged('failing');
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'objective' });
    expect(verdict.reason).toMatch(/objective orders: \d+ of \d+ \(25 %\), limit 1 %/u);
  });

  it('with neither is no data, and holds: silence proves nothing', async () => {
    expect(await readingOf('idle')).toMatchObject({ kind: 'ratio', errors: undefined, total: undefined });
    const verdict = await judged('idle');
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.reason).toContain('objective orders: no data');
  });
});
