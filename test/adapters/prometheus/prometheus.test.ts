import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../../src/adapters/prometheus/prometheus.ts';
import type { PrometheusAccess } from '../../../src/config/config.ts';
import type { ClockPort } from '../../../src/ports/clock.ts';
import { asPromQL } from '../../../src/slo/promql.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

const query = asPromQL('up');
const OK = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });
/** Real time, but pauses between tries cost nothing. */
const clock: ClockPort = { now: () => Date.now(), sleep: async () => {} };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serving(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${String(isBound(address) ? address.port : 0)}`;
}
const isBound = (address: AddressInfo | string | null): address is AddressInfo =>
  address !== null && typeof address === 'object';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
const access = (url: string, more: Partial<PrometheusAccess> = {}): PrometheusAccess => ({
  url,
  headers: {},
  params: {},
  ...more,
});
const json = { 'content-type': 'application/json' };

/** An answer that took `tookMs` and was written at its end, by a clock that is `skewMs` ahead. */
async function skewAfter(answers: readonly { readonly tookMs: number; readonly skewMs: number }[]) {
  const manual = new ManualClock(1_800_000_000_000);
  const left = [...answers];
  const prometheus = await connectPrometheus({
    access: access('kubernetes://monitoring/prometheus:80'),
    clock: manual,
    apiServer: async () => {
      const { tookMs = 0, skewMs = 0 } = left.shift() ?? {};
      await manual.advance(tookMs);
      const date = new Date(manual.now() + skewMs).toUTCString();
      return { status: 200, contentType: 'application/json', body: OK, date };
    },
    deadlineMs: 600_000,
  });
  for (const _ of answers) await prometheus.query(query, 0);
  return prometheus.skewMs();
}

describe('the Prometheus adapter', () => {
  it('posts the query as a form, with time in seconds, extra parameters, token and headers', async () => {
    const seen: { url?: string; method?: string; body?: string; headers?: IncomingMessage['headers'] } = {};
    const url = await serving((request, response) => {
      const answer = async (): Promise<void> => {
        const { url: path, method, headers } = request;
        Object.assign(seen, { url: path, method, headers, body: await bodyOf(request) });
        response.writeHead(200, json).end(OK);
      };
      void answer();
    });
    const prometheus = await connectPrometheus({
      access: access(`${url}/tenant/`, {
        token: 'sesame',
        headers: { 'X-Scope-OrgID': 'a' },
        params: { dedup: 'true' },
      }),
      clock,
    });
    expect(await prometheus.query(query, 1_700_000_000_250)).toEqual({ kind: 'vector', samples: [], warnings: [] });
    expect(seen).toMatchObject({ url: '/tenant/api/v1/query', method: 'POST' });
    expect(Object.fromEntries(new URLSearchParams(seen.body))).toEqual({
      dedup: 'true',
      query: 'up',
      time: '1700000000.250',
    });
    expect(seen.headers).toMatchObject({ authorization: 'Bearer sesame', 'x-scope-orgid': 'a' });
  });

  it('asks again after a 503, and takes the answer that comes', async () => {
    let asked = 0;
    const url = await serving((_, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200, json).end(asked < 3 ? '' : OK);
    });
    const prometheus = await connectPrometheus({ access: access(url), clock });
    expect(await prometheus.query(query, 0)).toMatchObject({ kind: 'vector' });
    expect(asked).toBe(3);
  });

  it('says which connection failed without its credentials', async () => {
    const url = await serving(() => {});
    servers.splice(0).forEach((server) => server.close());
    const prometheus = await connectPrometheus({ access: access(url, { token: 'sesame' }), clock });
    const answer = await prometheus.query(query, 0);
    expect(answer).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify(answer)).not.toContain('sesame');
  });

  it('does not show a token that no header can carry', async () => {
    const url = await serving((_, response) => response.destroy());
    const prometheus = await connectPrometheus({ access: access(url, { token: 'two\nlines' }), clock });
    const answer = await prometheus.query(query, 0);
    expect(answer).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify(answer)).not.toContain('lines');
  });

  it('measures how far the clocks differ from the Date header', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { ...json, date: new Date(Date.now() + 60_000).toUTCString() }).end(OK);
    });
    const prometheus = await connectPrometheus({ access: access(url), clock });
    expect(prometheus.skewMs()).toBe(0);
    await prometheus.query(query, 0);
    expect(prometheus.skewMs()).toBeGreaterThan(58_000);
    expect(prometheus.skewMs()).toBeLessThan(62_000);
  });

  it('does not take a slow answer for a clock that is ahead', async () => {
    expect(await skewAfter([{ tookMs: 12_000, skewMs: 0 }])).toBe(0);
  });

  it('knows the difference better with each answer', async () => {
    const slow = { tookMs: 12_000, skewMs: 60_000 };
    expect(Math.abs((await skewAfter([slow])) - 60_000)).toBeGreaterThan(2_000);
    const quick = { tookMs: 100, skewMs: 60_000 };
    expect(Math.abs((await skewAfter([slow, quick])) - 60_000)).toBeLessThan(1_000);
    expect(Math.abs((await skewAfter([quick, slow])) - 60_000)).toBeLessThan(1_000);
  });

  it('begins anew where a clock was set', async () => {
    const skew = await skewAfter([
      { tookMs: 100, skewMs: 60_000 },
      { tookMs: 100, skewMs: 0 },
    ]);
    expect(skew).toBe(0);
  });

  it('is not told by a cache, whose answers bear the same date for ever', async () => {
    const frozen = [0, 60_000, 120_000].map((agoMs) => ({ tookMs: 60_000, skewMs: -agoMs }));
    expect(await skewAfter([{ tookMs: 100, skewMs: 0 }, ...frozen])).toBe(0);
  });

  it("takes a second's difference for none, since the header has only seconds", async () => {
    const url = await serving((_, response) => response.writeHead(200, json).end(OK));
    const prometheus = await connectPrometheus({ access: access(url), clock });
    await prometheus.query(query, 0);
    expect(prometheus.skewMs()).toBe(0);
  });

  it('refuses a CA file that is not there, naming it', async () => {
    await expect(connectPrometheus({ access: access('https://p', { ca: '/no/such.pem' }), clock })).rejects.toThrow(
      '/no/such.pem',
    );
  });
});

describe('kubernetes:// addresses', () => {
  it("go through the API server's service proxy", async () => {
    const paths: string[] = [];
    const prometheus = await connectPrometheus({
      access: access('kubernetes://monitoring/prometheus-server:80/prefix'),
      clock,
      apiServer: async (path) => {
        paths.push(path);
        return { status: 200, contentType: 'application/json', body: OK };
      },
    });
    expect(await prometheus.query(query, 0)).toMatchObject({ kind: 'vector' });
    expect(paths).toEqual(['/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/prefix/api/v1/query']);
  });

  it('need the API server', async () => {
    await expect(connectPrometheus({ access: access('kubernetes://a/b:80'), clock })).rejects.toThrow('API server');
  });
});
