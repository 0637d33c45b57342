// Is the test cluster what the other tests take it for? By hand, with the real tools: install, inject, move the tag, fail, recover, stop.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../cluster/api.ts';
import { packagedChart } from '../cluster/charts.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Pod, injectedRevision, isProxy } from '../cluster/kubelet/pod.ts';

interface SeenPod extends Pod {
  status: {
    phase?: string;
    podIP?: string;
    containerStatuses?: { name: string; restartCount: number; state: { waiting?: { reason: string } } }[];
    initContainerStatuses?: { name: string; restartCount: number; state: { waiting?: { reason: string } } }[];
    conditions?: { type: string; status: string }[];
  };
}

const patience = { timeout: 60_000, interval: 100 };

const isReady = (pod: SeenPod): boolean =>
  pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

async function podsOf(cluster: Cluster, namespace: string): Promise<SeenPod[]> {
  const { items } = await cluster.api.list<SeenPod>(`/api/v1/namespaces/${namespace}/pods`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

async function newNamespace(cluster: Cluster, name: string, labels: Record<string, string>): Promise<void> {
  await cluster.api.create('/api/v1/namespaces', { metadata: { name, labels } });
}

const rolledOut = (cluster: Cluster, namespace: string) =>
  cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment', '--timeout=60s']);

/** Job and namespace of each target of Prometheus. */
async function scraped({ prometheusUrl }: Cluster): Promise<string[]> {
  const answer = await fetch(`${prometheusUrl}/api/v1/targets?state=active`);
  const { data }: { data: { activeTargets: { labels: Record<string, string> }[] } } = JSON.parse(await answer.text());
  return data.activeTargets.map(({ labels }) => `${labels['job']} ${labels['namespace']}`).toSorted();
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // ended meanwhile
  }
}

/** The command lines that name the cluster's folder, as those of all its processes do. */
function processesOf({ runDir }: Cluster): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(runDir));
}

