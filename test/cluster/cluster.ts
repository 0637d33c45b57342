// How does a test get a cluster? `await startCluster()` inside `within.ts`: a real control plane, Prometheus and a fake kubelet in seconds.
// One at a time: a second one starts when the first has stopped. It installs no Istio by itself.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Api } from './api.ts';
import { type Audit, auditOf } from './audit.ts';
import { type Binaries, locateBinaries } from './binaries.ts';
import { type ControlPlane, controlPlane, server } from './control-plane.ts';
import type { Daemon } from './daemon.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { requestToken } from './kubelet/service-account.ts';
import { type Kubelet, kubelet, kubeletDaemon } from './kubelet-process.ts';
import { scratchDirectory } from './namespace.ts';
import { makePki } from './pki.ts';
import { type ScrapeOptions, prometheus, prometheusUrl } from './prometheus.ts';
import type { IstioVersion } from './recipes.ts';
import { run } from './run.ts';

export interface ClusterOptions {
  /** The nodes' kubelet version: from 1.33 istiod injects native sidecars, below classic ones. */
  nodeVersion?: string;
  /** Where to keep data and logs; a scratch folder unless told. Removed by `stop()` either way. */
  runDir?: string;
  /** False starts none. */
  prometheus?: boolean;
  scrape?: ScrapeOptions;
  /** Group of users whose requests the API server notes; nobody's unless told. */
  auditGroup?: string;
}

export type ProcessName = 'prometheus' | 'apiserver' | 'kcm' | 'scheduler' | 'etcd' | 'kubelet';

export interface Processes {
  kill: (name: ProcessName, signal: NodeJS.Signals) => void;
  stop: (name: ProcessName) => Promise<void>;
  /** Again, with the data it had. */
  start: (name: ProcessName) => Promise<void>;
  pid: (name: ProcessName) => number | undefined;
}

export interface InstallOptions {
  /** `default` installs without `--revision`, as clusters do that never heard of revisions. */
  revision: string;
  args?: readonly string[];
}

export interface Cluster {
  server: string;
  caFile: string;
  /** The administrator's. */
  kubeconfig: string;
  prometheusUrl: string;
  runDir: string;
  logDir: string;
  binaries: Binaries;
  api: Api;
  /** With `auditGroup`. */
  audit?: Audit;
  /** KUBECONFIG, PROMETHEUS_URL, a HOME of its own, and a PATH with kubectl, helm, istioctl (1.32), istioctl-1.31, istioctl-1.32 and promtool. */
  env: NodeJS.ProcessEnv;
  kubelet: Kubelet;
  processes: Processes;
  kubectl: (args: readonly string[], stdin?: string) => Promise<string>;
  helm: (args: readonly string[]) => Promise<string>;
  istioctl: (version: IstioVersion, args: readonly string[]) => Promise<string>;
  /** `istioctl install`, profile minimal; the first one also takes the `default` tag. */
  installIstio: (version: IstioVersion, options: InstallOptions) => Promise<void>;
  /** A kubeconfig with a fresh token of that ServiceAccount; the file's path. */
  kubeconfigFor: (namespace: string, name: string) => Promise<string>;
  /** To be done while everything still runs, in that order; what fails fails the stop, and keeps nothing from being ended. */
  beforeStop: (work: () => Promise<void>) => void;
  /** Ends every process and removes the run folder. */
  stop: () => Promise<void>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const scratch = scratchDirectory();
  const binaries = await locateBinaries();
  const runDir = options.runDir ?? mkdtempSync(join(scratch, 'cluster-'));
  const logDir = join(runDir, 'log');
  const podsDir = join(runDir, 'pods');
  for (const directory of [logDir, podsDir]) mkdirSync(directory, { recursive: true });
  const pki = await makePki(join(runDir, 'pki'), server);
  const audit = options.auditGroup === undefined ? undefined : auditOf(options.auditGroup, runDir, logDir);
  const plane = controlPlane(binaries.kube, runDir, logDir, pki, audit?.flags);
  const daemons: Record<ProcessName, Daemon> = {
    ...plane,
    kubelet: kubeletDaemon(
      {
        kubeconfig: pki.kubeconfigs.kubelet,
        nodeVersion: options.nodeVersion ?? 'v1.36.3',
        binaries: binaries.pilotDiscovery,
        podsDir,
        logDir,
        server,
        caFile: pki.caFile,
      },
      runDir,
    ),
    prometheus: prometheus(binaries.prometheus, pki.kubeconfigs.prometheus, runDir, logDir, options.scrape ?? {}),
  };
  const api = Api.fromKubeconfig(pki.kubeconfigs.admin);
  const last: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    try {
      for (const work of last) await work();
    } finally {
      api.close();
      await stopAll(daemons);
      rmSync(runDir, { recursive: true, force: true });
    }
  };
  try {
    await startAll(plane, [daemons.kubelet, ...(options.prometheus === false ? [] : [daemons.prometheus])]);
  } catch (error) {
    await stop();
    throw error;
  }
  const env = environment(binaries, runDir, pki.kubeconfigs.admin);
  return {
    server,
    caFile: pki.caFile,
    kubeconfig: pki.kubeconfigs.admin,
    prometheusUrl,
    runDir,
    logDir,
    binaries,
    api,
    ...(audit !== undefined && { audit }),
    env,
    kubelet,
    processes: processesOf(daemons),
    ...tools(binaries, env),
    kubeconfigFor: async (namespace, name) => {
      const path = join(runDir, `${namespace}-${name}.kubeconfig`);
      writeKubeconfig(path, server, pki.caFile, { token: await requestToken(api, namespace, name) });
      return path;
    },
    beforeStop: (work) => {
      last.push(work);
    },
    stop,
  };
}

