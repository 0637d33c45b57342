// An API server that does what a test tells it to, request by request, over real HTTP.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connection } from '../../../src/adapters/kubernetes/connection.ts';
import { KubeCluster } from '../../../src/adapters/kubernetes/kube-cluster.ts';
import { PooledKubeConfig } from '../../../src/adapters/kubernetes/pooled-config.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export type Reply = (response: ServerResponse, seen: Seen) => void;

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
/** Kubernetes' own way to refuse. */
export const refusal = (code: number, reason: string, headers: Record<string, string> = {}): Reply =>
  json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `said ${reason}` }, code, headers);
export const html =
  (status: number): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html><body>Please log in: s3cret</body></html>');
  };
export const reset: Reply = (response) => {
  response.socket?.resetAndDestroy();
};
export const hang: Reply = () => undefined;
/** Watch events, then the end of the stream; with `cut`, an end in the middle. */
export const events =
  (lines: readonly object[], { cut = false, open = false } = {}): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    if (cut) response.write('{"type":"MODI', () => response.socket?.destroy());
    else if (!open) response.end();
  };

export interface Scripted extends AsyncDisposable {
  readonly seen: Seen[];
  readonly url: string;
  readonly clock: ManualClock;
  readonly connection: Connection;
  readonly cluster: KubeCluster;
  /** Most connections at once, and in all. */
  readonly sockets: { readonly most: number; readonly all: number };
}

/** Answers with the replies in order, the last one again and again. */
export async function scripted(
  replies: readonly Reply[],
  options: { readonly deadlineMs?: number; readonly config?: (url: string) => PooledKubeConfig } = {},
): Promise<Scripted> {
  const seen: Seen[] = [];
  const sockets = { now: 0, most: 0, all: 0 };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    const stream: AsyncIterable<Buffer> = request;
    for await (const chunk of stream) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const one: Seen = {
      method: request.method ?? '',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    const reply = replies[Math.min(seen.length, replies.length - 1)];
    seen.push(one);
    reply?.(response, one);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.most = Math.max(sockets.most, ++sockets.now);
    sockets.all++;
    socket.on('close', () => sockets.now--);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
  const url = `http://127.0.0.1:${String(port)}`;
  const config = (options.config ?? configFor)(url);
  const clock = new ManualClock(0, { automatic: true });
  const connection = new Connection(config, { clock, deadlineMs: options.deadlineMs ?? 5_000 });
  return {
    seen,
    url,
    clock,
    connection,
    cluster: new KubeCluster(config, connection),
    sockets,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function configFor(url: string): PooledKubeConfig {
  const config = new PooledKubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: url, skipTLSVerify: true }],
    users: [{ name: 'u', token: 's3cret' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}
