import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheRoot, filled } from './cache.ts';

const ENTRY = 'kube-0123456789abcdef';
const patience = { timeout: 10_000 };
let home: string;
let said: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cache-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

const writing = (text: string) => (directory: string) => writeFileSync(join(directory, 'kube'), text);
const never = (): never => {
  throw new Error('filled a second time');
};
const contentOf = (directory: string): string => readFileSync(join(directory, 'kube'), 'utf8');

describe('the cache of built things', () => {
  it("lies where XDG_CACHE_HOME says, or in the home's .cache", () => {
    expect(cacheRoot()).toBe(join(home, 'istio-canary-upgrade'));
    vi.stubEnv('XDG_CACHE_HOME', '');
    expect(cacheRoot()).toBe(join(homedir(), '.cache', 'istio-canary-upgrade'));
  });

  it('is filled once, and found from then on', async () => {
    const path = await filled(ENTRY, writing('built'));
    expect(path).toBe(join(cacheRoot(), ENTRY));
    expect(await filled(ENTRY, never)).toBe(path);
    expect(contentOf(path)).toBe('built');
  });

  it('shows nothing of an entry before it is whole', async () => {
    const seen: boolean[] = [];
    await filled(ENTRY, (directory) => {
      writing('half')(directory);
      expect(dirname(directory)).toBe(cacheRoot()); // else the last step could not be a rename
      seen.push(existsSync(join(cacheRoot(), ENTRY)));
    });
    expect(seen).toEqual([false]);
    expect(readdirSync(cacheRoot())).toEqual([ENTRY]);
  });

  it('keeps nothing of a build that failed, and tries anew', async () => {
    const failing = filled(ENTRY, (directory) => {
      writing('half')(directory);
      throw new Error('go build failed');
    });
    await expect(failing).rejects.toThrow('go build failed');
    expect(readdirSync(cacheRoot())).toEqual([]);
    expect(contentOf(await filled(ENTRY, writing('whole')))).toBe('whole');
  });

  it('takes no half-filled directory for an entry, and clears it away', async () => {
    const abandoned = join(cacheRoot(), `.${ENTRY}-x1y2z3`);
    mkdirSync(abandoned, { recursive: true });
    writing('half')(abandoned);
    expect(contentOf(await filled(ENTRY, writing('whole')))).toBe('whole');
    expect(readdirSync(cacheRoot())).toEqual([ENTRY]);
  });
});

describe('two who need the same entry at once', () => {
  it('fill it once: the second says that it waits, and takes what the first has made', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const first = filled(ENTRY, async (directory) => {
      await released;
      writing('by the first')(directory);
    });
    const second = filled(ENTRY, never);
    await expect.poll(() => said, patience).toEqual([expect.stringContaining('waiting for it')]);
    release();
    expect(contentOf(await second)).toBe('by the first');
    expect(await first).toBe(await second);
    expect(said).toHaveLength(1);
  });

  it('do not wait for one who was killed, nor use what it left', async () => {
    const script = `import { filled } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
      await filled('${ENTRY}', (directory) => new Promise(() => {
        process.stdout.write(directory);
        setInterval(() => {}, 1_000);
      }));`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    try {
      const left = String((await once(owner.stdout, 'data'))[0]);
      const next = filled(ENTRY, writing('by the next'));
      await expect.poll(() => said, patience).toEqual([expect.stringContaining('waiting for it')]);
      writing('half')(left);
      owner.kill('SIGKILL');
      expect(contentOf(await next)).toBe('by the next');
      expect(readdirSync(cacheRoot())).toEqual([ENTRY]);
    } finally {
      owner.kill('SIGKILL');
    }
  });
});
