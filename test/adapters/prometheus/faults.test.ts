// Every way in which an address can fail to be Prometheus, over real HTTP: each ends in exactly one class, after as many tries as
// make sense, with a sentence a user can act on and no secret in it. Directly, and through the API server.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { apiServerTransport } from '../../../src/adapters/kubernetes/service-proxy.ts';
import { Connection } from '../../../src/adapters/kubernetes/connection.ts';
import { connectPrometheus } from '../../../src/adapters/prometheus/prometheus.ts';
import type { ClockPort } from '../../../src/ports/clock.ts';
import type { PrometheusPort, QueryAnswer } from '../../../src/ports/prometheus.ts';
import { measurePrometheus } from '../../../src/phases/measure-prometheus.ts';
import { asPromQL } from '../../../src/slo/promql.ts';
import { settingsWith } from '../../builders/gate-settings.ts';
import { FakeLog } from '../../fakes/log.ts';
import { configFor } from '../kubernetes/scripted-server.ts';

const TOKEN = 's3cret';
const MIB = 1024 * 1024;

const answering =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
const document = (resultType: string, result: unknown, more: object = {}): string =>
  JSON.stringify({ status: 'success', data: { resultType, result }, ...more });
const ROW = { metric: { a: '1', b: '2' }, value: [1, '1'] };
const valued = (value: unknown): string => document('vector', [{ metric: { a: '1' }, value: [1, value] }]);
const failing = (status: number, errorType: string, error: string, headers = {}): RequestListener =>
  answering(status, JSON.stringify({ status: 'error', errorType, error }), headers);
const endless =
  (first: string, headers: Readonly<Record<string, string>>): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.write(first);
    let left = 100;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(' '.repeat(MIB))) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  };
const dripping: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const drip = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(drip));
};
const bomb = gzipSync(Buffer.alloc(100 * MIB, ' '), { level: 1 });
const page = `<html><body>Sign in. Your session is ${TOKEN}</body></html>`;

interface Fault {
  readonly name: string;
  readonly does: RequestListener;
  readonly answer: { readonly kind: QueryAnswer['kind']; readonly cause?: string };
  readonly tries: 1 | 3;
  /** Of the reason; where there is none, the answer is a vector. */
  readonly says?: RegExp;
  /** The finding of preflight, and what it tells the user to do. */
  readonly finding: string;
  readonly remedy?: RegExp;
}
const ELSE = { kind: 'misconfigured', cause: 'not-prometheus' } as const;
const NOT_PROMETHEUS = { kind: 'unreachable', cause: 'not-prometheus' } as const;
const REFUSED = { kind: 'misconfigured', cause: 'query' } as const;
const AUTH = { kind: 'misconfigured', cause: 'auth' } as const;
const LATER = { kind: 'unreachable' } as const;

