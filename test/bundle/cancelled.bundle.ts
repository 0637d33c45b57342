// What does a command say that is cancelled before it has written anything? Of an API server that lets it in and then answers nothing
// more, so that the run is in the middle of its checks for as long as a test needs.
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAction } from './harness.ts';

const ANSWERS: Readonly<Record<string, object>> = {
  '/version': { gitVersion: 'v1.34.0' },
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': { status: { userInfo: { username: 'octocat' } } },
};

const unanswered = new EventEmitter();
let server: Server;
let directory: string;
let kubeconfig: string;

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const answer = ANSWERS[url];
    if (answer === undefined) unanswered.emit('asked');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  directory = mkdtempSync(join(tmpdir(), 'cancelled-'));
  kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [
        { name: 'test', cluster: { server: `http://127.0.0.1:${String(port)}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'test', user: { token: 'token-of-the-test' } }],
    }),
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

it.each(['plan', 'status', 'upgrade'])(
  '`%s` ends held at the first signal, with outputs and a summary',
  async (command) => {
    const asked = once(unanswered, 'asked');
    const run = startAction({
      inputs: {
        command,
        kubeconfig,
        'target-revision': '1-32',
        'prometheus-url': 'http://127.0.0.1:2',
      },
    });
    await asked;
    run.kill('SIGINT');
    const { code, signal, outputs, summary, stdout, post } = await run.result;
    expect(stdout).toContain('SIGINT: stopping at the next safe point');
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(outputs).toMatchObject({ ending: 'held', 'reason-code': 'interrupted', 'resume-command': command });
    expect(summary).toContain('SIGINT asked this run to stop');
    expect(post.stdout).toBe('');
  },
);
