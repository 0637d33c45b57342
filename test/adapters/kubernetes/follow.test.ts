import { describe, expect, it } from 'vitest';
import { API_GATEWAY, type Kind, type KubeObject, POD } from '../../../src/mesh/kinds.ts';
import type { Change } from '../../../src/ports/cluster.ts';
import { ApiError } from '../../../src/shared/errors.ts';
import { events, hang, html, json, refusal, type Reply, reset, type Scripted, scripted } from './scripted-server.ts';

const pod = (name: string, resourceVersion: string) => ({ metadata: { name, namespace: 'a', resourceVersion } });
const list = (resourceVersion: string, ...names: readonly string[]): Reply =>
  json({ metadata: { resourceVersion }, items: names.map((name) => pod(name, resourceVersion)) });
const added = (name: string, version: string) => ({ type: 'ADDED', object: pod(name, version) });
const deleted = (name: string, version: string) => ({ type: 'DELETED', object: pod(name, version) });
const bookmark = (resourceVersion: string) => ({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };

const inWords = (change: Change<KubeObject>): string =>
  change.kind === 'sync'
    ? `sync ${change.items.map(({ metadata }) => metadata.name).join(',')}`
    : `${change.kind} ${change.object.metadata.name}`;

/** What a follower is told, until it has been told so often. */
async function told(server: Scripted, count: number, kind: Kind<KubeObject> = POD): Promise<readonly string[]> {
  const stop = new AbortController();
  const words: string[] = [];
  for await (const change of server.cluster.follow(kind, { namespace: 'a' }, stop.signal)) {
    words.push(inWords(change));
    if (words.length === count) stop.abort();
  }
  return words;
}
const watchedFrom = ({ seen }: Scripted): readonly (string | undefined)[] =>
  seen.filter(({ query }) => query['watch'] === 'true').map(({ query }) => query['resourceVersion']);

describe('following a kind', () => {
  it('asks for bookmarks, and for an end before load balancers make one', async () => {
    await using server = await scripted([list('5', 'one'), events([added('two', '6')], { open: true })]);
    expect(await told(server, 2)).toEqual(['sync one', 'put two']);
    expect(server.seen[1]).toMatchObject({
      path: '/api/v1/namespaces/a/pods',
      query: { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '240', resourceVersion: '5' },
    });
  });

  it.each<[string, Reply]>([
    ['ends', events([added('two', '6')])],
    ['is cut in the middle of an event', events([added('two', '6')], { cut: true })],
  ])('goes on where it was when the stream %s', async (_how, first) => {
    await using server = await scripted([list('5', 'one'), first, events([deleted('two', '7')], { open: true })]);
    expect(await told(server, 3)).toEqual(['sync one', 'put two', 'gone two']);
    expect(watchedFrom(server)).toEqual(['5', '6']);
  });

  it('goes on from a bookmark, of which nobody is told', async () => {
    await using server = await scripted([list('5'), events([bookmark('90')]), events([added('one', '91')])]);
    expect(await told(server, 2)).toEqual(['sync ', 'put one']);
    expect(watchedFrom(server)).toEqual(['5', '90']);
  });

  it.each<[string, Reply]>([
    ['in the stream', events([expired])],
    ['as an answer', refusal(410, 'Expired')],
  ])('lists again when its place has expired: %s', async (_where, reply) => {
    await using server = await scripted([list('5', 'one'), reply, list('9', 'one', 'two'), events([added('x', '10')])]);
    expect(await told(server, 3)).toEqual(['sync one', 'sync one,two', 'put x']);
    expect(watchedFrom(server)).toEqual(['5', '9']);
  });

  it.each<[string, Reply]>([
    ['a reset', reset],
    ['500', refusal(500, 'InternalError')],
    ['429', refusal(429, 'TooManyRequests')],
    ['a page of a load balancer', html(503)],
    ['an error in the stream', events([{ type: 'ERROR', object: { kind: 'Status', code: 500 } }])],
  ])('is patient with %s, and pauses longer each time', async (_what, trouble) => {
    await using server = await scripted([list('5'), trouble, trouble, trouble, trouble, events([added('one', '6')])]);
    expect(await told(server, 2)).toEqual(['sync ', 'put one']);
    expect(server.clock.now()).toBeGreaterThan(250 + 125 + 500);
    expect(watchedFrom(server)).toEqual(['5', '5', '5', '5', '5']);
  });

  it('does not turn in circles when streams end at once', async () => {
    const end = events([]);
    await using server = await scripted([list('5'), end, end, end, end, end, events([added('one', '6')])]);
    expect(await told(server, 2)).toEqual(['sync ', 'put one']);
    expect(server.clock.now()).toBeGreaterThan(3_000);
  });

  it('notices a stream that is open but dead before its first byte', async () => {
    await using server = await scripted([list('5'), hang, events([added('one', '6')])], { deadlineMs: 60 });
    expect(await told(server, 2)).toEqual(['sync ', 'put one']);
  });

  it.each([401, 403])('ends with the error where it is not allowed (%i)', async (status) => {
    await using server = await scripted([list('5'), refusal(status, 'Forbidden')]);
    await expect(told(server, 2)).rejects.toBeInstanceOf(ApiError);
    await expect(told(server, 2)).rejects.toMatchObject({
      status,
      message: expect.stringMatching(/^(?:watch|list) pods in a: /u),
    });
  });

  it('tells an empty list of a kind that is not served, and looks again', async () => {
    await using server = await scripted([refusal(404, 'NotFound'), list('5', 'one'), events([], { open: true })]);
    expect(await told(server, 2, API_GATEWAY)).toEqual(['sync ', 'sync one']);
    expect(server.clock.now()).toBe(30_000);
  });

  it('lists again when the kind goes away', async () => {
    await using server = await scripted([list('5', 'one'), refusal(404, 'NotFound'), refusal(404, 'NotFound')]);
    expect(await told(server, 2, API_GATEWAY)).toEqual(['sync one', 'sync ']);
  });

  it('tells of no empty list when what is always served is not found for a moment', async () => {
    const lost = refusal(404, 'NotFound');
    await using server = await scripted([list('5', 'one'), lost, lost, list('6', 'one'), events([added('two', '7')])]);
    expect(await told(server, 3)).toEqual(['sync one', 'sync one', 'put two']);
  });

  it('closes its connection when its reader leaves', async () => {
    let closed = false;
    const watched: Reply = (response, seen) => {
      response.on('close', () => {
        closed = true;
      });
      events([added('one', '6')], { open: true })(response, seen);
    };
    await using server = await scripted([list('5'), watched]);
    for await (const change of server.cluster.follow(POD, {}, new AbortController().signal)) {
      if (change.kind === 'put') break;
    }
    await expect.poll(() => closed, { interval: 5 }).toBe(true);
  });

  it('reads events of any size and in any pieces', async () => {
    const large = { type: 'ADDED', object: { ...pod('één', '6'), spec: { x: 'ü'.repeat(200_000) } } };
    const bytes = Buffer.from(`${JSON.stringify(large)}\n${JSON.stringify(added('two', '7'))}\n`);
    const inPieces: Reply = (response) => {
      response.writeHead(200);
      for (let at = 0; at < bytes.length; at += 65_537) response.write(bytes.subarray(at, at + 65_537));
      response.end();
    };
    await using server = await scripted([list('5'), inPieces]);
    expect(await told(server, 3)).toEqual(['sync ', 'put één', 'put two']);
  });

  it('gives up a stream that went quiet', async () => {
    await using server = await scripted([events([added('one', '6')], { open: true })]);
    const { signal } = new AbortController();
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      const request = { method: 'GET', path: '/x', what: 'watch', signal } as const;
      for await (const line of server.connection.lines(request, 60)) lines.push(line);
    };
    await expect(read()).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
    expect(lines).toHaveLength(1);
  });
});
