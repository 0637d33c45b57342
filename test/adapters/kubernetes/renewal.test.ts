import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { KubeCluster } from '../../../src/adapters/kubernetes/kube-cluster.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import type { PooledKubeConfig } from '../../../src/adapters/kubernetes/pooled-config.ts';
import { CONFIG_MAP, NAMESPACE } from '../../../src/mesh/kinds.ts';
import { LostLease, NoCredentials } from '../../../src/shared/errors.ts';
import { events, json, refusal, type Reply, type Scripted, scripted } from './scripted-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'renewal-'));
const path = join(directory, 'kubeconfig');
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let masked: string[];
beforeEach(() => {
  masked = [];
});

const write = (server: string, user: object): void => {
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user }],
    }),
  );
};
function load(): PooledKubeConfig {
  const loaded = loadKubeconfig({ path, variables: process.env, mask: (secret) => masked.push(secret) });
  if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.config;
}
const serverFor = async (user: object, replies: readonly Reply[]): Promise<Scripted> =>
  scripted(replies, {
    config: (url) => {
      write(url, user);
      return load();
    },
  });
const tokens = ({ seen }: Scripted): readonly (string | undefined)[] =>
  seen.map(({ headers }) => headers.authorization);
const found = json({ metadata: { name: 'a' } });
const unauthorized = refusal(401, 'Unauthorized');
const script = (text: string): object => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', text] },
});
const brings = (token: string): string => `printf '{"status":{"token":"${token}"}}'`;

describe('on a 401 the kubeconfig is read again', () => {
  it('and a token that somebody has renewed there is used, once masked', async () => {
    await using server = await serverFor({ token: 'first-token' }, [found, unauthorized, found]);
    await server.cluster.get(NAMESPACE, 'a');
    write(server.url, { token: 'second-token' });
    expect(await server.cluster.get(NAMESPACE, 'a')).toMatchObject({ metadata: { name: 'a' } });
    expect(tokens(server)).toEqual(['Bearer first-token', 'Bearer first-token', 'Bearer second-token']);
    expect(masked).toContain('second-token');
  });

  it('and where it says the same, nothing is asked twice', async () => {
    await using server = await serverFor({ token: 'first-token' }, [unauthorized]);
    await expect(server.cluster.get(NAMESPACE, 'a')).rejects.toMatchObject({ status: 401 });
    expect(server.seen).toHaveLength(1);
  });

  it('and where it is for another cluster by now, or gone, it is not followed', async () => {
    await using server = await serverFor({ token: 'first-token' }, [unauthorized]);
    write('https://elsewhere.example', { token: 'second-token' });
    await expect(server.cluster.get(NAMESPACE, 'a')).rejects.toMatchObject({ status: 401 });
    rmSync(path);
    await expect(server.cluster.get(NAMESPACE, 'a')).rejects.toMatchObject({ status: 401 });
    expect(tokens(server)).toEqual(['Bearer first-token', 'Bearer first-token']);
  });

  it('and a plugin that it names by now takes the place of a token', async () => {
    await using server = await serverFor({ token: 'first-token' }, [unauthorized, found]);
    write(server.url, script(brings('of-a-plugin')));
    await server.cluster.get(NAMESPACE, 'a');
    expect(tokens(server)).toEqual(['Bearer first-token', 'Bearer of-a-plugin']);
  });

  it('for a watch as well', async () => {
    const list = json({ metadata: { resourceVersion: '7' }, items: [] });
    const event = { type: 'ADDED', object: { metadata: { name: 'new', resourceVersion: '8' } } };
    await using server = await serverFor({ token: 'first-token' }, [
      list,
      unauthorized,
      events([event], { open: true }),
    ]);
    const stop = new AbortController();
    const changes = server.cluster.follow(CONFIG_MAP, {}, stop.signal);
    const iterator = changes[Symbol.asyncIterator]();
    await iterator.next();
    write(server.url, { token: 'second-token' });
    expect((await iterator.next()).value).toMatchObject({ kind: 'put', object: { metadata: { name: 'new' } } });
    stop.abort();
    await iterator.next();
    expect(tokens(server)).toEqual(['Bearer first-token', 'Bearer first-token', 'Bearer second-token']);
  });
});

/** A plugin of which every run fails but those after this many. */
const failingAtFirst = (failures: number): object => {
  const runs = join(mkdtempSync(join(directory, 'runs-')), 'log');
  return script(
    `echo run >> ${runs}; [ $(wc -l < ${runs}) -gt ${String(failures)} ] || exit 1; ${brings('of-a-later-run')}`,
  );
};

describe('a plugin that fails', () => {
  it('is run once more', async () => {
    await using server = await serverFor(failingAtFirst(1), [found]);
    await server.cluster.get(NAMESPACE, 'a');
    expect(tokens(server)).toEqual(['Bearer of-a-later-run']);
  });

  it.each([
    [1, ['{"type":"BOOKMARK"}']],
    [2, ['NoCredentials']],
  ])('%i times before a watch is run once more for it, and no more', async (failures, heard) => {
    await using server = await serverFor(failingAtFirst(failures), [events([{ type: 'BOOKMARK' }])]);
    const { signal } = new AbortController();
    const lines = server.connection.lines({ method: 'GET', path: '/', what: 'watch', signal }, 1000);
    const read = async (): Promise<string[]> => {
      const got: string[] = [];
      for await (const line of lines) got.push(line);
      return got;
    };
    expect(await read().catch((error: Error) => [error.name])).toEqual(heard);
  });

  it('again is the end: nothing was sent', async () => {
    await using server = await serverFor(script('echo "session expired" >&2; exit 1'), [found]);
    const error: unknown = await server.cluster.get(NAMESPACE, 'a').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NoCredentials);
    expect(String(error)).toContain('session expired');
    expect(server.seen).toEqual([]);
  });
});

