// Whom does the adapter trust over TLS, and what does a proxy see of it? The machine's authorities, and the one that prometheus-ca names.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectPrometheus } from '../../../src/adapters/prometheus/prometheus.ts';
import { asPromQL } from '../../../src/slo/promql.ts';
import { makePki, type Pki } from '../../cluster/pki.ts';

const OK = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });
const directory = mkdtempSync(join(tmpdir(), 'prometheus-tls-'));
let pki: Pki;
let server: Server;
let port = 0;
let told = 0;
beforeAll(async () => {
  pki = await makePki(directory, 'https://127.0.0.1');
  server = createServer({ cert: readFileSync(pki.certFile), key: readFileSync(pki.keyFile) }, (request, response) => {
    told += 1;
    request.resume();
    response.setHeader('content-type', 'application/json').end(OK);
  });
  server.listen(0, '0.0.0.0'); // all of 127/8: one address is in the certificate, another is not
  await once(server, 'listening');
  ({ port } = Object.assign<AddressInfo, unknown>({ port: 0, address: '', family: '' }, server.address()));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A proxy that knows its way to our server only, and notes what it was told. */
async function tunnelling(): Promise<{ readonly url: string; readonly told: readonly string[]; stop(): void }> {
  const seen: string[] = [];
  const proxy = createProxy((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end();
  });
  proxy.on('connect', (request, socket) => {
    seen.push(JSON.stringify(['CONNECT', request.url, request.headers]));
    const onwards = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onwards.pipe(socket).pipe(onwards);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const at = Object.assign<AddressInfo, unknown>({ port: 0, address: '', family: '' }, proxy.address());
  return { url: `http://127.0.0.1:${String(at.port)}`, told: seen, stop: () => proxy.close() };
}

async function asked(host: string, ca?: string) {
  const url = `https://${host}:${String(port)}`;
  const access = { url, token: 's3cret', headers: {}, params: {}, ...(ca === undefined ? {} : { ca }) };
  const clock = { now: () => Date.now(), sleep: async () => {} };
  return (await connectPrometheus({ access, clock })).query(asPromQL('up'), 0);
}

describe("an authority of one's own", () => {
  it('is trusted as text and as a file', async () => {
    expect(await asked('127.0.0.1', pki.ca)).toMatchObject({ kind: 'vector' });
    expect(await asked('127.0.0.1', pki.caFile)).toMatchObject({ kind: 'vector' });
  });

  it('is not trusted unasked, and nothing is sent to it', async () => {
    const before = told;
    const reason = expect.stringContaining('not trusted; prometheus-ca can say whom to trust');
    expect(await asked('127.0.0.1')).toMatchObject({ kind: 'unreachable', reason });
    expect(told).toBe(before);
  });

  it('does not vouch for another name', async () => {
    const before = told;
    const reason = expect.stringContaining('for another name');
    expect(await asked('127.0.0.2', pki.ca)).toMatchObject({ kind: 'unreachable', reason });
    expect(told).toBe(before);
  });
});

describe('a proxy in between', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is asked for a tunnel, and sees neither token nor question', async () => {
    const proxy = await tunnelling();
    for (const name of ['HTTPS_PROXY', 'https_proxy']) vi.stubEnv(name, proxy.url);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
    try {
      // A name of the certificate that nothing resolves: only the proxy leads there.
      expect(await asked('kubernetes.default.svc', pki.ca)).toMatchObject({ kind: 'vector' });
      expect(proxy.told).toHaveLength(1);
      expect(proxy.told[0]).toContain(`CONNECT","kubernetes.default.svc:${String(port)}`);
      expect(proxy.told[0]).not.toContain('s3cret');
    } finally {
      proxy.stop();
      server.closeAllConnections();
    }
  });
});
