// Where do built things live between runs, and how do two processes avoid building the same one? An entry appears whole or not at all.
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export function cacheRoot(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'istio-canary-upgrade');
}

/** The entry's directory; made by `fill` in a temporary one beside it, and renamed, when it is not there yet. */
export async function filled(entry: string, fill: (directory: string) => Promise<void> | void): Promise<string> {
  const path = join(cacheRoot(), entry);
  if (existsSync(path)) return path;
  mkdirSync(cacheRoot(), { recursive: true });
  const release = await lock();
  try {
    if (existsSync(path)) return path;
    removeAbandoned();
    const temporary = mkdtempSync(join(cacheRoot(), `.${entry}-`));
    try {
      await fill(temporary);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return path;
  } finally {
    release();
  }
}

/** With the lock held, every temporary directory is one whose owner was killed. */
function removeAbandoned(): void {
  for (const name of readdirSync(cacheRoot())) {
    if (name.startsWith('.')) rmSync(join(cacheRoot(), name), { recursive: true, force: true });
  }
}

/** An abstract socket is the lock: the kernel frees it with its owner, however that one ends. */
async function lock(): Promise<() => void> {
  const name = `\0istio-canary-upgrade-cache-${process.getuid?.() ?? 0}-${cacheRoot()}`.slice(0, 100);
  for (let told = false; ; told = true) {
    const server = createServer();
    try {
      server.listen(name);
      await once(server, 'listening');
      return () => server.close();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
      if (!told) process.stderr.write('another process fills the cache of test binaries: waiting for it\n');
      await pause(500);
    }
  }
}
