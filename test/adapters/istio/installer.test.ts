// Do the child processes get the argv we mean, and does what they say reach people? With tools of our own on the PATH, no cluster.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installer } from '../../../src/adapters/istio/installer.ts';
import { asRevision } from '../../../src/mesh/names.ts';
import { Interrupted } from '../../../src/shared/errors.ts';
import type { InstallRequest } from '../../../src/ports/installer.ts';

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'icu-bin-'));
});
afterEach(async () => {
  await rm(bin, { recursive: true });
});

/** A tool that notes its argv, one argument a line, then does as told. */
async function tool(name: string, script: string): Promise<void> {
  const path = join(bin, name);
  await writeFile(path, `#!/bin/sh\nfor a in "$@"; do printf '%s\\n' "$a"; done >"${bin}/argv"\n${script}\n`);
  await chmod(path, 0o755);
}
const argv = async (): Promise<string[]> => (await readFile(join(bin, 'argv'), 'utf8')).trimEnd().split('\n');
const installer = (signal?: AbortSignal): Installer =>
  new Installer({
    env: { PATH: `${bin}:/usr/bin:/bin` },
    kubeconfig: '/k/config',
    context: 'prod',
    ...(signal === undefined ? {} : { signal }),
  });
const request = (install: InstallRequest['install']): InstallRequest => ({
  install,
  target: asRevision('1-32-0'),
  istioNamespace: 'istio-system',
});
const ignore = (): undefined => undefined;

describe('a missing tool', () => {
  it('is told by name, with how to get it', async () => {
    const alone = new Installer({ env: { PATH: bin } });
    expect(await alone.tool('helm')).toMatchObject({ kind: 'missing', remedy: expect.stringContaining('setup-helm') });
    await expect(alone.render(request({ kind: 'istioctl', args: [] }))).rejects.toThrow('istioctl is not on the PATH');
  });

  it('is a found one with its version otherwise', async () => {
    await tool('istioctl', 'echo "client version: 1.32.0"');
    await tool('helm', 'echo v4.2.3+g43e8b7f');
    expect(await installer().tool('istioctl')).toEqual({ kind: 'found', version: '1.32.0' });
    expect(await installer().tool('helm')).toEqual({ kind: 'found', version: '4.2.3' });
  });
});

describe('istioctl', () => {
  it('installs nothing but istiod unless the user says more, and revision and cluster are ours', async () => {
    await tool('istioctl', 'echo "  Istiod installed"; echo; echo "|\\\\__/"');
    const lines: string[] = [];
    const args = ['--set', 'values.pilot.env.X=a b; $(c)'];
    await installer().install(request({ kind: 'istioctl', args }), (line) => lines.push(line));
    expect(lines).toEqual(['  Istiod installed']);
    expect(await argv()).toEqual([
      'install',
      '--skip-confirmation',
      '--readiness-timeout',
      '10m',
      '--set',
      'profile=minimal',
      '--set',
      'components.base.enabled=false',
      '--set',
      'values.pilot.env.X=a b; $(c)',
      '--set',
      'values.global.istioNamespace=istio-system',
      '--revision',
      '1-32-0',
      '--kubeconfig',
      '/k/config',
      '--context',
      'prod',
    ]);
  });

  it('renders with the same arguments, but for those only `install` knows', async () => {
    await tool('istioctl', `printf 'apiVersion: v1\\nkind: Service\\nmetadata: {name: istiod-1-32-0}\\n---\\n'`);
    const args = ['--readiness-timeout', '1m', '--verify', '-y', '--set', 'hub=x', '-f', 'iop.yaml'];
    const objects = await installer().render(request({ kind: 'istioctl', args }));
    expect(objects).toMatchObject([{ kind: 'Service', metadata: { name: 'istiod-1-32-0' } }]);
    const rendered = (await argv()).join(' ');
    expect(rendered).toContain('manifest generate --cluster-specific');
    expect(rendered).toContain('--set hub=x -f iop.yaml');
    expect(rendered).not.toMatch(/readiness-timeout|--verify|-y /);
  });

  it('fails with its own last words, and without repeating its arguments', async () => {
    await tool('istioctl', 'echo "Error: unknown flag: --hum" >&2; exit 64');
    const wrong = request({ kind: 'istioctl', args: ['--set', 'token=secret'] });
    const failure: unknown = await installer()
      .render(wrong)
      .catch((error: unknown) => error);
    expect(String(failure)).toContain('istioctl manifest failed (exit code 64): Error: unknown flag: --hum');
    expect(String(failure)).not.toContain('secret');
  });

  it('marks where a line was cut, so that half of a secret can be told', async () => {
    await tool('istioctl', `echo "${'x'.repeat(1990)}0123456789abcdef" >&2; exit 1`);
    const failure: unknown = await installer()
      .render(request({ kind: 'istioctl', args: [] }))
      .catch((error: unknown) => error);
    expect(String(failure)).toContain('x0123456789…');
    expect(String(failure)).not.toContain('abcdef');
  });

  it('is ended when the run must stop', async () => {
    await tool('istioctl', 'echo started; exec sleep 600');
    const abort = new AbortController();
    const reason = new Interrupted('SIGTERM asked this run to stop');
    const running = installer(abort.signal).install(request({ kind: 'istioctl', args: [] }), () => abort.abort(reason));
    await expect(running).rejects.toBe(reason);
  });
});

