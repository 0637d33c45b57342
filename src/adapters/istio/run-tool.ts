// How is a tool run as a child process? With an argv and no shell, no stdin, a deadline, and bounded output. What it starts in turn, such
// as a credential plugin, is ended along with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { beginningOf } from '../../shared/cut.ts';

export interface ToolRun {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Ends the process when the run must stop. */
  readonly signal?: AbortSignal | undefined;
  /** Gets every line of both streams, as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}
export type ToolOutcome =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'missing' }
  /** `why`: the exit code, the deadline or the interruption; `lastWords`: the end of what it said. */
  | { readonly kind: 'failed'; readonly why: string; readonly lastWords: string };

/** A release's JSON with its chart is a few MiB. */
const MOST_OUTPUT = 64 * 1024 * 1024;
const LAST_LINES = 12;
const LONGEST_LINE = 2000;
/** A runner that cancels kills us within ten seconds, and a tool that outlived us would write without a lease. */
const GRACE_MS = 4_000;
/** What a tool said is read by then; whoever holds its streams longer is another process that it left behind. */
const STREAMS_MS = 1_000;

/** Runs the tool to its end; never rejects for what the tool does. */
export async function runTool(run: ToolRun): Promise<ToolOutcome> {
  const child = spawn(run.binary, run.args, { env: run.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = stopper(child);
  const insist = (): void => killGroup(child, 'SIGKILL');
  process.once('exit', insist); // of ours: a group of its own hears nothing of our terminal's Ctrl-C
  let late: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => stop(`no end after ${Math.round(run.timeoutMs / 1000)} s`), run.timeoutMs);
  const onAbort = (): void => stop('the run was asked to stop');
  run.signal?.addEventListener('abort', onAbort, { once: true });
  if (run.signal?.aborted === true) onAbort();
  try {
    const last: string[] = [];
    // What a tool prints for us to read is no message: a rendered Secret must not end up among the last words.
    const spoken = run.onLine === undefined ? [child.stderr] : [child.stderr, child.stdout];
    const heard = spoken.map((stream) => listen(stream, last, run.onLine));
    const stdout = collect(child.stdout, () => stop(`more than ${MOST_OUTPUT / 1024 / 1024} MiB of output`));
    const end = await ended(child);
    if (end.kind === 'missing') return end;
    if (stop.reason !== undefined) insist();
    late = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, STREAMS_MS);
    await Promise.all([...heard, stdout]);
    if (end.code === 0 && stop.reason === undefined) return { kind: 'done', stdout: await stdout };
    const why = stop.reason ?? (end.code === null ? `signal ${end.signal ?? '?'}` : `exit code ${end.code}`);
    return { kind: 'failed', why, lastWords: last.join('\n') };
  } finally {
    process.off('exit', insist);
    clearTimeout(deadline);
    clearTimeout(late);
    run.signal?.removeEventListener('abort', onAbort);
    stop.forget();
  }
}

type End =
  | { readonly kind: 'missing' }
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: string | null };
function ended(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' });
      else reject(error);
    });
    // Not `close`, which waits for everyone who has inherited its streams.
    child.once('exit', (code, signal) => resolve({ kind: 'ended', code, signal }));
  });
}

/** Asks the process and all that it has started to end, and insists after a while. Remembers the first reason. */
function stopper(child: ChildProcess): { (reason: string): void; reason?: string; forget(): void } {
  let insist: NodeJS.Timeout | undefined;
  const stop: { (reason: string): void; reason?: string; forget(): void } = Object.assign(
    (reason: string): void => {
      stop.reason ??= reason;
      killGroup(child, 'SIGTERM');
      insist ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
    },
    { forget: (): void => clearTimeout(insist) },
  );
  return stop;
}

function killGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return; // it never started
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

async function collect(stream: Readable, tooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_OUTPUT) tooMuch();
    else chunks.push(chunk);
  });
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
}

/** Lines as people read them: no colours, no pictures, no empty ones. */
async function listen(stream: Readable, last: string[], onLine: ((line: string) => void) | undefined): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  stream.once('close', () => lines.close()); // it does so by itself at an end alone
  for await (const raw of lines) {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (/^[\s|\\/_-]*$/.test(line)) continue;
    last.push(beginningOf(line, LONGEST_LINE));
    if (last.length > LAST_LINES) last.shift();
    onLine?.(line);
  }
}
