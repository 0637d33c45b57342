// What only scraping shows: series that end and come back. A store that scrapes this process; one suite for each store.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { askRows } from '../../src/phases/ask-prometheus.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { countRows } from '../../src/slo/counts.ts';
import { asPromQL, type PromQL } from '../../src/slo/promql.ts';
import { tickQuery } from '../../src/slo/queries.ts';
import type { Store } from './store.ts';

const patience = { timeout: 30_000, interval: 50 };
const clock = { now: () => Date.now(), sleep: async () => {} };

/** Serves the text to whoever scrapes it, and stops. */
export async function exporting(text: () => string): Promise<{ readonly scrapeConfig: object; stop(): void }> {
  const server: Server = createServer((_, response) =>
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(text()),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
  return {
    scrapeConfig: {
      job_name: 'proxy',
      scrape_interval: '200ms',
      scrape_timeout: '200ms',
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

export function scrapedContract(name: string, start: (scrapeConfigs: readonly object[]) => Promise<Store>): void {
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

    it('takes a series that ends and comes back for one that goes on', async () => {
      await expect.poll(newest, patience).toBe(100);
      requests = undefined;
      await expect.poll(newest, patience).toBeUndefined(); // stale
      const silentMs = Date.now();
      requests = 103;
      await expect.poll(newest, patience).toBe(103);
      const atMs = Date.now();
      const query = tickQuery({ signal: 'client', subjects: ['payments'], matchers: [] }, atMs - silentMs);
      const answer = await askRows(prometheus, query, atMs);
      const rows = answer.kind === 'rows' ? answer.rows : [];
      expect(countRows('client', rows).bySubject.get('payments')).toMatchObject({ requests: 3, errors: 0 });
    });
  });
}
