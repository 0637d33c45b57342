import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Reply } from './proxy.ts';
import { repeating } from './repeating.ts';

const OLD = 'Thu, 01 Jan 2026 00:00:00 GMT';

/** Prometheus' answers are its own questions, numbered. */
function asking(): (query: string, time: string) => Promise<string> {
  const script = repeating('now');
  let answers = 0;
  return async (query, time) => {
    const body = new URLSearchParams({ query, time }).toString();
    const reply = await script({ method: 'POST', url: new URL('http://x'), body }, async (): Promise<Reply> => {
      answers += 1;
      return { status: 200, headers: {}, body: Readable.from([Buffer.from(`${query}, ${String(answers)}`)]) };
    });
    return typeof reply === 'string' || typeof reply.body === 'string' ? 'none' : text(reply.body);
  };
}

it('a question gets its first answer, whatever time it is asked about', async () => {
  const ask = asking();
  expect(await ask('sum(x)', '1')).toBe('sum(x), 1');
  expect(await ask('sum(y)', '1')).toBe('sum(y), 2');
  expect(await ask('sum(x)', '2')).toBe('sum(x), 1');
});

it('how long ago the last look was makes no other question', async () => {
  const ask = asking();
  await ask('increase(x[1203ms] @ 17.500)', '1');
  expect(await ask('increase(x[998ms] @ 18.498)', '2')).toBe('increase(x[1203ms] @ 17.500), 1');
});

it.each(['old', 'now'] as const)('its header Date is %s', async (date) => {
  const script = repeating(date);
  const call = { method: 'POST', url: new URL('http://x'), body: 'query=x' };
  const reply = await script(call, async () => ({ status: 200, headers: { date: OLD }, body: '' }));
  expect(typeof reply === 'string' ? reply : reply.headers['date'] === OLD).toBe(date === 'old');
});