async function startAll(plane: ControlPlane, clients: readonly Daemon[]): Promise<void> {
  await plane.etcd.start();
  await plane.apiserver.start();
  await Promise.all([plane.kcm, plane.scheduler, ...clients].map((daemon) => daemon.start()));
}

/** The kubelet first, since it ends its istiods in order; the rest has nothing to lose. */
async function stopAll(daemons: Record<ProcessName, Daemon>): Promise<void> {
  await daemons.kubelet.stop('SIGTERM', 10_000);
  await Promise.all(Object.values(daemons).map((daemon) => daemon.stop('SIGKILL')));
}

function processesOf(daemons: Record<ProcessName, Daemon>): Processes {
  return {
    kill: (name, signal) => daemons[name].kill(signal),
    stop: (name) => daemons[name].stop(),
    start: (name) => daemons[name].start(),
    pid: (name) => daemons[name].pid,
  };
}

function environment(binaries: Binaries, runDir: string, kubeconfig: string): NodeJS.ProcessEnv {
  const path = join(runDir, 'bin');
  mkdirSync(path, { recursive: true });
  const commands = {
    kubectl: binaries.kubectl,
    helm: binaries.helm,
    promtool: binaries.promtool,
    istioctl: binaries.istioctl['1.32'],
    'istioctl-1.31': binaries.istioctl['1.31'],
    'istioctl-1.32': binaries.istioctl['1.32'],
  };
  for (const [name, target] of Object.entries(commands)) symlinkSync(target, join(path, name));
  return {
    ...process.env,
    KUBECONFIG: kubeconfig,
    // Tools remember an API server's kinds by its address, which is that of every test cluster; istioctl knows no KUBECACHEDIR.
    HOME: runDir,
    KUBECACHEDIR: join(runDir, 'kube-cache'),
    PROMETHEUS_URL: prometheusUrl,
    PATH: `${path}${delimiter}${process.env['PATH'] ?? ''}`,
  };
}

function tools(
  binaries: Binaries,
  env: NodeJS.ProcessEnv,
): Pick<Cluster, 'kubectl' | 'helm' | 'istioctl' | 'installIstio'> {
  const istioctl: Cluster['istioctl'] = (version, args) => run(binaries.istioctl[version], args, { env });
  return {
    kubectl: (args, stdin) => run(binaries.kubectl, args, { env, ...(stdin !== undefined && { stdin }) }),
    helm: (args) => run(binaries.helm, args, { env }),
    istioctl,
    installIstio: async (version, { revision, args = [] }) => {
      const minimal = ['--set', 'profile=minimal', '--readiness-timeout', '60s'];
      const named = revision === 'default' ? [] : ['--revision', revision];
      await istioctl(version, ['install', '-y', ...named, ...minimal, ...args]);
    },
  };
}
