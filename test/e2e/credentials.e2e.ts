// What happens when credentials run out in the middle of an upgrade? Tokens that the API server really takes back.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Picture } from '../mesh-builder/observe.ts';
import { smallMesh } from './small-mesh.ts';
import { type Inputs, openStage, type Stage, TARGET } from './stage.ts';

let stage: Stage;
let before: Picture;
let directory: string;
let tokenFile: string;
let withPlugin: string;
const secrets: string[] = [];

beforeAll(async () => {
  stage = await openStage(smallMesh());
  directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  tokenFile = join(directory, 'token');
  withPlugin = kubeconfig('with-plugin', { exec: plugin() });
  const { kubectl } = stage.cluster;
  await kubectl(['create', 'namespace', 'ci']);
  await kubectl(['-n', 'ci', 'create', 'serviceaccount', 'deployer']);
  await kubectl([
    'create',
    'clusterrolebinding',
    'deployer',
    '--clusterrole=cluster-admin',
    '--serviceaccount=ci:deployer',
  ]);
  before = await stage.picture();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await stage?.stop();
});

function kubeconfig(name: string, user: object): string {
  const path = join(directory, name);
  const cluster = { server: stage.cluster.server, 'certificate-authority': stage.cluster.caFile };
  const config = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(path, stringify(config));
  return path;
}

/** Hands out whatever token lies in the file. */
function plugin(): object {
  const command = join(directory, 'plugin');
  writeFileSync(command, `#!/bin/sh\nprintf '{"status":{"token":"%s"}}' "$(cat ${tokenFile})"\n`);
  chmodSync(command, 0o755);
  return { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
}

/** A token that ends with the Secret of this name. */
async function token(secret: string): Promise<string> {
  const { kubectl } = stage.cluster;
  await kubectl(['-n', 'ci', 'create', 'secret', 'generic', secret]);
  const bound = ['--bound-object-kind=Secret', `--bound-object-name=${secret}`];
  const made = (await kubectl(['-n', 'ci', 'create', 'token', 'deployer', ...bound])).trim();
  secrets.push(made);
  return made;
}
const revoke = async (secret: string): Promise<string> =>
  stage.cluster.kubectl(['-n', 'ci', 'delete', 'secret', secret]);

const inputs: Inputs = { batches: 'web\npayments', bake: '12s' };

describe('credentials', () => {
  it('that end before a batch and its rollback could are refused beforehand, with the setting that helps', async () => {
    const made = await stage.cluster.kubectl(['-n', 'ci', 'create', 'token', 'deployer', '--duration=10m']);
    const run = await stage.run('upgrade', {
      ...inputs,
      kubeconfig: kubeconfig('short', { token: made.trim() }),
      'max-bake': '10m',
    });
    expect(run.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'credentials-too-short' });
    expect(run.summary).toContain('--duration');
    expect(await stage.picture()).toEqual(before);
  });

  it('that the API server does not know are refused at the first contact', async () => {
    const run = await stage.run('status', { kubeconfig: kubeconfig('wrong', { token: 'nobody-has-this-token' }) });
    expect(run.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'credentials-refused' });
  });

  it('that run out in the middle hold the upgrade, and break nothing', async () => {
    writeFileSync(tokenFile, await token('first'));
    const running = stage.start('upgrade', { ...inputs, kubeconfig: withPlugin }, { secrets });
    await running.saw(/Batch 1 of/);
    await revoke('first');
    const { outputs, stdout } = await running.result;
    expect(outputs).toMatchObject({
      ending: 'held',
      'reason-code': 'credentials-expired',
      'resume-command': 'upgrade',
    });
    expect(stdout).toContain('Log in to the cluster again');
  });

  it('that a plugin renews let the same command go on to the end, through another revocation', async () => {
    writeFileSync(tokenFile, await token('second'));
    const third = await token('third');
    const running = stage.start('upgrade', { ...inputs, kubeconfig: withPlugin }, { secrets });
    await running.saw(/Batch 2 of/);
    writeFileSync(tokenFile, third);
    await revoke('second');
    const { outputs } = await running.result;
    expect(outputs).toMatchObject({ ending: 'completed', 'target-revision': TARGET });
  });
});