const faults: readonly Fault[] = [
  {
    name: 'hangs',
    does: () => undefined,
    answer: LATER,
    tries: 1,
    says: /no answer/,
    finding: 'prometheus-unreachable',
    remedy: /prometheus-url/,
  },
  { name: 'drips', does: dripping, answer: LATER, tries: 1, says: /no answer/, finding: 'prometheus-unreachable' },
  {
    name: 'resets the connection',
    does: (request) => request.socket.resetAndDestroy(),
    answer: LATER,
    tries: 3,
    says: /ECONNRESET|UND_ERR_SOCKET/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'sends 100 MB',
    does: endless('{', {}),
    answer: LATER,
    tries: 3,
    says: /larger than 32 MiB/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'sends 100 MB in 100 KB of gzip',
    does: (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
    answer: LATER,
    tries: 3,
    says: /larger than 32 MiB/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'shows a login page with 200',
    does: answering(200, page, { 'content-type': 'text/html' }),
    answer: NOT_PROMETHEUS,
    tries: 1,
    says: /web page/,
    finding: 'prometheus-not-prometheus',
    remedy: /token/,
  },
  {
    name: 'calls a login page JSON',
    does: answering(200, page),
    answer: NOT_PROMETHEUS,
    tries: 1,
    says: /web page/,
    finding: 'prometheus-not-prometheus',
  },
  {
    name: 'says OK in plain text',
    does: answering(200, 'OK', { 'content-type': 'text/plain' }),
    answer: NOT_PROMETHEUS,
    tries: 1,
    says: /text\/plain/,
    finding: 'prometheus-not-prometheus',
  },
  {
    name: 'sends JSON of something else',
    does: answering(200, '{"hello":"world"}'),
    answer: NOT_PROMETHEUS,
    tries: 1,
    says: /not of the Prometheus query API/,
    finding: 'prometheus-not-prometheus',
  },
  {
    name: 'sends nothing with 200',
    does: answering(200, ''),
    answer: LATER,
    tries: 3,
    says: /empty/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'cuts its JSON',
    does: answering(200, document('vector', []).slice(0, -9)),
    answer: LATER,
    tries: 3,
    says: /not whole JSON/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'does not know the path',
    does: answering(404, '404 page not found', { 'content-type': 'text/plain' }),
    answer: ELSE,
    tries: 1,
    says: /^HTTP 404: 404 page not found$/,
    finding: 'prometheus-not-prometheus',
    remedy: /prefix/,
  },
  {
    name: 'takes no POST',
    does: answering(405, ''),
    answer: ELSE,
    tries: 1,
    says: /^HTTP 405$/,
    finding: 'prometheus-not-prometheus',
  },
  {
    name: 'answers 401',
    does: answering(401, 'no org id', { 'content-type': 'text/plain' }),
    answer: AUTH,
    tries: 1,
    says: /^HTTP 401: no org id$/,
    finding: 'prometheus-auth',
    remedy: /prometheus-headers|services\/proxy/,
  },
  {
    name: 'answers 403 with a page',
    does: answering(403, page, { 'content-type': 'text/html' }),
    answer: AUTH,
    tries: 1,
    says: /^HTTP 403$/,
    finding: 'prometheus-auth',
  },
  {
    name: 'refuses the query',
    does: failing(400, 'bad_data', 'parse error: unexpected end of input'),
    answer: REFUSED,
    tries: 1,
    says: /parse error/,
    finding: 'prometheus-refuses-query',
    remedy: /prometheus-matchers/,
  },
  {
    name: 'cannot execute the query',
    does: failing(422, 'execution', 'many-to-many matching not allowed'),
    answer: REFUSED,
    tries: 1,
    says: /many-to-many/,
    finding: 'prometheus-refuses-query',
  },
  {
    name: 'is asked too often',
    does: answering(429, 'too many outstanding requests', { 'content-type': 'text/plain' }),
    answer: LATER,
    tries: 3,
    says: /^HTTP 429: too many/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'is asked too often, and names a time too late for us',
    does: answering(429, '', { 'retry-after': '3600' }),
    answer: LATER,
    tries: 1,
    says: /^HTTP 429$/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'is overloaded',
    does: answering(503, ''),
    answer: LATER,
    tries: 3,
    says: /^HTTP 503$/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'times out itself',
    does: failing(503, 'timeout', 'query timed out in expression evaluation'),
    answer: LATER,
    tries: 3,
    says: /timed out/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'answers with a range',
    does: answering(200, document('matrix', [])),
    answer: REFUSED,
    tries: 1,
    says: /returns a matrix/,
    finding: 'prometheus-refuses-query',
  },
  {
    name: 'answers with one series twice',
    does: answering(200, document('vector', [ROW, ROW])),
    answer: REFUSED,
    tries: 1,
    says: /one series twice/,
    finding: 'prometheus-refuses-query',
  },
  {
    name: 'answers with a word for a number',
    does: answering(200, valued('many')),
    answer: LATER,
    tries: 3,
    says: /no numbers/,
    finding: 'prometheus-unreachable',
  },
  {
    name: 'answers with a number outside quotes',
    does: answering(200, valued(3)),
    answer: LATER,
    tries: 3,
    says: /no numbers/,
    finding: 'prometheus-unreachable',
  },
  { name: 'answers with NaN', does: answering(200, valued('NaN')), answer: { kind: 'vector' }, tries: 1, finding: '' },
  {
    name: 'answers with infinity',
    does: answering(200, valued('+Inf')),
    answer: { kind: 'vector' },
    tries: 1,
    finding: '',
  },
  {
    name: 'has no series',
    does: answering(200, document('vector', [])),
    answer: { kind: 'vector' },
    tries: 1,
    finding: 'no-istio-metrics',
    remedy: /15020/,
  },
  {
    name: 'answers in part',
    does: answering(200, document('vector', [{ metric: {}, value: [1, '1'] }], { warnings: ['store b: gone'] })),
    answer: { kind: 'vector' },
    tries: 1,
    finding: 'prometheus-answers-in-part',
    remedy: /partial/,
  },
];

const servers: Server[] = [];
const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function faulty(does: RequestListener): Promise<{ readonly url: string; asked(): number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    does(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
  return { url: `http://127.0.0.1:${String(port)}`, asked: () => asked };
}

/** Pauses cost nothing. */
const clock: ClockPort = { now: () => Date.now(), sleep: async () => {} };
/** What never ends gets so little time that no second try fits in. */
const patience = (does: RequestListener) => (does.length === 0 || does === dripping ? 600 : 20_000);

const ways: Readonly<Record<string, (url: string, deadlineMs: number) => Promise<PrometheusPort>>> = {
  directly: async (url, deadlineMs) =>
    connectPrometheus({ access: { url, token: TOKEN, headers: {}, params: {} }, clock, deadlineMs }),
  'through the API server': async (url, deadlineMs) => {
    const connection = new Connection(configFor(url), { clock });
    connections.push(connection);
    const apiServer = apiServerTransport(connection);
    const access = { url: 'kubernetes://monitoring/prometheus:80', headers: {}, params: {} };
    return connectPrometheus({ access, clock, apiServer, deadlineMs });
  },
};

describe.each(Object.entries(ways))('asked %s, a server that', (_, connect) => {
  it.each(faults)(
    '$name',
    async ({ does, answer, tries, says, finding, remedy }) => {
      const server = await faulty(does);
      const prometheus = await connect(server.url, patience(does));
      const got = await prometheus.query(asPromQL('up'), 0);
      expect(got).toMatchObject(answer);
      expect(got.kind === 'vector' ? undefined : got.cause).toBe(answer.cause);
      expect(server.asked()).toBe(tries);
      expect(got.kind === 'vector' ? '' : got.reason).toMatch(says ?? /^$/);
      const { findings } = await measurePrometheus({ prometheus, clock, log: new FakeLog() }, settingsWith(), []);
      expect(findings.map(({ id }) => id).join()).toBe(finding);
      expect(findings[0]?.remedy ?? '').toMatch(remedy ?? /^/);
      expect(JSON.stringify([got, findings])).not.toContain(TOKEN);
    },
    30_000,
  );
});

describe('a redirect', () => {
  it.each(['https://login.example.com/oauth2?state=abc', '/graph'])('to %s is not followed', async (location) => {
    const server = await faulty(answering(302, '', { location }));
    const prometheus = await ways['directly']?.(server.url, 5_000);
    const got = await prometheus?.query(asPromQL('up'), 0);
    expect(got).toMatchObject({ ...ELSE, reason: expect.stringContaining('a redirect') });
    expect(server.asked()).toBe(1);
    expect(JSON.stringify(got)).not.toContain('state=abc');
  });

  it('never takes the token to another host', async () => {
    const other = await faulty(answering(200, document('vector', [])));
    const server = await faulty(answering(307, '', { location: `${other.url}/api/v1/query` }));
    const prometheus = await ways['directly']?.(server.url, 5_000);
    expect(await prometheus?.query(asPromQL('up'), 0)).toMatchObject({ reason: expect.stringContaining(other.url) });
    expect(other.asked()).toBe(0);
  });
});

it('a Retry-After that fits is kept', async () => {
  const pauses: number[] = [];
  const server = await faulty(answering(429, '', { 'retry-after': '2' }));
  const patient: ClockPort = { now: () => Date.now(), sleep: async (ms) => void pauses.push(ms) };
  const access = { url: server.url, headers: {}, params: {} };
  const prometheus = await connectPrometheus({ access, clock: patient, deadlineMs: 20_000 });
  await prometheus.query(asPromQL('up'), 0);
  expect(pauses).toEqual([2_000, 2_000]);
});
