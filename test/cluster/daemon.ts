// How does one long-running process of the cluster start, tell that it is ready, die on purpose, and end for good?
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface DaemonSpec {
  name: string;
  command: string;
  args: readonly string[];
  logDir: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Asked again and again until it says yes. */
  ready: () => Promise<boolean>;
}

const readyWithinMs = 60_000;

/** Started through setpriv, so that the kernel ends the process together with its parent. */
export function spawnBound(spec: Pick<DaemonSpec, 'command' | 'args' | 'env' | 'cwd'>, log: number): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args], {
    stdio: ['ignore', log, log],
    env: spec.env ?? process.env,
    ...(spec.cwd !== undefined && { cwd: spec.cwd }),
  });
}

export class Daemon {
  readonly name: string;
  readonly logFile: string;
  readonly #spec: DaemonSpec;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(spec: DaemonSpec) {
    this.name = spec.name;
    this.#spec = spec;
    this.logFile = join(spec.logDir, `${spec.name}.log`);
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    if (this.running) return;
    const log = openSync(this.logFile, 'a');
    const child = spawnBound(this.#spec, log);
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.on('exit', () => resolve());
      child.on('error', () => resolve());
    });
    const deadline = Date.now() + readyWithinMs;
    while (!(await this.#spec.ready().catch(() => false))) {
      if (!this.running)
        throw new Error(`${this.name} ended at its start; the end of ${this.logFile}:\n${this.#logTail()}`);
      if (Date.now() > deadline) {
        throw new Error(
          `${this.name} was not ready after ${readyWithinMs / 1000} s; the end of ${this.logFile}:\n${this.#logTail()}`,
        );
      }
      await pause(25);
    }
  }

  /** Sends the signal and returns at once: SIGSTOP and SIGCONT leave the process in place. */
  kill(signal: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(signal);
  }

  /** Resolves when the process is gone; SIGKILL after the grace. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 3000): Promise<void> {
    if (!this.running) return;
    this.kill(signal);
    this.kill('SIGCONT'); // a stopped process would not see it
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #logTail(): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-20).join('\n');
  }
}
