// Where is the bundle interrupted? On one small mesh whose cluster it reaches through a proxy, and which is put back between runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionOptions, ActionResult, Running } from '../bundle/harness.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { readKubeconfig, writeKubeconfig } from '../cluster/kubeconfig.ts';
import { measure } from '../cluster/traffic/measure.ts';
import type { ObserveOptions } from '../mesh-builder/observe.ts';
import { type Inputs, openStage, type Stage, SOURCE, TARGET } from '../e2e/stage.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { restore, save, type SavedState } from './saved-state.ts';
import type { Place } from './scene.ts';
import { type Variant, type VariantName, VARIANTS } from './variants.ts';

export interface Arena {
  readonly stage: Stage;
  readonly place: Place;
  /** What a rollback rightly leaves behind: left out where the mesh is compared with what was before. */
  readonly left: ObserveOptions;
  /** Between the bundle and the API server. */
  readonly proxy: Proxy;
  /** Between the bundle and Prometheus. */
  readonly prometheus: Proxy;
  /** Begins a command whose every call goes through the proxies. */
  start(command: string, inputs?: Inputs, options?: Omit<ActionOptions, 'inputs'>): Running<ActionResult>;
  save(): Promise<SavedState>;
  /** The mesh as it was saved, with its traffic, which nothing breaks. */
  restore(saved: SavedState): Promise<void>;
  stop(): Promise<void>;
}

/** A run that follows at once finds the series of the pods there are, and not only those of the ones before them. */
async function everyPodIsSeen(cluster: Cluster, { api, namespaces }: Place): Promise<boolean> {
  const lists = await Promise.all(namespaces.map((name) => api.list(`/api/v1/namespaces/${name}/pods`)));
  const series = await measure(cluster, 'count by (pod) (istio_requests_total)');
  const seen = new Set(series.map(({ metric }) => metric['pod']));
  return lists.every(({ items }) => items.every(({ metadata }) => seen.has(metadata.name)));
}

export async function openArena(variant: VariantName = 'tag'): Promise<Arena> {
  const { namespaces, left, ...of }: Variant = VARIANTS[variant];
  const stage = await openStage(of.stage);
  const { cluster } = stage;
  const told = await of.inputs(cluster);
  const { server, ca, token } = readKubeconfig(cluster.kubeconfig);
  const certificate = (file: string): string => readFileSync(join(cluster.runDir, 'pki', file), 'utf8');
  const proxy = await startProxy(
    { url: server, ca },
    { cert: certificate('apiserver.crt'), key: certificate('apiserver.key') },
  );
  const prometheus = await startProxy({ url: cluster.prometheusUrl });
  const kubeconfig = join(cluster.runDir, 'through-the-proxy.kubeconfig');
  writeKubeconfig(kubeconfig, proxy.url, cluster.caFile, { token });
  const place = { api: cluster.api, namespaces, revisions: [SOURCE, TARGET] };
  // What a restored state costs the traffic is the arena's doing, and not what was bad before.
  const through = { kubeconfig, 'prometheus-url': prometheus.url, accept: 'baseline-over-limit' };
  return {
    stage,
    place,
    left,
    proxy,
    prometheus,
    start: (command, inputs = {}, options = {}) => {
      const first = command === 'plan' || command === 'upgrade' || command === 'start' ? told : {};
      return stage.start(command, { ...first, ...through, ...inputs }, options);
    },
    save: async () => save(place),
    restore: async (saved) => {
      await stage.traffic.clearFaults();
      await restore(place, saved);
      await eventually('the traffic of every pod in Prometheus', async () => everyPodIsSeen(cluster, place));
    },
    stop: async () => {
      await proxy.stop();
      await prometheus.stop();
      await stage.stop();
    },
  };
}
