import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/adapters/kubernetes/credentials.ts';
import type { ExecPlugin } from '../../../src/adapters/kubernetes/exec-plugin.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { NAMESPACE } from '../../../src/mesh/kinds.ts';
import { NoCredentials } from '../../../src/shared/errors.ts';
import { json, refusal, scripted } from './scripted-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'credentials-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let masked: string[];
let runs: string;
beforeEach(() => {
  masked = [];
  runs = join(mkdtempSync(join(directory, 'runs-')), 'log');
  writeFileSync(runs, '');
});

/** A plugin that notes each run and answers as the shell script says. */
const plugin = (script: string, over: Partial<ExecPlugin> = {}): ExecPlugin => ({
  command: 'sh',
  args: ['-c', `echo run >> "$RUNS"; ${script}`],
  env: { ...process.env, RUNS: runs },
  apiVersion: 'client.authentication.k8s.io/v1',
  ...over,
});
const answer = (status: object): string =>
  `echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`;
const credentials = (script: string, over: Partial<ExecPlugin> = {}, now?: () => number): Credentials =>
  new Credentials({ kind: 'exec', plugin: plugin(script, over) }, (secret) => masked.push(secret), now);
const apply = async (from: Credentials): Promise<RequestOptions> => {
  const options: RequestOptions = { headers: {} };
  await from.applyAuthentication({ name: 'u' }, options);
  return options;
};
const timesRun = (): number => readFileSync(runs, 'utf8').split('\n').length - 1;

describe('a credential plugin', () => {
  it('brings a token, which is masked', async () => {
    expect(await apply(credentials(answer({ token: 's3cret' })))).toMatchObject({
      headers: { Authorization: 'Bearer s3cret' },
    });
    expect(masked).toEqual(['s3cret']);
  });
  it('brings a client certificate', async () => {
    const from = credentials(answer({ clientCertificateData: 'CERT', clientKeyData: 'THE KEY' }));
    expect(await apply(from)).toEqual({ headers: {}, cert: 'CERT', key: 'THE KEY' });
    expect(masked).toEqual(['THE KEY']);
    expect(from.certificates).toBe(1);
  });
  it('is told what it is for, and has nothing to read from', async () => {
    const script = 'cat; printf \'{"status":{"token":"%s"}}\' "$(echo "$KUBERNETES_EXEC_INFO" | sed \'s/"/-/g\')"';
    const { headers } = await apply(credentials(script, { cluster: { server: 'https://x' } }));
    expect(JSON.stringify(headers)).toContain('-interactive-:false,-cluster-:{-server-:-https://x-}');
  });
  it('runs once for many requests', async () => {
    const from = credentials(answer({ token: 's3cret' }));
    await Promise.all([apply(from), apply(from), apply(from)]);
    await apply(from);
    expect(timesRun()).toBe(1);
  });
  it('runs again a minute before its credential expires', async () => {
    let now = Date.parse('2026-10-01T12:00:00Z');
    const from = credentials(answer({ token: 's3cret', expirationTimestamp: '2026-10-01T12:10:00Z' }), {}, () => now);
    await apply(from);
    now = Date.parse('2026-10-01T12:08:59Z');
    await apply(from);
    expect(timesRun()).toBe(1);
    now = Date.parse('2026-10-01T12:09:00Z');
    await apply(from);
    expect(timesRun()).toBe(2);
  });
  it('runs again after it has failed', async () => {
    const from = credentials(`[ $(wc -l < "$RUNS") -gt 1 ] || exit 1; ${answer({ token: 's3cret' })}`);
    await expect(apply(from)).rejects.toThrow(NoCredentials);
    expect(await apply(from)).toMatchObject({ headers: { Authorization: 'Bearer s3cret' } });
  });
  it('runs again when the API server refuses what it brought', async () => {
    const path = join(directory, 'exec.yaml');
    const reply = json({ metadata: { name: 'a' } });
    await using server = await scripted([reply, refusal(401, 'Unauthorized'), reply, refusal(401, 'Unauthorized')], {
      config: (url) => {
        const { command, args } = plugin('printf \'{"status":{"token":"token-%d"}}\' $(wc -l < "$RUNS")');
        const exec = {
          apiVersion: 'client.authentication.k8s.io/v1',
          command,
          args,
          env: [{ name: 'RUNS', value: runs }],
        };
        writeFileSync(
          path,
          JSON.stringify({
            'current-context': 'x',
            contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
            clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
            users: [{ name: 'u', user: { exec } }],
          }),
        );
        const loaded = loadKubeconfig({ path, variables: process.env, mask: (secret) => masked.push(secret) });
        if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems));
        return loaded.value.config;
      },
    });
    await server.cluster.get(NAMESPACE, 'a');
    await server.cluster.get(NAMESPACE, 'a');
    await expect(server.cluster.get(NAMESPACE, 'a')).rejects.toMatchObject({ status: 401 });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
      'Bearer token-3',
    ]);
    expect(masked).toEqual(['token-1', 'token-2', 'token-3']);
  });

  it.each<[string, string, Partial<ExecPlugin>, string]>([
    ['fails', 'echo "session expired" >&2; exit 3', {}, 'exit code 3: session expired'],
    [
      'fails with a token on its lips',
      'echo "401 for Bearer s3cret-token and eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzM2NyZXQifQ.c2ln" >&2; exit 1',
      {},
      'exit code 1: 401 for Bearer *** and ***',
    ],
    [
      "fails with its cloud's token on its lips",
      'echo "refused: ya29.c.s3cret-token k8s-aws-v1.s3cret-token" >&2; exit 1',
      {},
      'exit code 1: refused: *** ***',
    ],
    [
      'fails with a token where its complaint is cut',
      `echo "refused: ya29.s3cret${'-s3cret'.repeat(40)} ${'x'.repeat(250)}" >&2; exit 1`,
      {},
      `exit code 1: refused: *** ${'x'.repeat(250)}`,
    ],
    ['fails at length', `echo "much ${'x'.repeat(300)}" >&2; exit 1`, {}, `exit code 1: …${'x'.repeat(300)}`],
    ['fails in silence', 'exit 1', {}, 'exit code 1: it said nothing'],
    ['says no JSON', 'echo s3cret', {}, 'its output is no ExecCredential'],
    ['brings nothing', answer({}), {}, 'its output is no ExecCredential'],
    ['brings half a certificate', answer({ clientCertificateData: 'CERT' }), {}, 'its output is no ExecCredential'],
    ['hangs', 'sleep 60', { timeoutMs: 100 }, 'no answer within 0.1 s'],
    ['never ends', 'yes s3cret', {}, 'it does not end its output'],
    ['leaves a child that hangs', 'sleep 60 & exit 0', { timeoutMs: 100 }, 'no answer within 0.1 s'],
    ['is not there', '', { command: 'no-such-plugin', installHint: 'Install it.' }, 'not on the PATH; Install it.'],
  ])('that %s is named, with what to do', async (_how, script, over, message) => {
    const error: unknown = await apply(credentials(script, over)).then(String, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(NoCredentials);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('s3cret');
  });
});

