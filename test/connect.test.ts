// Is what main wires together wired? What the parts do is for their own tests.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Installer } from '../src/adapters/istio/installer.ts';
import { installerOf, kubeconfigOf, type ToolsOf } from '../src/connect.ts';
import { asRevision } from '../src/mesh/names.ts';
import { ApiError, LostLease, NoCredentials } from '../src/shared/errors.ts';
import { frozenConfig } from './builders/config.ts';
import { FakeCluster } from './fakes/fake-cluster.ts';

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'icu-main-'));
  await writeFile(join(bin, 'istioctl'), '#!/bin/sh\necho "no space left" >&2; exit 1\n', { mode: 0o755 });
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
const never = new AbortController().signal;
const installerWith = (over: Partial<ToolsOf>): Installer =>
  installerOf({
    config,
    files: undefined,
    env: { PATH: `${bin}:/usr/bin:/bin` },
    signal: never,
    lease: { signal: never },
    cluster: new FakeCluster(),
    ...over,
  });
const HELM = { kind: 'helm', args: ['istio/istiod'] } as const;
const request = { target: asRevision('1-32'), istioNamespace: 'istio-system' };

it('a tool that installs is ended when the lease is lost, and the run ends as that says', async () => {
  const lease = new AbortController();
  const lost = new LostLease('another run holds the lease');
  await helmIs('echo started; exec sleep 600');
  const installing = installerWith({ lease }).install({ ...request, install: HELM }, () => lease.abort(lost));
  await expect(installing).rejects.toBe(lost);
});

/** Where what the tool took anew is what the API server is asked with, and answers so. */
const answering = (identity: FakeCluster['identity']): Installer => {
  const cluster = new FakeCluster();
  let isFresh = false;
  cluster.freshCredentials = () => {
    isFresh = true;
    return {};
  };
  cluster.identity = async () => {
    expect(isFresh).toBe(true);
    return identity();
  };
  return installerWith({ cluster });
};

const failing = (error: Error): Installer =>
  answering(async () => {
    throw error;
  });

describe('a tool that failed', () => {
  const install = { kind: 'istioctl', args: [] } as const;

  it.each([
    new ApiError('read: 401 Unauthorized', { status: 401, reason: 'Unauthorized' }),
    new NoCredentials('the plugin failed', { remedy: 'Log in.' }),
  ])('for want of credentials ends the run as they do: %s', async (error) => {
    await expect(failing(error).render({ ...request, install })).rejects.toBe(error);
    await expect(failing(error).install({ ...request, install }, () => undefined)).rejects.toBe(error);
  });

  it('with credentials that are accepted says itself why', async () => {
    const installer = answering(async () => new FakeCluster().who);
    await expect(installer.render({ ...request, install })).rejects.toThrow('no space left');
  });

  it('says itself why, too, where the API server says nothing of the credentials', async () => {
    const silence = new ApiError('read: no answer', { status: 0, reason: 'ECONNREFUSED' });
    await expect(failing(silence).render({ ...request, install })).rejects.toThrow('no space left');
  });
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
  const installer = installerWith({
    config: asked,
    files: loaded.value.files,
    env: { ...env, PATH: `${bin}:/usr/bin:/bin` },
  });
  await installer.install({ ...request, install: HELM }, (line) => lines.push(line));
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
