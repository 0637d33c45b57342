import { spawnSync } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, startAction, startCli } from './harness.ts';
import { unfolded } from './workflow-commands.ts';

/** An API server that takes connections and never answers: whoever asks it is busy for as long as a test needs. */
let silent: Server;
const sockets = new Set<Socket>();
let directory: string;
let kubeconfig: string;

beforeAll(async () => {
  silent = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  directory = mkdtempSync(join(tmpdir(), 'bundle-'));
  kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${String(port)}`));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  rmSync(directory, { recursive: true, force: true });
});

const kubeconfigFor = (server: string): string => `apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: '${server}', insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: kubeconfig-token-1234}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
`;

describe('the process', () => {
  it('is there in no time', async () => {
    const times: number[] = [];
    for (let time = 0; time < 3; time += 1) times.push((await runCli(['--help'])).tookMs);
    process.stdout.write(`the bundle starts, helps and ends in ${times.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
    // A loaded machine is not what is measured.
    expect(Math.min(...times)).toBeLessThan(3000);
  });

  it('ends as it would have, also when nobody reads along', () => {
    const work = mkdtempSync(join(directory, 'closed-'));
    const bundle = join(process.env['BUNDLE_DIST'] ?? join(import.meta.dirname, '../../dist'), 'index.js');
    const script = '"$0" "$1" plan | true; echo "${PIPESTATUS[0]}"';
    const shell = spawnSync('bash', ['-c', script, process.execPath, bundle], {
      cwd: work,
      env: { PATH: process.env['PATH'], HOME: work },
      encoding: 'utf8',
    });
    expect(shell).toMatchObject({ stdout: '2\n', stderr: '' });
    expect(existsSync(join(work, 'istio-canary-upgrade-report.json'))).toBe(true);
  });

  it('says at once, and unfolded, that it heard a signal', async () => {
    const run = startAction({ inputs: { command: 'status', kubeconfig } });
    await connection();
    run.kill('SIGTERM');
    await run.saw(/SIGTERM/);
    // A second one is a person who will not wait.
    run.kill('SIGTERM');
    const { stdout, post } = await run.result;
    expect(unfolded(stdout).some((line) => line.startsWith('SIGTERM: '))).toBe(true);
    expect(post.code).toBe(0);
  });

  it('that was killed leaves its post step to say so', async () => {
    const run = startAction({ inputs: { command: 'status', kubeconfig } });
    await connection();
    run.kill('SIGKILL');
    const { signal, post, outputs } = await run.result;
    expect(signal).toBe('SIGKILL');
    expect(outputs).toEqual({});
    expect(post.commands.map(({ name }) => name)).toEqual(['error']);
    expect(post.stdout).toContain('rollback');
  });

  it('that was killed while it may have held the lease tries to hand it back, and not for long', async () => {
    const run = startAction({ inputs: { command: 'rollback', kubeconfig } });
    await connection();
    run.kill('SIGKILL');
    const { post } = await run.result;
    expect(post.commands.map(({ name }) => name)).toEqual(['error', 'add-mask', 'warning']);
    expect(post.stdout).toContain('the next run takes it over after a minute');
    expect(post.code).toBe(0);
  });

  it('does not mistake its own token for text to show', async () => {
    const run = startCli(['status', '--kubeconfig', kubeconfig]);
    await connection();
    run.kill('SIGTERM');
    await run.saw(/SIGTERM/);
    run.kill('SIGTERM');
    const { stdout, stderr } = await run.result;
    expect(stdout + stderr).not.toContain('kubeconfig-token-1234');
  });

  it('exits 1, broken, when nobody answers where the cluster should be', async () => {
    const nobody = join(directory, 'nobody');
    writeFileSync(nobody, kubeconfigFor('http://127.0.0.1:2'));
    const run = await runCli(['status', '--kubeconfig', nobody]);
    expect(run.stdout).toMatch(/^BROKEN .* http:\/\/127\.0\.0\.1:2, context test: .*the connection was refused/m);
    expect(run.stdout).toMatch(/^what to do: Check the way to the API server/m);
    expect(run.stdout).not.toContain('rollback');
    expect(run.code).toBe(1);
    expect(run.report).toMatchObject({ ending: 'broken', exitCode: 1 });
    expect(run.stdout).not.toContain('kubeconfig-token-1234');
    // It asks again for some twenty seconds before it gives up.
  }, 90_000);
});

/** Resolves when the next process has reached the silent API server. */
async function connection(): Promise<void> {
  await new Promise((resolve) => {
    silent.once('connection', resolve);
  });
}
