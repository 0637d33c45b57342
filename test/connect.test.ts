// Is what main wires together wired? What the parts do is for their own tests.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installerOf, kubeconfigOf } from '../src/connect.ts';
import { asRevision } from '../src/mesh/names.ts';
import { LostLease } from '../src/shared/errors.ts';
import { frozenConfig } from './builders/config.ts';

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'icu-main-'));
});
afterAll(async () => {
  await rm(bin, { recursive: true });
});

const run = {
  batch: 'next',
  rolloutTimeoutMs: 1,
  maxRestarting: 1,
  lockWaitMs: 0,
  rehearseMs: 0,
  accept: [],
} as const;
const config = { command: 'start', frozen: frozenConfig(), frozenSet: [], run } as const;
const install = { kind: 'helm', args: ['istio/istiod'] } as const;
const request = { install, target: asRevision('1-32'), istioNamespace: 'istio-system' };
const never = new AbortController().signal;

it('a tool that installs is ended when the lease is lost, and the run ends as that says', async () => {
  const lease = new AbortController();
  const lost = new LostLease('another run holds the lease');
  await helmIs('echo started; exec sleep 600');
  const installer = installerOf(config, {}, { PATH: `${bin}:/usr/bin:/bin` }, never, lease);
  await expect(installer.install(request, () => lease.abort(lost))).rejects.toBe(lost);
});

describe('the kubeconfig that istioctl and helm get', () => {
  it('is the list of files in KUBECONFIG that are there: their flag takes one path only', async () => {
    const [first, second] = [await kubeconfigIn('first'), await kubeconfigIn('second')];
    const said = await saidWith({}, { KUBECONFIG: [first, join(bin, 'none'), second].join(delimiter) });
    expect(said).toMatch(`KUBECONFIG=${first}${delimiter}${second} upgrade`);
    expect(said).not.toContain('--kubeconfig');
  });

  it('is the file of the input, whatever KUBECONFIG says', async () => {
    const [asked, other] = [await kubeconfigIn('asked'), await kubeconfigIn('other')];
    expect(await saidWith({ kubeconfig: asked }, { KUBECONFIG: other })).toContain(`--kubeconfig ${asked}`);
  });
});

async function saidWith(inputs: { readonly kubeconfig?: string }, env: NodeJS.ProcessEnv): Promise<string> {
  await helmIs('echo "KUBECONFIG=$KUBECONFIG $*"');
  const edge = { mask: () => undefined };
  const asked = { ...config, run: { ...run, ...inputs } };
  const loaded = kubeconfigOf(edge, asked, env);
  if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded.problems));
  const lines: string[] = [];
  const installer = installerOf(asked, loaded.value, { ...env, PATH: `${bin}:/usr/bin:/bin` }, never, {
    signal: never,
  });
  await installer.install(request, (line) => lines.push(line));
  return lines.join();
}

const helmIs = async (script: string): Promise<void> =>
  writeFile(join(bin, 'helm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

async function kubeconfigIn(name: string): Promise<string> {
  const path = join(bin, name);
  const contexts = [{ name: 'here', context: { cluster: 'here', user: 'me' } }];
  const clusters = [{ name: 'here', cluster: { server: 'https://127.0.0.1:6443' } }];
  const users = [{ name: 'me', user: {} }];
  await writeFile(path, JSON.stringify({ 'current-context': 'here', contexts, clusters, users }));
  return path;
}
