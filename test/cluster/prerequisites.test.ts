import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { missingPrerequisites } from './prerequisites.ts';
import { stubCommands } from './stub-commands.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'prerequisites-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  Object.defineProperty(process, 'platform', platform);
  rmSync(directory, { recursive: true, force: true });
});
const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};

const goOf = (version: string): string => `echo "go version ${version} linux/amd64"`;

/** What is missing on a Linux machine that has everything, but for what these commands do. */
function missingWith(scripts: Readonly<Record<string, string>>): readonly string[] {
  const tools = Object.fromEntries(['ip', 'unshare', 'setpriv', 'openssl', 'git'].map((name) => [name, 'exit 0']));
  vi.stubEnv('PATH', stubCommands(directory, { ...tools, go: goOf('go1.26.3'), ...scripts }));
  return missingPrerequisites(directory);
}

describe('what a machine must have', () => {
  it('is told all at once where nothing is there, each with how to get it', () => {
    vi.stubEnv('PATH', '/nowhere');
    const missing = missingPrerequisites('.');
    expect(missing.map((sentence) => /`(\w+)`/u.exec(sentence)?.[1])).toEqual([
      'go',
      'ip',
      'unshare',
      'setpriv',
      'openssl',
      'git',
    ]);
    for (const sentence of missing) expect(sentence).toMatch(/not found: \S+/u);
  });

  it.each(['go1.26', 'go1.26.3', 'go1.30.1', 'go1.100.0', 'go2.0', 'devel go1.27-f5d0eb8'])(
    'is all there with Go %s',
    (version) => {
      expect(missingWith({ go: goOf(version) })).toEqual([]);
    },
  );

  it.each(['go1.25.9', 'go1.9.7', 'go0.99'])(
    'is a newer Go than %s, which is named beside what is needed',
    (version) => {
      expect(missingWith({ go: goOf(version) })).toEqual([
        `Go 1.26 or newer builds the cluster, and this is ${version}: https://go.dev/dl/, unpack it and put its bin folder on the PATH`,
      ]);
    },
  );

  it('is the Go that the module asks for: it is asked in its folder', () => {
    expect(missingWith({ go: `pwd > ${directory}/asked-in; ${goOf('go1.26.3')}` })).toEqual([]);
    expect(readFileSync(join(directory, 'asked-in'), 'utf8').trim()).toBe(directory);
  });

  it('is a Go that works, where one is there that does not', () => {
    expect(missingWith({ go: 'exit 2' })).toEqual([expect.stringContaining('`go` was not found: https://go.dev/dl/')]);
  });

  it.each<NodeJS.Platform>(['darwin', 'win32'])('is Linux: %s is told why', (name) => {
    Object.defineProperty(process, 'platform', { ...platform, value: name });
    expect(missingWith({})).toEqual(['The test cluster needs Linux: it lives in a network and PID namespace']);
  });
});

/** What a forbidden `unshare` was asked for. */
const attempts = (): string => readFileSync(join(directory, 'unshare.asked'), 'utf8');

describe("namespaces of one's own", () => {
  const forbidden = `[ "$1" = --version ] || { echo "$@" >> $0.asked; exit 1; }`;

  it('must be allowed, and the machine that forbids them is told how: as root, by sysctl, in a container', () => {
    const [sentence = '', ...more] = missingWith({ unshare: forbidden });
    expect(more).toEqual([]);
    expect(sentence).toMatch(/^This machine forbids namespaces of one's own \(`unshare` failed\): run as root, or /u);
    for (const way of [
      'sysctl -w kernel.unprivileged_userns_clone=1',
      'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
      'grant CAP_SYS_ADMIN and CAP_NET_ADMIN',
    ])
      expect(sentence).toContain(way);
    expect(attempts()).toMatch(/--net --pid .*-- true\n$/u);
  });

  it('are not tried where something else is missing, which may be the reason', () => {
    const missing = missingWith({ unshare: forbidden, git: 'exit 1' });
    expect(missing).toEqual([
      '`git` is asked by Go when a proxy lacks a module, and was not found: apt-get install git',
    ]);
    expect(attempts).toThrow('ENOENT');
  });
});
