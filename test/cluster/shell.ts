// How does one look around in a test cluster by hand? `npm run cluster` opens a shell in it; `npm run cluster -- <command…>` runs one.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Cluster, startCluster } from './cluster.ts';
import { kubeletPort } from './fake-kubelet.ts';
import { isInside } from './namespace.ts';

const repository = join(import.meta.dirname, '..', '..');

function help(cluster: Cluster): string {
  return `
Kubernetes with Istio 1.31-dev as revision 1-31, which owns the default tag. Everything ends with this shell.

  kubectl, helm, istioctl (1.32-dev), istioctl-1.31, istioctl-1.32 and promtool are on the PATH; KUBECONFIG is the administrator's.
  Prometheus   ${cluster.prometheusUrl} (PROMETHEUS_URL), reachable only from in here
  logs         ${cluster.logDir}

  next revision   istioctl install -y --revision 1-32 --set profile=minimal
  move the tag    istioctl tag set default --revision 1-32 --overwrite -y
  failing pods    curl -sX PUT 127.0.0.1:${kubeletPort} -d '[{"revision":"1-32","mode":"crashloop"}]'
                  modes: ready, crashloop (proxy), app-crash (the others), never; also namespace, labels, delayMs, restarts, periodMs
  what it does    curl -s 127.0.0.1:${kubeletPort}    rules, counts, istiod's processes with their pids: kill -9, -STOP, -CONT
`;
}

/** In a namespace: the cluster, then the command. */
async function open(command: string[]): Promise<number> {
  const cluster = await startCluster();
  try {
    await cluster.installIstio('1.31', { revision: '1-31' });
    const [program = process.env['SHELL'] ?? '/bin/sh', ...args] = command;
    if (command.length === 0) process.stdout.write(help(cluster));
    process.on('SIGINT', () => undefined); // for the command, which sees it too
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...cluster.env, HOME: process.env['HOME'] },
      cwd: process.env['INIT_CWD'] ?? repository,
    });
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    return await new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)));
  } finally {
    await cluster.stop();
  }
}

/** Outside: the same again, within. */
function enter(command: string[]): number {
  process.on('SIGINT', () => undefined);
  const within = join(dirname(import.meta.filename), 'within.ts');
  const args = [within, process.execPath, import.meta.filename, ...command];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

const asked = process.argv.slice(2);
process.exitCode = isInside() ? await open(asked) : enter(asked);