/** The first token has run out. */
const unlessFirst: Reply = (response, seen) => {
  (seen.headers.authorization === 'Bearer token-1' ? unauthorized : found)(response, seen);
};

describe('requests refused at the same time', () => {
  it('make the plugin run once for all of them', async () => {
    const runs = join(directory, 'runs');
    writeFileSync(runs, '');
    const text = `echo run >> ${runs}; printf '{"status":{"token":"token-%d"}}' $(wc -l < ${runs})`;
    await using server = await serverFor(script(text), [unlessFirst]);
    await Promise.all(Array.from({ length: 12 }, async () => server.cluster.get(NAMESPACE, 'a')));
    expect(new Set(tokens(server))).toEqual(new Set(['Bearer token-1', 'Bearer token-2']));
  });
});

const jwt = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** Of nobody, until 2036-11-22T22:37:48Z; its key is gone. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUQik9AAxoQbympH506pOObrd1730wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHc29tZW9uZTAeFw0yNjExMjUyMjM3NDhaFw0zNjExMjIyMjM3
NDhaMBIxEDAOBgNVBAMMB3NvbWVvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASp9xPMlQPYzTFsd1HX8amo8FtFwPyltSHPFSCPeuVQ11+fQeXeanhdkS6LXjnJ
353PZBPMZmk931Ry7OSX80yAo1MwUTAdBgNVHQ4EFgQUanq8zuF4jce0xvVo42LF
wR05gnkwHwYDVR0jBBgwFoAUanq8zuF4jce0xvVo42LFwR05gnkwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA5pcsGUD9HoK61I3cqjvYCAS1dNDa
dZmRqM4CwhSNqb0CIDBM3jPe2dlUd64H+85gKWAeCf71lgK4dPtf50FTnbSL
-----END CERTIFICATE-----
`;

const RENEWS = { 'client-id': 'c', 'refresh-token': 'r', 'idp-issuer-url': 'https://idp.example' };
const oidc = (config: object, exp = 1_800_000_000): object => ({
  'auth-provider': { name: 'oidc', config: { 'id-token': jwt({ exp }), ...config } },
});
const ended = join(directory, 'ended-token');
writeFileSync(ended, jwt({ exp: 1 }));

describe('an id-token that nothing renews', () => {
  it('is brought also when it has ended, so that it is refused rather than taken for nobody', async () => {
    await using server = await serverFor(oidc({}, 1), [unauthorized, unauthorized, found]);
    await expect(server.cluster.get(NAMESPACE, 'a')).rejects.toMatchObject({ status: 401 });
    write(server.url, oidc({}, 2));
    await server.cluster.get(NAMESPACE, 'a');
    expect(tokens(server)).toEqual([1, 1, 2].map((exp) => `Bearer ${jwt({ exp })}`));
  });
});

describe('fresh credentials', () => {
  it.each([
    [{ token: jwt({ exp: 1_800_000_000 }) }, 1_800_000_000_000, "a JWT's exp"],
    [{ token: jwt({ sub: 'me' }) }, undefined, 'a JWT without end'],
    [{ token: 'opaque-token' }, undefined, 'a token that says nothing'],
    [{ token: 'three.odd.words' }, undefined, 'no JWT'],
    [{ 'client-certificate-data': btoa(CERTIFICATE) }, Date.UTC(2036, 10, 22, 22, 37, 48), "a certificate's notAfter"],
    [{ 'client-certificate-data': btoa(CERTIFICATE), token: jwt({ exp: 9 }) }, 9000, 'what ends first'],
    [{ 'client-certificate-data': btoa('no certificate') }, undefined, 'no certificate'],
    [{ username: 'me', password: 'mine' }, undefined, 'a password'],
    [script(brings(jwt({ exp: 1 }))), undefined, 'a plugin brings another one in time'],
    [oidc({}), 1_800_000_000_000, 'an id-token that nothing renews'],
    [oidc({ 'refresh-token': 'r' }), 1_800_000_000_000, 'one that says not where it could be renewed'],
    [oidc(RENEWS), undefined, 'one that is renewed'],
    [{ ...oidc({}), token: 'opaque-token' }, undefined, 'a token that goes before an id-token'],
    [{ tokenFile: ended }, undefined, 'whoever wrote the file may write the next one in time'],
  ])('of %j end at %j: %s', async (user, endMs, _why) => {
    await using server = await serverFor(user, [found]);
    expect(server.cluster.freshCredentials()).toEqual(endMs === undefined ? {} : { endMs });
  });

  it('are those that stand in the kubeconfig now', async () => {
    await using server = await serverFor({ token: jwt({ exp: 1 }) }, [found]);
    write(server.url, { token: jwt({ exp: 2 }) });
    expect(server.cluster.freshCredentials()).toEqual({ endMs: 2000 });
  });
});

describe('a write whose credentials take long', () => {
  it('is not sent once the lease was lost meanwhile', async () => {
    await using server = await serverFor(script(`sleep 0.2; ${brings('late-token')}`), [found]);
    let asked = 0;
    const writer = new KubeCluster(load(), server.connection, () => {
      asked += 1;
      if (asked > 1) throw new LostLease('another run holds it');
    });
    await expect(writer.patch(NAMESPACE, { name: 'a' }, {})).rejects.toThrow(LostLease);
    expect([asked, server.seen]).toEqual([2, []]);
  });
});
