// Does text of others stay text, through the whole bundle? A cluster that answers everything with what an attacker would write,
// named by a kubeconfig that does the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE, UNSAFE } from '../report/hostile.ts';
import { type ActionResult, runAction, runCli } from './harness.ts';

let hostile = '';
let server: Server;
let directory: string;
let url: string;

/** Lets us in, and then refuses everything in the attacker's words. */
function answer({ url: path = '' }: IncomingMessage, response: ServerResponse): void {
  const say = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (path === '/version') say(200, { gitVersion: hostile });
  else if (path.endsWith('/selfsubjectreviews')) say(201, { status: { userInfo: { username: hostile } } });
  else if (path.endsWith('/selfsubjectaccessreviews')) say(201, { status: { allowed: true } });
  else say(422, { kind: 'Status', code: 422, reason: hostile, message: `admission webhook "x" denied it: ${hostile}` });
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
  directory = mkdtempSync(join(tmpdir(), 'hostile-'));
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Everything in it that can have a name has this one. */
function kubeconfigNamed(name: string): string {
  const path = join(directory, 'kubeconfig');
  const cluster = { server: url, 'insecure-skip-tls-verify': true };
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': name,
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster }],
      users: [{ name, user: { token: 'token-of-the-test' } }],
    }),
  );
  return path;
}

async function statusOf(text: string): Promise<ActionResult> {
  hostile = text;
  return runAction({
    inputs: { command: 'status', kubeconfig: kubeconfigNamed(text) },
    actor: text.replaceAll('\n', ' '),
  });
}

/** What depends on where a line begins, each alone; the rest in one. */
const cases = [
  ...HOSTILE.filter(({ reason }) => reason.includes('command')),
  { text: HOSTILE.map(({ text }) => text).join('\n'), reason: 'everything at once' },
];

describe('a hostile cluster', () => {
  it.each(cases)('cannot make a step do or show anything with $reason', async ({ text }) => {
    const run = await statusOf(text);
    expect(run.outputs).toMatchObject({ ending: 'broken', 'reason-code': 'api-server' });
    // A long message is cut.
    expect(run.report).toMatchObject({ sentence: expect.stringContaining(text.slice(0, 100)) });
    expect(new Set(run.commands.map(({ name }) => name))).toEqual(new Set(['add-mask', 'error']));
    expect(run.commands.filter(({ name }) => name === 'error')).toHaveLength(1);
    for (const shown of [run.stdout, run.stderr, run.post.stdout]) expect(shown).not.toMatch(UNSAFE);
    expect(run.summary).not.toMatch(UNSAFE);
    expect(run.summary).not.toMatch(/<(?!\/?(?:code|details|summary)>)|!\[|\]\(|:\/\/evil/u);
  });

  it.each(cases)('cannot do anything to a terminal with $reason', async ({ text }) => {
    hostile = text;
    const run = await runCli(['status', '--kubeconfig', kubeconfigNamed(text)]);
    expect(run.code).toBe(1);
    expect(run.report).toMatchObject({ ending: 'broken' });
    for (const shown of [run.stdout, run.stderr, run.summary]) expect(shown).not.toMatch(UNSAFE);
  });
});

describe('a hostile name', () => {
  it('of the context that is wanted is told as text', async () => {
    const run = await runCli(['status', '--kubeconfig', kubeconfigNamed('\u001b[2J::error::x'), '--context', 'none']);
    expect(run.code).toBe(2);
    expect(run.stdout).toContain(String.raw`\x1b[2J::error::x`);
    expect(run.stdout).not.toMatch(UNSAFE);
  });
});
