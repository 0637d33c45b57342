// How does a test start the simulator and talk to it?
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CONTROL_PORT } from './ports.ts';
import type { Fault, Graph, ProxySelector, Stats } from './wire.ts';

export class Traffic {
  readonly #base = `http://127.0.0.1:${CONTROL_PORT}`;

  /** Replaces the call graph; without edges the traffic stops. */
  async setGraph(graph: Graph): Promise<void> {
    await this.#put('/graph', graph);
  }

  /** Replaces all faults; one that was set before, unchanged, keeps its clock. */
  async setFaults(...faults: Fault[]): Promise<void> {
    await this.#put('/faults', faults);
  }

  async clearFaults(): Promise<void> {
    await this.setFaults();
  }

  /** These proxies stay connected when their pods are gone or no longer ready, until the list is replaced. */
  async holdProxies(...proxies: ProxySelector[]): Promise<void> {
    await this.#put('/proxies/hold', proxies);
  }

  /** These proxies reject what their istiod pushes (the last push at once), until the list is replaced. */
  async rejectPushes(...proxies: ProxySelector[]): Promise<void> {
    await this.#put('/proxies/reject', proxies);
  }

  async stats(): Promise<Stats> {
    const response = await fetch(`${this.#base}/stats`);
    const stats: Stats = JSON.parse(await response.text());
    return stats;
  }

  async #put(path: string, body: unknown): Promise<void> {
    const response = await fetch(this.#base + path, { method: 'PUT', body: JSON.stringify(body) });
    const said = await response.text();
    if (!response.ok) throw new Error(`the traffic simulator refused PUT ${path}: ${said.trim()}`);
  }
}

export interface RunningTraffic {
  readonly traffic: Traffic;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the simulator and resolves when it answers. With `proxies`, the program's path, each injected pod is also connected to its istiod. */
export async function startTraffic(
  kubeconfig: string,
  logFile: string,
  options: { proxies?: string } = {},
): Promise<RunningTraffic> {
  const log = openSync(logFile, 'a');
  const entry = fileURLToPath(new URL('./exporter.ts', import.meta.url));
  const args = [entry, '--kubeconfig', kubeconfig];
  if (options.proxies !== undefined) args.push('--proxies', options.proxies, '--proxies-log', `${logFile}.proxies`);
  const child = spawn(process.execPath, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const traffic = new Traffic();
  await untilItAnswers(child, traffic, logFile);
  return { traffic, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function untilItAnswers(child: ChildProcess, traffic: Traffic, logFile: string): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the traffic simulator ended at once; its log is ${logFile}`);
    try {
      await traffic.stats();
      return;
    } catch {
      await pause(50);
    }
  }
  child.kill('SIGKILL');
  throw new Error(`the traffic simulator did not answer within 10 s; its log is ${logFile}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(hard);
}
