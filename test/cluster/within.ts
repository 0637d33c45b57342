// How does a command get a network and a process tree of its own? `node test/cluster/within.ts <command…>`
// Runs itself a second time as PID 1 of new namespaces; when the command ends, the kernel ends everything else in there.
// It starts no cluster: that is for the command.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureBinaries, MissingPrerequisites } from './binaries.ts';
import { bringUpNetwork, insideEnvironment, isInside, scratchDirectory } from './namespace.ts';
import { unshareArguments } from './prerequisites.ts';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const toolsDirectory = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');

class CannotRun extends Error {}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new CannotRun(`cannot run ${child.spawnfile}: ${cause.message}`)));
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

/** Whoever asked for us was killed: what it would have cleared away is ours to clear. */
function abandon(): never {
  process.kill(-1, 'SIGKILL'); // as PID 1: everything in this namespace but us
  rmSync(scratchDirectory(), { recursive: true, force: true, maxRetries: 5 });
  process.exit(1);
}

/** In our own namespaces: a network first, then the command. */
async function inner(command: string, args: string[]): Promise<number> {
  bringUpNetwork();
  const child = spawn(command, args, { stdio: 'inherit' });
  process.on('message', (signal: NodeJS.Signals) => child.kill(signal));
  process.on('disconnect', abandon);
  for (const signal of forwarded) process.on(signal, () => undefined); // a terminal sends them to the command itself
  return await exitCode(child);
}

/** In the caller's world: what needs the internet happens here. */
async function outer(command: string[]): Promise<number> {
  await ensureBinaries();
  const scratch = mkdtempSync(join(tmpdir(), 'istio-canary-upgrade-'));
  try {
    const child = spawn('unshare', [...unshareArguments(), '--', process.execPath, import.meta.filename, ...command], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        ...insideEnvironment(scratch),
        PATH: `${toolsDirectory}${delimiter}${process.env['PATH'] ?? ''}`,
      },
    });
    for (const signal of forwarded) {
      process.on(signal, () => {
        // ^C and a closed terminal reach the command without us
        if (child.connected && !(process.stdin.isTTY && signal !== 'SIGTERM')) child.send(signal);
      });
    }
    return await exitCode(child);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    process.stderr.write('usage: node test/cluster/within.ts <command> [arguments…]\n');
    return 2;
  }
  try {
    return isInside() && process.pid === 1 ? await inner(command, args) : await outer([command, ...args]);
  } catch (error) {
    if (!(error instanceof MissingPrerequisites || error instanceof CannotRun)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof CannotRun ? 127 : 1;
  }
}

process.exit(await main());
