// How long does an upgrade take beside the published script? `npm run bench:upgrade`: both move the same mesh on the
// same machine, one after the other; the gate's watching is told apart, because the script watches nothing.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { runAction, runCli } from '../bundle/harness.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { isInside } from '../cluster/namespace.ts';
import { startTraffic } from '../cluster/traffic/client.ts';
import { measure } from '../cluster/traffic/measure.ts';
import type { Graph } from '../cluster/traffic/wire.ts';
import { buildMesh } from '../mesh-builder/build.ts';
import { deployment, injectedGateway, namespace } from '../mesh-builder/pieces.ts';

const NAMESPACES = Array.from({ length: 10 }, (_, index) => `team-${String(index)}`);
const WORKLOADS = ['a', 'b', 'c', 'd', 'e'];
/** What a pod needs to become ready. */
const START_MS = 5_000;
const GATEWAY = { namespace: 'ingress', name: 'gateway' };

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const secondsSince = (began: number): number => (performance.now() - began) / 1000;

async function withMesh(work: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster();
  try {
    await cluster.installIstio('1.31', { revision: '1-31' });
    const mesh = await buildMesh(cluster, [
      ...NAMESPACES.map((name) =>
        namespace(
          name,
          { injection: 'enabled' },
          ...WORKLOADS.map((workload) => deployment(workload, { replicas: 2 })),
        ),
      ),
      injectedGateway({ ...GATEWAY, pin: { tag: 'default' } }),
    ]);
    await mesh.ready();
    await cluster.kubelet.setRules([{ delayMs: START_MS }]);
    await work(cluster);
  } finally {
    await cluster.stop();
  }
}

/** istio.io's canary upgrade, as platform teams script it: restart and wait, namespace after namespace. */
async function script({ istioctl, kubectl }: Cluster): Promise<number> {
  const began = performance.now();
  await istioctl('1.32', ['install', '-y', '--revision', '1-32', '--set', 'profile=minimal']);
  await istioctl('1.32', ['tag', 'set', 'default', '--revision', '1-32', '--overwrite', '-y']);
  await kubectl(['-n', GATEWAY.namespace, 'rollout', 'restart', 'deployment', GATEWAY.name]);
  await kubectl(['-n', GATEWAY.namespace, 'rollout', 'status', 'deployment', GATEWAY.name]);
  for (const name of NAMESPACES) {
    await kubectl(['-n', name, 'rollout', 'restart', 'deployment']);
    for (const workload of WORKLOADS) await kubectl(['-n', name, 'rollout', 'status', 'deployment', workload]);
  }
  await istioctl('1.32', ['uninstall', '--revision', '1-31', '-y']);
  return secondsSince(began);
}

interface Measured {
  readonly total: number;
  readonly watching: number;
  readonly requests: number;
  readonly queries: number;
}

async function bundle(cluster: Cluster, batches: string): Promise<Measured> {
  const { traffic, stop } = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic.log`, {
    proxies: cluster.binaries.proxies,
  });
  try {
    await traffic.setGraph(graph());
    await eventually(
      'traffic in Prometheus',
      async () =>
        ((await measure(cluster, 'sum(rate(istio_requests_total{reporter="source"}[5s]))'))[0]?.value ?? 0) > 90,
    );
    const before = { requests: await apiRequests(cluster), queries: await promQueries(cluster) };
    const idle = await idleRate(cluster);
    const began = performance.now();
    const result = await runAction({
      inputs: {
        command: 'upgrade',
        kubeconfig: cluster.kubeconfig,
        'prometheus-url': cluster.prometheusUrl,
        'target-revision': '1-32',
        install: 'istioctl',
        batches,
        bake: '1s',
        'max-bake': '2m',
        interval: '2s',
        'min-requests': '1',
        'max-error-rate': '10%',
        soak: '0s',
      },
      env: { PATH: cluster.env['PATH'] },
    });
    const total = secondsSince(began);
    if (result.outputs['ending'] !== 'completed')
      throw new Error(`the upgrade ended ${String(result.outputs['ending'])}: ${String(result.outputs['reason'])}`);
    return {
      total,
      watching: watchingIn(result.stdout),
      requests: Math.round((await apiRequests(cluster)) - before.requests - idle * total),
      queries: (await promQueries(cluster)) - before.queries,
    };
  } finally {
    await stop();
  }
}

/** From each rollout's last progress line to its verdict: what is spent on nothing but looking. */
function watchingIn(log: string): number {
  let rolledAt: number | undefined;
  let sum = 0;
  for (const line of log.split('\n')) {
    const at = secondsOf(line);
    if (at === undefined) continue;
    if (/ (\d+)\/\1 workloads, (\d+)\/\2 pods/.test(line)) rolledAt = at;
    if (rolledAt !== undefined && /PASS \(ok\)/.test(line)) {
      sum += at - rolledAt;
      rolledAt = undefined;
    }
  }
  return sum;
}

function secondsOf(line: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)Z/.exec(line) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

const graph = (): Graph => ({
  edges: NAMESPACES.flatMap((name) =>
    WORKLOADS.map(
      (workload) => ({ from: 'gateway', to: { namespace: name, workload }, rps: 2, protocol: 'http' }) as const,
    ),
  ),
});

/** Everybody's requests to the API server: ours cannot be told apart there, so the idle rate is taken off. */
async function apiRequests({ kubectl }: Cluster): Promise<number> {
  const metrics = await kubectl(['get', '--raw', '/metrics']);
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
async function idleRate(cluster: Cluster): Promise<number> {
  const began = performance.now();
  const before = await apiRequests(cluster);
  await eventually('5 s to pass', async () => secondsSince(began) > 5);
  return ((await apiRequests(cluster)) - before) / secondsSince(began);
}
async function promQueries({ prometheusUrl }: Cluster): Promise<number> {
  const text = await (await fetch(`${prometheusUrl}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => /^prometheus_http_requests_total\{.*handler="\/api\/v1\/query"/.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function main(): Promise<void> {
  const rows: string[] = [];
  await withMesh(async (cluster) => {
    rows.push(`| published script | ${(await script(cluster)).toFixed(0)} s | – | – | – |`);
  });
  for (const [name, batches] of [
    ['this action, one batch', 'rest'],
    ['this action, batches of 3', 'rest by 3'],
  ] as const) {
    await withMesh(async (cluster) => {
      const { total, watching, requests, queries } = await bundle(cluster, batches);
      rows.push(
        `| ${name} | ${(total - watching).toFixed(0)} s | ${watching.toFixed(0)} s | ${String(requests)} | ${String(queries)} |`,
      );
    });
  }
  const loads = [];
  for (let turn = 0; turn < 5; turn += 1) loads.push((await runCli(['--help'])).tookMs);
  const bytes = statSync(join(import.meta.dirname, '../../dist/index.js')).size;
  say(
    '\n| 10 namespaces, 50 Deployments, 100 pods that start in 5 s | without watching | watching | API requests, all clients | Prometheus queries |\n| --- | --- | --- | --- | --- |',
  );
  say(rows.join('\n'));
  say(
    `\nbundle: ${(bytes / 1e6).toFixed(1)} MB; \`--help\` in ${String(Math.round(Math.min(...loads)))} ms (best of 5)`,
  );
}

if (isInside()) await main();
else {
  const within = join(import.meta.dirname, '..', 'cluster', 'within.ts');
  process.exitCode =
    spawnSync(process.execPath, [within, process.execPath, import.meta.filename], { stdio: 'inherit' }).status ?? 1;
}