describe('a plugin that leaves a daemon behind, outside of its process group', () => {
  it('does not keep us alive, although the daemon holds its output', async () => {
    const pid = join(directory, 'daemon');
    const daemon = `setsid sh -c 'echo $$ > ${pid}; exec sleep 300' & until [ -s ${pid} ]; do :; done`;
    const ours = `
      import { runPlugin } from './src/adapters/kubernetes/exec-plugin.ts';
      await runPlugin(${JSON.stringify(plugin(`${daemon}; yes`))}, () => undefined).catch(({ message }) => console.log(message));
    `;
    const running = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', ours], { timeout: 30_000 });
    try {
      expect((await running).stdout).toContain('it does not end its output');
    } finally {
      process.kill(Number(readFileSync(pid, 'utf8')));
    }
  });
});

describe('a token file', () => {
  it('is read again for each request: who renews it expects that', async () => {
    const path = join(directory, 'token');
    const from = new Credentials({ kind: 'token-file', path }, (secret) => masked.push(secret));
    writeFileSync(path, 'first\n');
    expect(await apply(from)).toMatchObject({ headers: { Authorization: 'Bearer first' } });
    await apply(from);
    writeFileSync(path, 'second');
    expect(await apply(from)).toMatchObject({ headers: { Authorization: 'Bearer second' } });
    expect(masked).toEqual(['first', 'second']);
  });
  it('that is not there is named', async () => {
    const from = new Credentials({ kind: 'token-file', path: '/nowhere/token' }, () => undefined);
    await expect(apply(from)).rejects.toThrow('the token file /nowhere/token of the kubeconfig cannot be read');
  });
});
