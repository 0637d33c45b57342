// Is what main wires together wired? What the parts do is for their own tests.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Installer } from '../src/adapters/istio/installer.ts';
import { installerOf } from '../src/connect.ts';
import { asRevision } from '../src/mesh/names.ts';
import { ApiError, LostLease, NoCredentials } from '../src/shared/errors.ts';
import { frozenConfig } from './builders/config.ts';
import { FakeCluster } from './fakes/fake-cluster.ts';

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'icu-main-'));
  await writeFile(join(bin, 'helm'), '#!/bin/sh\necho started; exec sleep 600\n', { mode: 0o755 });
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
const installerWith = (cluster: FakeCluster, lease = new AbortController()): Installer =>
  installerOf(config, { PATH: `${bin}:/usr/bin:/bin` }, new AbortController().signal, lease, cluster);
const request = { target: asRevision('1-32'), istioNamespace: 'istio-system' };

it('a tool that installs is ended when the lease is lost, and the run ends as that says', async () => {
  const lease = new AbortController();
  const lost = new LostLease('another run holds the lease');
  const installer = installerWith(new FakeCluster(), lease);
  const install = { kind: 'helm', args: ['istio/istiod'] } as const;
  await expect(installer.install({ ...request, install }, () => lease.abort(lost))).rejects.toBe(lost);
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
  return installerWith(cluster);
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
