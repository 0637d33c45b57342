// The main job before one's eyes: `npm run demo` starts a cluster, runs the committed bundle in it as a runner would,
// and leaves the job summary as a file. With `--break payments` the upgrade fails, and goes back.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ActionResult, runAction } from '../bundle/harness.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { isInside } from '../cluster/namespace.ts';
import { startTraffic, type Traffic } from '../cluster/traffic/client.ts';
import { measure } from '../cluster/traffic/measure.ts';
import { shop, shopPieces } from '../mesh-builder/shop.ts';
import { type DemoOptions, readOptions, USAGE } from './options.ts';

const SOURCE = '1-31';
const TARGET = '1-32';
/** Short windows for a short story; an upgrade of production takes the defaults. */
const INPUTS = {
  'target-revision': TARGET,
  install: 'istioctl',
  batches: '1\nrest',
  bake: '5s',
  'max-bake': '60s',
  interval: '2s',
  'min-requests': '100',
  'max-error-rate': '2%',
  soak: '5s',
};

const say = (text = ''): boolean => process.stdout.write(`${text}\n`);
const title = (text: string): boolean => say(`\n\u001B[1m━━ ${text}\u001B[0m`);
/** What the runner would fold, unfolded; its commands are for the runner. */
const show = (text: string): boolean =>
  process.stdout.write(
    text
      .replace(/^::(?:end)?group::/gm, '')
      .replace(/^::(?:add-mask|save-state|set-output)[^\n]*\n/gm, '')
      .replace(
        /^::(notice|warning|error)[^:]*::(.*)$/gm,
        (_line, level: string, words: string) => `${level}: ${words.replaceAll('%25', '%')}`,
      ),
  );

async function play({ breaks, summary }: DemoOptions): Promise<number> {
  const began = Date.now();
  title('A real Kubernetes API server, Prometheus, and Istio 1.31-dev as revision 1-31');
  const cluster = await startCluster();
  try {
    await cluster.installIstio('1.31', { revision: SOURCE });
    const { mesh, graph } = await shop(cluster);
    await mesh.ready();
    const { traffic, stop } = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic.log`, {
      proxies: cluster.binaries.proxies,
    });
    try {
      await traffic.setGraph(graph);
      await eventually(
        'traffic in Prometheus',
        async () =>
          ((await measure(cluster, 'sum(rate(istio_requests_total{reporter="source"}[5s]))'))[0]?.value ?? 0) > 80,
      );
      say(
        `a shop of 5 namespaces, 12 workloads and 24 pods behind one gateway, about 100 requests a second (${seconds(began)})`,
      );
      return await upgrade(cluster, traffic, breaks, summary, began);
    } finally {
      await stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function upgrade(
  cluster: Cluster,
  traffic: Traffic,
  breaks: string | undefined,
  summary: string,
  began: number,
): Promise<number> {
  const run = async (command: string): Promise<ActionResult> =>
    runAction({
      inputs: { ...INPUTS, command, kubeconfig: cluster.kubeconfig, 'prometheus-url': cluster.prometheusUrl },
      env: { PATH: cluster.env['PATH'] },
      onOutput: show,
    });
  title('command: plan — nothing is written');
  say('Prometheus has only just begun: the rehearsal counts whole minutes of the last hour, and finds none yet');
  const planned = await run('plan');
  if (breaks !== undefined) {
    title(`from now on the proxies of ${TARGET} in ${breaks} answer every third request with 503`);
    await traffic.setFaults({
      id: 'demo',
      revision: TARGET,
      namespace: breaks,
      side: 'destination',
      code: '503',
      flags: '-',
      share: 0.33,
    });
  }
  title('command: upgrade — install, tag, gateway, batches, gate, complete');
  const result = await run('upgrade');
  writeFileSync(summary, result.summary);
  title('How it ended');
  const expected =
    breaks === undefined
      ? { ending: 'completed', 'reason-code': 'ok' }
      : { ending: 'rolled-back', 'reason-code': 'recovered' };
  const told =
    planned.outputs['ending'] === 'planned' &&
    Object.entries(expected).every(([name, value]) => result.outputs[name] === value);
  say(
    `${String(result.outputs['ending'])} (${String(result.outputs['reason-code'])}): ${String(result.outputs['reason'])}`,
  );
  say(`the job summary, as GitHub would show it: ${summary}`);
  say(`${seconds(began)} in all${told ? '' : `; this demo expected ${Object.values(expected).join(', ')}`}`);
  return told ? 0 : 1;
}

const seconds = (began: number): string => `${String(Math.round((Date.now() - began) / 1000))} s`;

/** Outside: the same again, in a network and a process tree of its own. */
function enter(args: readonly string[]): number {
  process.on('SIGINT', () => undefined);
  const within = join(import.meta.dirname, '..', 'cluster', 'within.ts');
  return (
    spawnSync(process.execPath, [within, process.execPath, import.meta.filename, ...args], { stdio: 'inherit' })
      .status ?? 1
  );
}

async function main(args: readonly string[]): Promise<number> {
  const namespaces = shopPieces().flatMap((piece) => ('name' in piece ? [piece.name] : []));
  const asked = readOptions(args, namespaces);
  if (asked.kind === 'help') say(USAGE);
  if (asked.kind === 'wrong') say(`${asked.message}\n\n${USAGE}`);
  if (asked.kind !== 'play') return asked.kind === 'help' ? 0 : 2;
  if (!isInside()) return enter(args);
  return play({ ...asked.options, summary: resolve(process.env['INIT_CWD'] ?? process.cwd(), asked.options.summary) });
}

process.exitCode = await main(process.argv.slice(2));
