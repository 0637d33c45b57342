// Where do the inputs lead? To a cluster, a Prometheus, istioctl and helm. Adapters are made here and by the entries (main.ts, post.ts) only.
import { Installer } from './adapters/istio/installer.ts';
import type { Connection } from './adapters/kubernetes/connection.ts';
import { loadKubeconfig } from './adapters/kubernetes/kubeconfig.ts';
import { apiServerTransport } from './adapters/kubernetes/service-proxy.ts';
import { connectPrometheus } from './adapters/prometheus/prometheus.ts';
import { systemClock } from './adapters/system/clock.ts';
import type { Run } from './commands/run.ts';
import type { Config, PrometheusAccess } from './config/config.ts';
import { parsePrometheusUrl, prometheusNamespace } from './config/prometheus-url.ts';
import type { ClusterPort } from './ports/cluster.ts';
import type { Edge } from './ports/edge.ts';
import type { LeasePort } from './ports/lease.ts';
import type { PrometheusPort } from './ports/prometheus.ts';
import { BrokenWorld, lacksCredentials } from './shared/errors.ts';

/** The cluster that the inputs name; its credentials are masked from here on. */
export const kubeconfigOf = (
  edge: Pick<Edge, 'mask'>,
  config: Config,
  env: NodeJS.ProcessEnv,
): ReturnType<typeof loadKubeconfig> =>
  loadKubeconfig({
    ...(config.run.kubeconfig === undefined ? {} : { path: config.run.kubeconfig }),
    ...(config.run.context === undefined ? {} : { context: config.run.context }),
    ...(env['KUBECONFIG'] === undefined ? {} : { environment: env['KUBECONFIG'] }),
    ...(env['HOME'] === undefined ? {} : { home: env['HOME'] }),
    variables: env,
    mask: (secret) => {
      edge.mask(secret);
    },
  });

/** A rollback does without Prometheus where it has to: then its recovery is not measured. */
export async function prometheusOf(
  edge: Edge,
  command: Config['command'],
  access: PrometheusAccess,
  connection: Connection,
): Promise<PrometheusPort | undefined> {
  try {
    return await connectPrometheus({ access, clock: systemClock, apiServer: apiServerTransport(connection) });
  } catch (error) {
    if (command !== 'rollback' || !(error instanceof BrokenWorld)) throw error;
    edge.log.warning(`${error.message}: the rollback goes on without Prometheus`);
    return undefined;
  }
}

/** The namespace and the Service of a Prometheus inside of the cluster, as far as its URL tells. */
export function whereIs({ url }: PrometheusAccess): Pick<Run, 'prometheusService' | 'prometheusNamespace'> {
  const parsed = parsePrometheusUrl(url);
  if (parsed.kind !== 'ok') return {};
  const { value: address } = parsed;
  const namespace = prometheusNamespace(address);
  return {
    ...(namespace === undefined ? {} : { prometheusNamespace: namespace }),
    ...(address.kind === 'kubernetes'
      ? { prometheusService: { namespace: address.namespace, service: `${address.service}:${address.port}` } }
      : {}),
  };
}

/**
 * istioctl and helm know nothing of the lease: they are ended with it, as by a signal. Nor do they tell in words to rely on that their
 * credentials have run out: where one failed, the `cluster` is asked. Their flag takes one path, so that of the input alone goes by it;
 * the files that KUBECONFIG lists, or that was found at home, go as they take lists.
 */
export const installerOf = ({ config, files, env, signal, lease, cluster }: ToolsOf): Installer => {
  const { kubeconfig, context } = config.run;
  return new Installer({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    env: files === undefined ? env : { ...env, KUBECONFIG: files },
    signal: AbortSignal.any([signal, lease.signal]),
    stillAccepted: async () => {
      cluster.freshCredentials(); // as the tool took them, anew
      try {
        await cluster.identity();
      } catch (error) {
        if (lacksCredentials(error)) throw error;
      }
    },
  });
};

export interface ToolsOf {
  readonly config: Config;
  /** As tools take them in `KUBECONFIG`; undefined in a pod without one. */
  readonly files: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly lease: Pick<LeasePort, 'signal'>;
  readonly cluster: Pick<ClusterPort, 'freshCredentials' | 'identity'>;
}
