// Where does a whole upgrade play in a test? A cluster with both istiods, a mesh with traffic, and the bundle run as a
// runner runs it. Asserts nothing.
import {
  type ActionOptions,
  type ActionResult,
  type CliResult,
  type ProcessOptions,
  type Running,
  startAction,
  startCli,
} from '../bundle/harness.ts';
import { searchOf } from '../secrets/stored.ts';
import { gatewayApiCrds } from '../cluster/charts.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { startTraffic, type Traffic } from '../cluster/traffic/client.ts';
import { measure } from '../cluster/traffic/measure.ts';
import type { Fault, Graph } from '../cluster/traffic/wire.ts';
import { buildMesh, type Mesh } from '../mesh-builder/build.ts';
import { observe, type Picture } from '../mesh-builder/observe.ts';
import { shopGraph, shopPieces } from '../mesh-builder/shop.ts';

export interface StageOptions extends ClusterOptions {
  /** The shop unless told. */
  readonly parts?: Parameters<typeof buildMesh>[1];
  readonly graph?: Graph;
  /** Revision of the source; `default` for one that has none. */
  readonly source?: string;
  /** False: the target is not installed beforehand. */
  readonly target?: boolean;
  readonly gatewayApi?: boolean;
  /** After the source's installation and before the mesh: more tags, other revisions. */
  readonly prepare?: (cluster: Cluster) => Promise<void>;
}
export type Inputs = Readonly<Record<string, string>>;

export interface Stage {
  readonly cluster: Cluster;
  readonly mesh: Mesh;
  readonly traffic: Traffic;
  /** Everything a rollback has to bring back, as it was before the first run. */
  readonly before: Picture;
  picture(): Promise<Picture>;
  run(command: string, inputs?: Inputs, options?: Omit<ActionOptions, 'inputs'>): Promise<ActionResult>;
  start(command: string, inputs?: Inputs, options?: Omit<ActionOptions, 'inputs'>): Running<ActionResult>;
  /** `node dist/index.js …args`, and no input that is not among them. */
  cli(args: readonly string[], options?: ProcessOptions): Promise<CliResult>;
  stop(): Promise<void>;
}

export const SOURCE = '1-31';
export const TARGET = '1-32';
/** Half of the requests to this namespace's pods fail, once they are the target's. */
export const targetFails = (namespace: string): Fault => ({
  id: 'new-proxies',
  revision: TARGET,
  namespace,
  side: 'destination',
  code: '503',
  flags: '-',
  share: 0.5,
});
/** Short windows: what is tested is the flow, the judgement has tests of its own. */
const QUICK: Inputs = {
  'target-revision': TARGET,
  bake: '4s',
  'max-bake': '40s',
  interval: '2s',
  'min-requests': '40',
  'max-error-rate': '5%',
  soak: '0s',
  'rollout-timeout': '60s',
  batches: '1\nrest',
};

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const {
    parts = shopPieces(),
    graph = shopGraph(),
    source = SOURCE,
    target = true,
    gatewayApi = false,
    prepare,
    ...rest
  } = options;
  const cluster = await startCluster(rest);
  try {
    if (gatewayApi) await cluster.kubectl(['apply', '--server-side', '-f', gatewayApiCrds(cluster.binaries)]);
    await cluster.installIstio('1.31', { revision: source });
    if (target) await cluster.installIstio('1.32', { revision: TARGET });
    await prepare?.(cluster);
    const mesh = await buildMesh(cluster, parts);
    await mesh.ready();
    const { traffic, stop: stopTraffic } = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic.log`, {
      proxies: cluster.binaries.proxies,
    });
    await traffic.setGraph(graph);
    if (graph.edges.length > 0) await eventually('requests in Prometheus', async () => flowing(cluster, graph));
    const picture = async (): Promise<Picture> => observe(cluster, { withoutRevision: TARGET });
    const search = searchOf(cluster.api);
    const onPath = (env: ActionOptions['env']) => ({ PATH: cluster.env['PATH'], ...env });
    const optionsOf = (command: string, inputs: Inputs, more: Omit<ActionOptions, 'inputs'>): ActionOptions => ({
      ...more,
      env: onPath(more.env),
      inputs: {
        kubeconfig: cluster.kubeconfig,
        'prometheus-url': cluster.prometheusUrl,
        ...frozenOnly(command),
        ...inputs,
        command,
      },
    });
    const start: Stage['start'] = (command, inputs = {}, more = {}) =>
      searched(startAction(optionsOf(command, inputs, more)), search);
    return {
      cluster,
      mesh,
      traffic,
      before: await picture(),
      picture,
      run: async (command, inputs = {}, more = {}) => start(command, inputs, more).result,
      start,
      cli: async (args, more = {}) => searched(startCli(args, { ...more, env: onPath(more.env) }), search).result,
      stop: async () => {
        await stopTraffic();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** The same run, whose result is there once it is sure that the cluster holds no secret. */
function searched<T extends Pick<ActionResult, 'secrets'>>(
  running: Running<T>,
  search: ReturnType<typeof searchOf>,
): Running<T> {
  const result = running.result.then(async (ended) => {
    await search(ended.secrets);
    return ended;
  });
  return { ...running, result };
}

/** Later commands take what `start` froze from the journal; only the first ones are told. */
const frozenOnly = (command: string): Inputs =>
  command === 'plan' || command === 'upgrade' || command === 'start' ? QUICK : {};

/** Nine tenths of the graph's requests are seen by the callers, so that a baseline has something to show. */
async function flowing(cluster: Cluster, graph: Graph): Promise<boolean> {
  const rps = graph.edges.reduce((sum, edge) => sum + (edge.from === 'outside' ? 0 : edge.rps), 0);
  const [seen] = await measure(cluster, 'sum(rate(istio_requests_total{reporter="source"}[5s]))');
  return (seen?.value ?? 0) >= 0.9 * rps;
}
