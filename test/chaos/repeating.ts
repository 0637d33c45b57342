// How does a Prometheus answer behind a cache that forgets nothing? Whatever time is asked about, each question gets the answer that it
// got first, with the times that were in it.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Call, Reply, Script } from './proxy.ts';

/**
 * Faithful to whatever is asked for the first time from now on. A cache before the server repeats its header `Date`, too; one behind it,
 * as query frontends have, answers `now`.
 */
export function repeating(date: 'old' | 'now'): Script {
  const first = new Map<string, Promise<Kept>>();
  return async (call, forward) => {
    const question = questionIn(call);
    const kept = first.get(question) ?? keep(forward);
    first.set(question, kept);
    kept.catch(() => first.delete(question)); // whoever asked has gone: that was no answer
    const { reply, bytes } = await kept;
    const headers = { ...reply.headers, ...(date === 'now' && { date: new Date().toUTCString() }) };
    return { ...reply, headers, body: Readable.from([bytes]) };
  };
}

interface Kept {
  readonly reply: Reply;
  readonly bytes: Buffer;
}
async function keep(forward: () => Promise<Reply>): Promise<Kept> {
  const reply = await forward();
  return { reply, bytes: typeof reply.body === 'string' ? Buffer.from(reply.body) : await buffer(reply.body) };
}

/** Without times: each look asks about another moment, and about all that came since the last one. */
function questionIn({ body }: Call): string {
  const query = new URLSearchParams(body).get('query') ?? '';
  return query.replaceAll(/\d+ms\b/gu, 'ms').replaceAll(/@ [\d.]+/gu, '@');
}
