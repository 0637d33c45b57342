// What only scraping shows: series that end and come back. A store that scrapes this process; one suite for each store.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { askRows } from '../../src/phases/ask-prometheus.ts';
import { look } from '../../src/phases/look.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { countRows } from '../../src/slo/counts.ts';
import { newestQuery } from '../../src/slo/freshness.ts';
import { asPromQL, type PromQL } from '../../src/slo/promql.ts';
import { tickQuery } from '../../src/slo/queries.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import type { Store } from './store.ts';

const patience = { timeout: 60_000, interval: 50 };
const TEST_MS = 180_000;
const clock = { now: () => Date.now(), sleep: async () => {} };

/** Serves the text to whoever scrapes it, so late, and stops. */
export async function exporting(
  text: () => string,
  lateMs = 0,
  everyMs = 200,
): Promise<{ readonly scrapeConfig: object; stop(): void }> {
  const server: Server = createServer((_, response) => {
    const body = text();
    setTimeout(() => response.setHeader('content-type', 'text/plain; version=0.0.4').end(body), lateMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
  return {
    scrapeConfig: {
      job_name: `proxy-${String(port)}`,
      scrape_interval: `${String(everyMs)}ms`,
      scrape_timeout: `${String(everyMs)}ms`,
      static_configs: [{ targets: [`127.0.0.1:${String(port)}`] }],
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function valuesOf(prometheus: PrometheusPort, query: PromQL): Promise<readonly number[]> {
  const answer = await askRows(prometheus, query, Date.now());
  if (answer.kind !== 'rows') throw new Error(answer.reason);
  return answer.rows.map(({ value }) => value);
}

/** A proxy of an age, and what else it counts. */
const proxy = (role: string, requests: number, more = ''): string =>
  `istio_requests_total{reporter="source",destination_service_namespace="orders",response_code="200",role="${role}"} ${String(requests)}\n${more}`;
const failed = (role: string): string =>
  `istio_requests_total{reporter="source",destination_service_namespace="orders",response_code="503",role="${role}"} 4\n`;

/** `slowEveryMs`: a scrape interval that is long beside the time this store takes to show what it has scraped. */
export function scrapedContract(
  name: string,
  start: (scrapeConfigs: readonly object[]) => Promise<Store>,
  slowEveryMs: number,
): void {
  describe(`${name}, scraping`, () => {
    const series =
      'istio_requests_total{reporter="source",destination_service_namespace="payments",response_code="200"}';
    let requests: number | undefined = 100;
    let exporter: Awaited<ReturnType<typeof exporting>>;
    let store: Store;
    let prometheus: PrometheusPort;
    beforeAll(async () => {
      exporter = await exporting(() => (requests === undefined ? '' : `${series} ${String(requests)}\n`));
      store = await start([exporter.scrapeConfig]);
      const access = { url: store.url, headers: {}, params: { nocache: '1' } };
      prometheus = await connectPrometheus({ access, clock });
    });
    afterAll(() => {
      store.stop();
      exporter.stop();
    });
    const newest = async () => (await valuesOf(prometheus, asPromQL('istio_requests_total')))[0];

    it(
      'takes a series that ends and comes back for one that goes on',
      async () => {
        await expect.poll(newest, patience).toBe(100);
        requests = undefined;
        await expect.poll(newest, patience).toBeUndefined(); // stale
        const silentMs = Date.now();
        requests = 103;
        // Asked again: a scrape that takes too long ends the series once more, which changes nothing of what is counted.
        const counted = async () => {
          const atMs = Date.now();
          const query = tickQuery({ signal: 'client', subjects: ['payments'], matchers: [] }, atMs - silentMs);
          const answer = await askRows(prometheus, query, atMs);
          return countRows('client', answer.kind === 'rows' ? answer.rows : []).bySubject.get('payments');
        };
        await expect.poll(counted, patience).toMatchObject({ requests: 3, errors: 0 });
      },
      TEST_MS,
    );
  });

  describe(`${name}, scraping a pod whose labels change`, () => {
    it(
      'does not take a life under new labels for requests of now, and counts what is born under labels that stay',
      async () => {
        let text = proxy('replica', 90_000);
        const exporter = await exporting(() => text);
        const store = await start([exporter.scrapeConfig]);
        try {
          const access = { url: store.url, headers: {}, params: { nocache: '1' } };
          const prometheus = await connectPrometheus({ access, clock });
          const seen = async (query: string) => (await valuesOf(prometheus, asPromQL(query)))[0];
          const countedSince = async (sinceMs: number) => {
            const atMs = Date.now();
            const query = tickQuery({ signal: 'client', subjects: ['orders'], matchers: [] }, atMs - sinceMs);
            const answer = await askRows(prometheus, query, atMs);
            return countRows('client', answer.kind === 'rows' ? answer.rows : []).bySubject.get('orders');
          };
          await expect.poll(async () => seen('istio_requests_total{role="replica"}'), patience).toBe(90_000);
          const beforeMs = Date.now();
          text = proxy('primary', 90_003);
          await expect.poll(async () => seen('istio_requests_total{role="primary"}'), patience).toBe(90_003);
          await expect.poll(async () => seen('istio_requests_total{role="replica"}'), patience).toBeUndefined();
          expect((await countedSince(beforeMs))?.requests ?? 0).toBe(0);
          const afterMs = Date.now();
          text = proxy('primary', 90_010, failed('primary'));
          await expect.poll(async () => seen('istio_requests_total{response_code="503"}'), patience).toBe(4);
          expect(await countedSince(afterMs)).toMatchObject({ requests: 11, errors: 4 });
        } finally {
          store.stop();
          exporter.stop();
        }
      },
      TEST_MS,
    );
  });

  describe(`${name}, scraping a proxy that answers late`, () => {
    it(
      'loses none of its requests, though each look comes while a scrape is under way',
      async () => {
        const EVERY = slowEveryMs;
        const LATE = EVERY - 1_600;
        const ENOUGH = 40;
        let served = 0;
        const late = await exporting(
          () =>
            `istio_requests_total{reporter="source",destination_service_namespace="late",response_code="200"} ${String((served += 10))}\n`,
          LATE,
          EVERY,
        );
        const store = await start([late.scrapeConfig]);
        try {
          const access = { url: store.url, headers: {}, params: { nocache: '1' } };
          const prometheus = await connectPrometheus({ access, clock });
          const newestMs = async (): Promise<number> =>
            1_000 * ((await valuesOf(prometheus, newestQuery(['late'], [])))[0] ?? 0);
          await expect.poll(newestMs, patience).toBeGreaterThan(0);
          const rules = {
            settings: settingsWith(),
            subjects: ['late'],
            signals: ['client'],
            unmoved: [],
            scrapeIntervalMs: EVERY,
            lagMs: 0,
          } as const;
          // Its sample is there so late after a scrape's beginning: a little before that it is under way.
          const firstMs = (await newestMs()) + 4 * EVERY + LATE - 200;
          let requests = 0;
          let last: { toMs?: number; newestMs?: number } = {};
          const bounds: number[] = [];
          for (let index = 0; index < 30 && requests < ENOUGH; index += 1) {
            const nowMs = firstMs + index * EVERY;
            await new Promise((resolve) => setTimeout(resolve, nowMs - Date.now()));
            const tick = await look(prometheus, { rules, last, nowMs, revision: '1-32', restarting: [] });
            if (tick.kind !== 'counted' && tick.kind !== 'nothing-before') continue;
            if (tick.kind === 'nothing-before') bounds.length = 0;
            else requests += tick.counts.get('client')?.get('late')?.requests ?? 0;
            last = { toMs: tick.toMs, newestMs: tick.newestMs };
            bounds.push(tick.toMs);
          }
          const valueAt = async (atMs = 0): Promise<number> => {
            const answer = await askRows(prometheus, asPromQL('sum(last_over_time(istio_requests_total[5m]))'), atMs);
            return answer.kind === 'rows' ? (answer.rows[0]?.value ?? 0) : 0;
          };
          expect(requests).toBe((await valueAt(bounds.at(-1))) - (await valueAt(bounds[0])));
          expect(requests).toBeGreaterThanOrEqual(ENOUGH);
        } finally {
          store.stop();
          late.stop();
        }
      },
      TEST_MS,
    );
  });
}