/** Beats for ten seconds or until `end` is there, whatever it is told, with the tool's streams in its hands. */
const plugin = (): string =>
  `(cd "${bin}"; trap "" TERM; for i in $(seq 100); do [ -e end ] && exit; echo "$i" >beat; sleep 0.1; done) & echo started`;
const beat = async (): Promise<string> => readFile(join(bin, 'beat'), 'utf8').catch(() => '');
const beatsOn = async (): Promise<boolean> => {
  const before = await beat();
  await new Promise((resolve) => setTimeout(resolve, 400));
  return (await beat()) !== before;
};

describe('what a tool has started', () => {
  it('is ended with it, even where it does not listen', async () => {
    await tool('helm', `${plugin()}; exec sleep 600`);
    const abort = new AbortController();
    const reason = new Interrupted('SIGINT asked this run to stop');
    const running = installer(abort.signal).install(request({ kind: 'helm', args: [] }), () => abort.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(await beatsOn()).toBe(false);
  });

  it('is not waited for, and left alone, where the tool is done', async () => {
    await tool('helm', plugin());
    const lines: string[] = [];
    await installer().install(request({ kind: 'helm', args: [] }), (line) => lines.push(line));
    expect(lines).toEqual(['started']);
    expect(await beatsOn()).toBe(true);
    await writeFile(join(bin, 'end'), '');
    await expect.poll(beatsOn).toBe(false);
  });
});

describe('helm', () => {
  it('upgrades or installs a release of ours, and what it would write comes from the same command', async () => {
    await tool(
      'helm',
      `printf '%s' '{"manifest":"apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: istio-1-32-0\\n"}'`,
    );
    const helm = request({ kind: 'helm', args: ['istio/istiod', '--version', '1.32.0'] });
    const objects = await installer().render(helm);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['istio-1-32-0']);
    const rendered = await argv();
    await installer().install(helm, ignore);
    const installed = await argv();
    expect(rendered).toEqual([...installed, '--dry-run=server', '--output', 'json']);
    expect(installed.slice(0, 3)).toEqual(['upgrade', '--install', 'istiod-1-32-0']);
    expect(installed.join(' ')).toContain(
      'istio/istiod --version 1.32.0 --namespace istio-system --set revision=1-32-0',
    );
    expect(installed.slice(-2)).toEqual(['--kube-context', 'prod']);
  });

  const updated = '2026-01-01 10:00:00.123456789 +0000 UTC';
  const listed = JSON.stringify([{ name: 'istiod-1-32-0', revision: '3', status: 'pending-upgrade', updated }]);
  const known = request({ kind: 'helm', args: ['istio/istiod'] });

  it.each([
    ['v3.19.0+g3d8990f', []],
    ['v4.2.3+g43e8b7f', ['--force-conflicts']],
  ])('of %s ends what is pending by a rollback to that very revision', async (version, more) => {
    await tool('helm', `case $1 in list) echo '${listed}';; *) echo ${version};; esac`);
    const pending = await installer().pending(known);
    const finish = ['rollback', 'istiod-1-32-0', '3', '--namespace', 'istio-system', ...more];
    expect(pending).toEqual({
      name: 'istiod-1-32-0',
      namespace: 'istio-system',
      revision: '3',
      status: 'pending-upgrade',
      since: '2026-01-01 10:00:00 +0000 UTC',
      finish,
    });
    if (pending !== undefined) await installer().finish(pending, ignore);
    expect(await argv()).toEqual([...finish, '--kubeconfig', '/k/config', '--kube-context', 'prod']);
  });

  it('is asked for pending releases alone, and only where it installs', async () => {
    await tool('helm', 'echo "[]"');
    expect(await installer().pending(request({ kind: 'istioctl', args: [] }))).toBeUndefined();
    expect(await installer().pending(known)).toBeUndefined();
    expect((await argv()).join(' ')).toBe(
      'list --pending --filter ^istiod-1-32-0$ --namespace istio-system --output json --kubeconfig /k/config --kube-context prod',
    );
  });

  it('owns nothing under a release that is not there', async () => {
    await tool('helm', 'echo "Error: release: not found" >&2; exit 1');
    expect(await installer().helmManifest('istiod', 'istio-system')).toEqual([]);
  });
});

describe('a manifest', () => {
  it('is a file, a directory or a glob, and a list is taken apart', async () => {
    const one = join(bin, 'one.yaml');
    await writeFile(one, 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n');
    await writeFile(
      join(bin, 'two.yml'),
      'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: b}}]\n',
    );
    for (const [path, names] of [
      [one, ['a']],
      [bin, ['a', 'b']],
      [join(bin, '*.yaml'), ['a']],
    ] as const) {
      const objects = await installer().render(request({ kind: 'manifest', path }));
      expect(objects.map(({ metadata }) => metadata.name)).toEqual(names);
    }
  });

  const wrong = [
    ['no file', 'nothing-*.yaml', undefined, 'matches no YAML file'],
    ['no YAML', 'x.yaml', 'a: [1', 'x.yaml is not YAML'],
    ['no Kubernetes object', 'x.yaml', 'values: 1', 'not a Kubernetes object: an object with the keys values'],
  ] as const;
  for (const [reason, file, text, message] of wrong) {
    it(`is refused with a sentence: ${reason}`, async () => {
      if (text !== undefined) await writeFile(join(bin, file), text);
      await expect(installer().render(request({ kind: 'manifest', path: join(bin, file) }))).rejects.toThrow(message);
    });
  }
});
