// How does a pod of istiod run as a real process? On the pod's address, with the pod's own arguments, environment and ServiceAccount.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import type { Api } from '../api.ts';
import { answersOk } from '../control-plane.ts';
import { spawnBound } from '../daemon.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { type IstioVersion, istioVersions } from '../recipes.ts';
import { containerEnvironment } from './environment.ts';
import type { Container, Pod } from './pod.ts';
import { keepToken } from './service-account.ts';
import type { PodState } from './status.ts';

export interface IstiodProcess {
  namespace: string;
  pod: string;
  revision: string;
  version: IstioVersion;
  pid: number;
  restarts: number;
}

export interface IstiodSettings {
  binaries: Record<IstioVersion, string>;
  podsDir: string;
  logDir: string;
  server: string;
  caFile: string;
}

export interface RealPod {
  /** Lasts as long as the pod; starts the process again whenever it ends. */
  run: (ip: string, report: (state: PodState) => Promise<void>, signal: AbortSignal) => Promise<void>;
}

const restartMs = 1000;
const drainMs = 2000;

export class IstiodRunner {
  readonly #api: Api;
  readonly #settings: IstiodSettings;
  readonly #running = new Map<string, IstiodProcess>();

  constructor(api: Api, settings: IstiodSettings) {
    this.#api = api;
    this.#settings = settings;
  }

  get processes(): IstiodProcess[] {
    return [...this.#running.values()];
  }

  /** Undefined when the pod is not istiod's. An image we have no binary for cannot be pulled, as in life. */
  recognise(pod: Pod): RealPod | undefined {
    const container = pod.spec.containers.find(({ name }) => name === 'discovery');
    if (pod.metadata.labels?.['app'] !== 'istiod' || container === undefined) return undefined;
    const version = istioVersions.find((known) =>
      /:([\d.]+)/.exec(container.image ?? '')?.[1]?.startsWith(`${known}.`),
    );
    if (version === undefined) {
      return { run: (_ip, report) => report({ kind: 'no-image', image: container.image ?? '' }) };
    }
    return { run: (ip, report, signal) => this.#run({ pod, container, version, ip }, report, signal) };
  }

  async #run(istiod: Istiod, report: (state: PodState) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { pod, version, ip } = istiod;
    const { uid, namespace, name: podName } = pod.metadata;
    const directory = join(this.#settings.podsDir, uid);
    mkdirSync(directory, { recursive: true });
    await report({ kind: 'starting' }); // publishes the address before the process binds to it
    const tokenFile = await keepToken(this.#api, pod, directory, signal);
    const kubeconfig = join(directory, 'kubeconfig');
    writeKubeconfig(kubeconfig, this.#settings.server, this.#settings.caFile, { tokenFile });
    for (let restarts = 0; !signal.aborted; restarts += 1) {
      const child = this.#spawn(istiod, directory, kubeconfig);
      const revision = pod.metadata.labels?.['istio.io/rev'] ?? 'default';
      this.#running.set(uid, { namespace, pod: podName, revision, version, pid: child.pid ?? 0, restarts });
      const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()).on('error', () => resolve()));
      const end = (): void => void terminate(child, exited);
      signal.addEventListener('abort', end, { once: true });
      if (await isReady(`http://${ip}:8080/ready`, child, signal)) {
        await report({ kind: 'ready', after: { which: 'app', count: restarts } });
      }
      await exited;
      signal.removeEventListener('abort', end);
      this.#running.delete(uid);
      if (signal.aborted) return;
      await report({ kind: 'crashing', crashes: { which: 'app', count: restarts + 1 } });
      await pause(restartMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #spawn({ pod, container, version, ip }: Istiod, cwd: string, kubeconfig: string): ChildProcess {
    const addresses = Object.entries({ http: 8080, https: 15017, grpc: 15010, secureGRPC: 15012, monitoring: 15014 });
    const args = [
      ...(container.args ?? ['discovery']),
      ...addresses.flatMap(([name, port]) => [`--${name}Addr`, `${ip}:${portIn(container, name) ?? port}`]), // the last one counts
      '--ctrlz_port',
      '0',
      '--kubeconfig',
      kubeconfig,
    ];
    const log = openSync(join(this.#settings.logDir, `${pod.metadata.name}.log`), 'a');
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      ...containerEnvironment(pod, container, ip),
      KUBECONFIG: kubeconfig,
    };
    const child = spawnBound({ command: this.#settings.binaries[version], args, env, cwd }, log);
    closeSync(log);
    return child;
  }
}

/** The one that its Deployment asks for, where it does. */
const portIn = ({ args = [] }: Container, name: string): string | undefined =>
  args
    .findLast((arg) => arg.startsWith(`--${name}Addr=`))
    ?.split(':')
    .at(-1);

interface Istiod {
  pod: Pod;
  container: Container;
  version: IstioVersion;
  ip: string;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function isReady(url: string, child: ChildProcess, signal: AbortSignal): Promise<boolean> {
  while (!hasEnded(child) && !signal.aborted) {
    if (await answersOk(url)) return true;
    await pause(100);
  }
  return false;
}

/** SIGTERM, so that leases are given up, then SIGKILL. */
async function terminate(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), drainMs);
  await exited;
  clearTimeout(timer);
}
