// How does one request reach the API server? Opens it and hands back the answer's stream; what an answer means is for api.ts.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';

export interface Access {
  server: string;
  /** PEM text, not a path. */
  ca: string;
  token: string;
}

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Outgoing {
  verb: Verb;
  path: string;
  agent: https.Agent | false;
  body?: string | undefined;
  contentType?: string | undefined;
  signal?: AbortSignal;
}

/** The answer, whatever its status; throws naming verb and path when there is none. */
export async function open(access: Access, outgoing: Outgoing): Promise<IncomingMessage> {
  const { verb, path, agent, body, contentType = 'application/json', signal } = outgoing;
  const headers: Record<string, string> = { authorization: `Bearer ${access.token}`, accept: 'application/json' };
  if (body !== undefined) {
    headers['content-type'] = contentType;
    headers['content-length'] = String(Buffer.byteLength(body)); // without it a DELETE's body spoils the next request
  }
  const request = https.request(new URL(path, access.server), {
    method: verb,
    agent,
    ca: access.ca,
    headers,
    ...(signal && { signal }),
  });
  request.end(body);
  try {
    const [response]: IncomingMessage[] = await once(request, 'response');
    request.on('error', () => undefined); // from here the response's stream tells
    if (response === undefined) throw new Error('no response');
    return response;
  } catch (cause) {
    if (request.reusedSocket && diedIdle(cause)) return await open(access, outgoing);
    throw new Error(`${verb} ${path}: no answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The server had closed the kept-alive connection before it saw the request. */
function diedIdle(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
}

export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const stream: AsyncIterable<Buffer> = response;
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  const stream: AsyncIterable<string> = response;
  let rest = '';
  for await (const text of stream) {
    const whole = (rest + text).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) if (line !== '') yield line;
  }
}
