// What does the cluster's Prometheus scrape, and how does it run? Pods with a proxy by their annotations, and istiod's own metrics.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersOk } from './control-plane.ts';
import { Daemon } from './daemon.ts';

export const prometheusUrl = 'http://127.0.0.1:9090';

export interface ScrapeOptions {
  /** Prometheus's notation; 1s unless told. */
  interval?: string;
  /** Instead of a target for each pod with a proxy: one exporter for all, as `host:port`, whose own labels are kept. For many pods. */
  singleTarget?: string;
  /** Further entries of `scrape_configs`. */
  more?: readonly object[];
}

const meta = '__meta_kubernetes_pod_';
const keep = (label: string, regex: string) => ({ action: 'keep', source_labels: [`${meta}${label}`], regex });
const copy = (label: string, target_label: string, regex = '(.+)') => ({
  source_labels: [`${meta}${label}`],
  target_label,
  regex,
});
const identity = [copy('name', 'pod'), { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' }];

function proxies(discovery: object): object {
  return {
    job_name: 'kubernetes-pods',
    ...discovery,
    relabel_configs: [
      {
        action: 'keep', // injected ones, and the Gateway API's gateways, which istiod writes whole
        source_labels: [
          'annotationpresent_sidecar_istio_io_status',
          'labelpresent_gateway_networking_k8s_io_gateway_name',
        ].map((label) => meta + label),
        regex: 'true;.*|.*;true',
      },
      keep('annotation_prometheus_io_scrape', 'true'),
      keep('phase', 'Running'),
      copy('annotation_prometheus_io_path', '__metrics_path__'),
      {
        source_labels: ['__address__', `${meta}annotation_prometheus_io_port`],
        regex: String.raw`([^:]+)(?::\d+)?;(\d+)`,
        replacement: '$1:$2',
        target_label: '__address__',
      },
      ...identity,
    ],
  };
}

function istiods(discovery: object): object {
  return {
    job_name: 'istiod',
    ...discovery,
    relabel_configs: [
      keep('label_app', 'istiod'),
      keep('phase', 'Running'),
      copy('ip', '__address__', '(.+)'),
      { source_labels: ['__address__'], replacement: '$1:15014', target_label: '__address__' },
      ...identity,
    ],
  };
}

function configuration(kubeconfig: string, scrape: ScrapeOptions): object {
  const interval = scrape.interval ?? '1s';
  const discovery = { kubernetes_sd_configs: [{ role: 'pod', kubeconfig_file: kubeconfig }] };
  const pods =
    scrape.singleTarget === undefined
      ? proxies(discovery)
      : {
          job_name: 'kubernetes-pods',
          honor_labels: true,
          metrics_path: '/stats/prometheus',
          static_configs: [{ targets: [scrape.singleTarget] }],
        };
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [pods, istiods(discovery), ...(scrape.more ?? [])],
  };
}

export function prometheus(
  binary: string,
  kubeconfig: string,
  runDir: string,
  logDir: string,
  scrape: ScrapeOptions,
): Daemon {
  const file = join(runDir, 'prometheus.json'); // JSON is YAML
  writeFileSync(file, JSON.stringify(configuration(kubeconfig, scrape), null, 2));
  return new Daemon({
    name: 'prometheus',
    command: binary,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(runDir, 'prometheus')}`,
      '--web.listen-address=0.0.0.0:9090', // also as any pod: the API server's service proxy reaches it through a Service
      '--web.enable-lifecycle',
      '--web.enable-admin-api', // delete_series empties it
      '--log.level=warn',
    ],
    logDir,
    ready: () => answersOk(`${prometheusUrl}/-/ready`),
  });
}
