// What stands between the bundle and a server in a test of interruptions? A proxy that shows every call to a script, which forwards it,
// answers itself, or lets it down. It passes streams through, and knows nothing of what the calls mean.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';

export interface Call {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: URL;
  readonly body: string;
}
export interface Reply {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: string | Readable;
}
/** `reset` cuts the connection; `silence` leaves the caller without any answer for as long as it cares to wait. */
export type Outcome = Reply | 'reset' | 'silence';
/** `forward` resolves when the server's answer begins: what it was asked to do is done by then. */
export type Script = (call: Call, forward: () => Promise<Reply>) => Promise<Outcome>;

export const faithful: Script = async (_call, forward) => forward();

export interface Proxy {
  readonly url: string;
  /** From now on; `faithful` until it is set. */
  script: Script;
  /** Cuts every connection that is open, streams among them. */
  cut(): void;
  stop(): Promise<void>;
}

export interface Upstream {
  readonly url: string;
  /** PEM text, for https. */
  readonly ca?: string;
}

/** Listens on a free local port; with a certificate and its key, both PEM text, for HTTPS. */
export async function startProxy(upstream: Upstream, tls?: { cert: string; key: string }): Promise<Proxy> {
  const secure = upstream.url.startsWith('https:');
  const agent = secure
    ? new https.Agent({ keepAlive: true, ...(upstream.ca === undefined ? {} : { ca: upstream.ca }) })
    : new http.Agent({ keepAlive: true });
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(proxy, { url: upstream.url, secure, agent }, request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
  const proxy: Proxy = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    script: faithful,
    cut: () => {
      server.closeAllConnections();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

interface Target {
  readonly url: string;
  readonly secure: boolean;
  readonly agent: http.Agent;
}

async function serve(proxy: Proxy, target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  const call = { method: request.method ?? '', url: new URL(request.url ?? '', target.url), body };
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  const answers: Reply[] = [];
  const outcome = await proxy.script(call, async () => {
    const reply = await forwarded(target, request, call, gone.signal);
    answers.push(reply);
    return reply;
  });
  // An answer that is kept from the caller must not keep its connection.
  for (const answer of answers) if (answer !== outcome && typeof answer.body !== 'string') answer.body.resume();
  if (outcome === 'silence') return;
  if (outcome === 'reset') {
    reset(response.socket);
    return;
  }
  response.writeHead(outcome.status, outcome.headers);
  response.flushHeaders();
  await pipeline(typeof outcome.body === 'string' ? Readable.from([outcome.body]) : outcome.body, response);
}

/** A TLS socket has no reset of its own. */
function reset(socket: Socket | null): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** Hop-by-hop headers are each connection's own. */
const OWN = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'upgrade']);
const passedOn = (headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name)));

async function forwarded(
  { secure, agent, url }: Target,
  from: IncomingMessage,
  { method, body }: Call,
  signal: AbortSignal,
): Promise<Reply> {
  const headers = { ...passedOn(from.headers), ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) };
  const options = { method, headers, agent, signal };
  const to = new URL(from.url ?? '', url);
  const request = secure ? https.request(to, options) : http.request(to, options);
  request.end(body);
  const [answer]: IncomingMessage[] = await once(request, 'response');
  request.on('error', () => undefined); // the answer's own stream tells
  if (answer === undefined) throw new Error('no answer');
  return { status: answer.statusCode ?? 502, headers: passedOn(answer.headers), body: answer };
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const pieces: AsyncIterable<Buffer> = stream;
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks).toString('utf8');
}
