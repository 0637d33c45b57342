// How does a test start the simulator and talk to it?
import { basename, dirname, join } from 'node:path';
import { Daemon } from '../daemon.ts';
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
  /** Ends the simulator and every proxy's stream. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the simulator and resolves when it knows the pods that there are. With `proxies`, the program's path, each injected pod is
 * also connected to its istiod; above some 500 pods start it after the mesh is built, since istiod then pushes each change to all.
 */
export async function startTraffic(
  kubeconfig: string,
  logFile: string,
  options: { proxies?: string } = {},
): Promise<RunningTraffic> {
  const args = [join(import.meta.dirname, 'exporter.ts'), '--kubeconfig', kubeconfig];
  if (options.proxies !== undefined) args.push('--proxies', options.proxies, '--proxies-log', `${logFile}.proxies`);
  const traffic = new Traffic();
  const daemon = new Daemon({
    name: basename(logFile, '.log'),
    command: process.execPath,
    args,
    logDir: dirname(logFile),
    ready: async () => (await traffic.stats()).listed,
  });
  await daemon.start();
  return { traffic, stop: () => daemon.stop() };
}
