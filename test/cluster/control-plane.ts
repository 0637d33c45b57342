// With which flags do etcd, the API server, the controllers and the scheduler run? As in life, but for what only slows a test down.
import https from 'node:https';
import http from 'node:http';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import type { Pki } from './pki.ts';

export const server = 'https://127.0.0.1:6443';
const etcd = 'http://127.0.0.1:2379';
const etcdPeer = 'http://127.0.0.1:2380';

const controllers = [
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemonset-controller',
  'job-controller',
  'cronjob-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'resourcequota-controller',
];

export interface ControlPlane {
  etcd: Daemon;
  apiserver: Daemon;
  kcm: Daemon;
  scheduler: Daemon;
}

export function controlPlane(
  kube: string,
  runDir: string,
  logDir: string,
  pki: Pki,
  moreApiserverFlags: readonly string[] = [],
): ControlPlane {
  const daemon = (name: string, args: readonly string[], url: string): Daemon =>
    new Daemon({ name, command: kube, args, logDir, ready: () => answersOk(url, pki.ca) });
  return {
    etcd: daemon('etcd', ['etcd', ...etcdFlags(join(runDir, 'etcd'))], `${etcd}/health`),
    apiserver: daemon(
      'apiserver',
      ['kube-apiserver', ...apiserverFlags(pki), ...moreApiserverFlags],
      `${server}/readyz`,
    ),
    kcm: daemon('kcm', ['kube-controller-manager', ...kcmFlags(pki)], 'https://127.0.0.1:10257/healthz'),
    scheduler: daemon(
      'scheduler',
      ['kube-scheduler', ...clientFlags(pki, 'scheduler', 10259)],
      'https://127.0.0.1:10259/healthz',
    ),
  };
}

function etcdFlags(dataDir: string): string[] {
  return [
    '--name=test',
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${etcdPeer}`,
    `--initial-advertise-peer-urls=${etcdPeer}`,
    `--initial-cluster=test=${etcdPeer}`,
    '--heartbeat-interval=10',
    '--election-timeout=100', // a lone member elects itself at once
    '--unsafe-no-fsync', // nothing here is worth surviving a power cut
    '--quota-backend-bytes=4294967296',
    '--logger=zap',
    '--log-level=warn',
  ];
}

function apiserverFlags(pki: Pki): string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=0.0.0.0',
    '--advertise-address=10.0.0.1',
    '--secure-port=6443',
    `--tls-cert-file=${pki.certFile}`,
    `--tls-private-key-file=${pki.keyFile}`,
    `--client-ca-file=${pki.caFile}`,
    `--token-auth-file=${pki.tokensFile}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--authorization-mode=RBAC',
    '--anonymous-auth=true',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--enable-aggregator-routing=true', // webhooks by Service are dialled at the pod: there is no kube-proxy
    '--enable-priority-and-fairness=false',
    '--max-requests-inflight=0',
    '--max-mutating-requests-inflight=0',
    '--event-ttl=30m',
    '--profiling=false',
    '--v=1',
  ];
}

function kcmFlags(pki: Pki): string[] {
  return [
    ...clientFlags(pki, 'kcm', 10257),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.caFile}`,
    `--controllers=${controllers.join(',')}`,
    ...['deployment', 'replicaset', 'statefulset', 'gc', 'namespace', 'service-endpoint'].map(
      (controller) => `--concurrent-${controller}-syncs=${controller === 'service-endpoint' ? 10 : 20}`,
    ),
  ];
}

function clientFlags(pki: Pki, user: 'kcm' | 'scheduler', port: number): string[] {
  return [
    `--kubeconfig=${pki.kubeconfigs[user]}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.certFile}`,
    `--tls-private-key-file=${pki.keyFile}`,
    '--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
}

/** Whether a GET answers 200 within a second. */
export function answersOk(url: string, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? https.get : http.get;
    const request = get(url, { agent: false, timeout: 1000, ...(ca !== undefined && { ca }) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