describe('the test cluster', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.installIstio('1.31', { revision: '1-31' });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  it('pods of a labelled namespace get the sidecar of the revision the default tag names', async () => {
    await newNamespace(cluster, 'shop', { 'istio-injection': 'enabled' });
    await cluster.kubectl(['-n', 'shop', 'create', 'deployment', 'web', '--image=web', '--replicas=3']);
    await rolledOut(cluster, 'shop');
    const pods = await podsOf(cluster, 'shop');
    expect(pods.map(injectedRevision)).toEqual(['1-31', '1-31', '1-31']);
    expect(pods.map(({ metadata }) => metadata.annotations?.['istio.io/rev'])).toEqual(['1-31', '1-31', '1-31']);
    expect(pods.every(isReady)).toBe(true);
  });

  it('kubelets of 1.36 get native sidecars', async () => {
    const [pod] = await podsOf(cluster, 'shop');
    expect(pod?.spec.initContainers?.find(isProxy)?.restartPolicy).toBe('Always');
    expect(pod?.spec.containers.some(isProxy)).toBe(false);
  });

  it('istiod runs with the token of its own ServiceAccount, and the chart’s RBAC is all it may do', async () => {
    const [istiod] = await cluster.kubelet.istiods();
    const command = readFileSync(`/proc/${istiod?.pid ?? ''}/cmdline`, 'utf8').split('\0');
    const kubeconfig = command[command.indexOf('--kubeconfig') + 1] ?? '';
    const as = (...args: string[]) => cluster.kubectl(['--kubeconfig', kubeconfig, ...args]);
    expect(await as('auth', 'whoami', '-o', 'json')).toContain('"system:serviceaccount:istio-system:istiod-1-31"');
    await expect(as('auth', 'can-i', 'update', 'mutatingwebhookconfigurations')).resolves.toContain('yes');
    await expect(as('delete', 'namespace', 'shop')).rejects.toThrow('Forbidden');
  });

  it('a ServiceAccount’s kubeconfig may do what its roles say', async () => {
    const kubeconfig = await cluster.kubeconfigFor('shop', 'default');
    await expect(cluster.kubectl(['--kubeconfig', kubeconfig, 'get', 'pods'])).rejects.toThrow('Forbidden');
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'shop-view',
      '--clusterrole=view',
      '--serviceaccount=shop:default',
    ]);
    await expect
      .poll(() => cluster.kubectl(['--kubeconfig', kubeconfig, 'get', 'pods', '-n', 'shop']), patience)
      .toContain('web-');
  });

  it('istiod’s metrics are read through the API server', async () => {
    const [istiod] = await cluster.kubelet.istiods();
    const metrics = await cluster.api.text(
      `/api/v1/namespaces/istio-system/pods/${istiod?.pod ?? ''}:15014/proxy/metrics`,
    );
    expect(metrics).toMatch(/^istio_build\{.*tag="1\.31\.0"/m);
  });

  it('Prometheus finds the injected pods and istiod by itself', async () => {
    const wanted = ['istiod istio-system', ...['shop', 'shop', 'shop'].map((name) => `kubernetes-pods ${name}`)];
    await expect.poll(() => scraped(cluster), patience).toEqual(wanted);
  });

  it('a second revision beside the first changes nothing until the tag moves', async () => {
    await cluster.installIstio('1.32', { revision: '1-32' });
    await cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment']);
    await rolledOut(cluster, 'shop');
    expect((await podsOf(cluster, 'shop')).map(injectedRevision)).toEqual(['1-31', '1-31', '1-31']);
    await cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', '1-32', '--overwrite', '-y']);
    await cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment']);
    await rolledOut(cluster, 'shop');
    const pods = await podsOf(cluster, 'shop');
    expect(pods.map(injectedRevision)).toEqual(['1-32', '1-32', '1-32']);
    const images = pods.map((pod) => pod.spec.initContainers?.find(isProxy)?.image);
    expect(images).toEqual(images.map(() => 'docker.io/istio/proxyv2:1.32.0'));
  });

  it('helm installs a third revision from the module’s chart, and removes it again', async () => {
    const chart = await packagedChart(cluster.binaries, '1.32');
    const settings = { revision: 'third', 'global.hub': 'docker.io/istio', 'global.tag': '1.32.0' };
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    await cluster.helm(['upgrade', '--install', 'istiod-third', chart, '-n', 'istio-system', ...set, '--wait']);
    expect((await cluster.kubelet.istiods()).map(({ revision }) => revision).toSorted()).toEqual([
      '1-31',
      '1-32',
      'third',
    ]);
    await cluster.helm(['uninstall', 'istiod-third', '-n', 'istio-system', '--wait']);
    await expect.poll(() => cluster.kubelet.istiods(), patience).toHaveLength(2);
  });

  it('an istiod that is killed comes back with a restart counted', async () => {
    const before = await cluster.kubelet.istiods();
    const victim = before.find(({ revision }) => revision === '1-32');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const restarted = async (): Promise<boolean> => {
      const pods = await podsOf(cluster, 'istio-system');
      const pod = pods.find(({ metadata }) => metadata.name === victim?.pod);
      return pod !== undefined && isReady(pod) && pod.status.containerStatuses?.[0]?.restartCount === 1;
    };
    await expect.poll(restarted, patience).toBe(true);
  });

  it('a rule makes one revision’s proxies crash-loop, and lifting it lets them up', async () => {
    await cluster.kubelet.setRules([{ namespace: 'shop', revision: '1-32', mode: 'crashloop', periodMs: 300 }]);
    await cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment']);
    const reasons = async () =>
      (await podsOf(cluster, 'shop')).flatMap(({ status }) =>
        (status.initContainerStatuses ?? []).map(({ name, state }) => `${name} ${state.waiting?.reason ?? ''}`),
      );
    await expect.poll(reasons, patience).toContain('istio-proxy CrashLoopBackOff');
    await cluster.kubelet.setRules([]);
    await rolledOut(cluster, 'shop');
    expect((await podsOf(cluster, 'shop')).every(isReady)).toBe(true);
  });

  it('a Job’s pod runs to its end, and its deletion leaves nothing', async () => {
    await newNamespace(cluster, 'batch', {});
    await cluster.kubectl(['-n', 'batch', 'create', 'job', 'once', '--image=once']);
    await cluster.kubectl(['-n', 'batch', 'wait', '--for=condition=complete', 'job/once', '--timeout=30s']);
    expect((await podsOf(cluster, 'batch')).map(({ status }) => status.phase)).toEqual(['Succeeded']);
    await cluster.kubectl(['delete', 'namespace', 'batch', '--timeout=30s']);
  });

  it('the API server restarts with its data, and the kubelet goes on', async () => {
    await cluster.processes.stop('apiserver');
    await expect(cluster.api.get('/api/v1/namespaces/shop')).rejects.toThrow('no answer');
    await cluster.processes.start('apiserver');
    await cluster.kubectl(['-n', 'shop', 'scale', 'deployment', 'web', '--replicas=4']);
    await rolledOut(cluster, 'shop');
    expect(await podsOf(cluster, 'shop')).toHaveLength(4);
  });

  it('a watch tells what happens, and refusals name verb, path and status', async () => {
    const end = new AbortController();
    const seen: string[] = [];
    const path = '/api/v1/namespaces/shop/configmaps';
    const watching = cluster.api.watch(path, ({ object }) => seen.push(object.metadata.name), end.signal);
    await cluster.api.create(path, { metadata: { name: 'told' } });
    await expect.poll(() => seen, patience).toContain('told');
    end.abort();
    await watching;
    await expect(cluster.api.get(`${path}/absent`)).rejects.toThrow(
      new ApiError('GET', `${path}/absent`, 404, '{"reason":"NotFound","message":"configmaps \\"absent\\" not found"}'),
    );
  });
});

describe('a test cluster that has stopped', () => {
  it('leaves no process, and another one, with old kubelets and classic sidecars, starts in its place', async () => {
    const cluster = await startCluster({ nodeVersion: '1.32.0', prometheus: false });
    try {
      await cluster.installIstio('1.32', { revision: '1-32' });
      await newNamespace(cluster, 'old', { 'istio-injection': 'enabled' });
      await cluster.kubectl(['-n', 'old', 'create', 'deployment', 'web', '--image=web']);
      await rolledOut(cluster, 'old');
      const [pod] = await podsOf(cluster, 'old');
      expect(pod?.spec.containers.some(isProxy)).toBe(true);
      const all = processesOf(cluster).join('\n');
      for (const name of ['etcd', 'kube-apiserver', 'fake-kubelet', 'pilot-discovery']) expect(all).toContain(name);
    } finally {
      await cluster.stop();
    }
    expect(processesOf(cluster)).toEqual([]);
    expect(existsSync(cluster.runDir)).toBe(false);
  });
});
