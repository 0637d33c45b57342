// Is what main wires together wired? What the parts do is for their own tests.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installerOf } from '../src/connect.ts';
import { asRevision } from '../src/mesh/names.ts';
import { LostLease } from '../src/shared/errors.ts';
import { frozenConfig } from './builders/config.ts';

let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'icu-main-'));
  await writeFile(join(bin, 'helm'), '#!/bin/sh\necho started; exec sleep 600\n', { mode: 0o755 });
});
afterAll(async () => {
  await rm(bin, { recursive: true });
});

it('a tool that installs is ended when the lease is lost, and the run ends as that says', async () => {
  const run = {
    batch: 'next',
    rolloutTimeoutMs: 1,
    maxRestarting: 1,
    lockWaitMs: 0,
    rehearseMs: 0,
    accept: [],
  } as const;
  const config = { command: 'start', frozen: frozenConfig(), frozenSet: [], run } as const;
  const lease = new AbortController();
  const lost = new LostLease('another run holds the lease');
  const installer = installerOf(config, { PATH: `${bin}:/usr/bin:/bin` }, new AbortController().signal, lease);
  const install = { kind: 'helm', args: ['istio/istiod'] } as const;
  const request = { install, target: asRevision('1-32'), istioNamespace: 'istio-system' };
  await expect(installer.install(request, () => lease.abort(lost))).rejects.toBe(lost);
});
