// Is the simulated traffic in Prometheus what a mesh's would be, and are the proxies' streams real? On a shop with two revisions.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type RunningTraffic, type Traffic, startTraffic } from '../cluster/traffic/client.ts';
import { measure, measureBy } from '../cluster/traffic/measure.ts';
import { shop } from '../mesh-builder/shop.ts';

const patiently = { timeout: 30_000, interval: 200 };

let cluster: Cluster;
let running: RunningTraffic;
let traffic: Traffic;

const requests = (matchers: string, by: string) =>
  measureBy(cluster, by, `sum by (${by}) (rate(istio_requests_total{${matchers}}[5s]))`);
const newErrors = (matchers: string) => requests(`response_code=~"5..",${matchers}`, 'destination_service_namespace');

const connected = async () => (await traffic.stats()).proxies.connected;
const arrivingIn = async (namespace: string) =>
  (await requests(`reporter="destination",namespace="${namespace}"`, 'namespace'))[namespace];
const scrapedFrom = async (namespace: string) =>
  (await requests(`namespace="${namespace}"`, 'namespace'))[namespace] ?? 0;
const sentTo = async (namespace: string) =>
  (await requests(`reporter="source",destination_service_namespace="${namespace}"`, 'reporter'))['source'];

async function restart(namespace: string, ...kinds: string[]): Promise<void> {
  for (const kind of kinds) await cluster.kubectl(['-n', namespace, 'rollout', 'restart', kind]);
  for (const kind of kinds) await cluster.kubectl(['-n', namespace, 'rollout', 'status', kind, '--timeout=60s']);
}

/** From istiod itself, through the API server, as the action reads it. */
async function istiodMetric(revision: string, metric: string): Promise<number> {
  const istiods = await cluster.kubelet.istiods();
  let sum = 0;
  for (const { pod } of istiods.filter((each) => each.revision === revision)) {
    const text = await cluster.api.text(`/api/v1/namespaces/istio-system/pods/${pod}:15014/proxy/metrics`);
    for (const line of text.split('\n')) if (line.startsWith(`${metric}{`)) sum += Number(line.split(' ').at(-1));
  }
  return sum;
}

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.installIstio('1.31', { revision: '1-31' });
  const { mesh, graph } = await shop(cluster);
  await mesh.ready();
  await cluster.installIstio('1.32', { revision: '1-32' });
  running = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic.log`, {
    proxies: cluster.binaries.proxies,
  });
  ({ traffic } = running);
  await traffic.setGraph(graph);
});

afterEach(async () => {
  await traffic.clearFaults();
});

afterAll(async () => {
  await running?.stop();
  await cluster?.stop();
});

describe('traffic without faults', () => {
  it.each(['source', 'destination'])(
    'comes to Prometheus at the graph’s rates, as the %s sees it',
    async (reporter) => {
      const rates = { frontend: 30, checkout: 16, payments: 20, catalog: 19, inventory: 15 };
      const strangers = async () => {
        const seen = await requests(`reporter="${reporter}",response_code="200"`, 'destination_workload_namespace');
        return Object.entries(rates).filter(
          ([namespace, rate]) => Math.abs((seen[namespace] ?? 0) - rate) > rate * 0.15,
        );
      };
      await expect.poll(strangers, patiently).toEqual([]);
      expect(await newErrors('')).toEqual({});
    },
  );

  it('leaves the gateway as source only, and calls gRPC by its name', async () => {
    const gateway = await requests('source_workload="gateway",reporter="source"', 'namespace');
    expect(gateway['ingress']).toBeGreaterThan(20);
    expect(await requests('reporter="destination"', 'namespace')).not.toHaveProperty('ingress');
    const grpc = await requests('request_protocol="grpc",grpc_response_status="0"', 'destination_workload');
    expect(Object.keys(grpc).toSorted()).toEqual(['fraud', 'stock']);
  });

  it('carries the pods that Prometheus scraped, and each proxy’s version', async () => {
    const builds = 'count by (tag) (istio_build{component="proxy"})';
    await expect.poll(async () => measureBy(cluster, 'tag', builds), patiently).toEqual({ '1.31.0': 24 });
    await expect.poll(async () => measure(cluster, 'up{job="kubernetes-pods"} == 0'), patiently).toEqual([]);
  });

  it('has a histogram of durations', async () => {
    const query = 'histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket[10s])))';
    const [median] = await measure(cluster, query);
    expect(median?.value).toBeGreaterThan(1);
    expect(median?.value).toBeLessThan(50);
  });
});

describe('a namespace that moves to the new revision', () => {
  it('takes its proxies’ streams along to the new istiod', async () => {
    await expect.poll(() => istiodMetric('1-31', 'pilot_xds'), patiently).toBe(24);
    const labels = { 'istio-injection': null, 'istio.io/rev': '1-32' };
    await cluster.api.patch('/api/v1/namespaces/payments', { metadata: { labels } });
    await restart('payments', 'deployment', 'statefulset');
    await expect.poll(() => istiodMetric('1-31', 'pilot_xds'), patiently).toBe(19);
    await expect.poll(() => istiodMetric('1-32', 'pilot_xds'), patiently).toBe(5);
    const all = { proxies: { connected: 24, wanted: 24, held: [] } };
    await expect.poll(async () => traffic.stats(), patiently).toMatchObject(all);
  });

  it('goes on being called', async () => {
    await expect.poll(() => arrivingIn('payments'), patiently).toBeGreaterThan(18);
  });

  it.each(['source', 'destination'])(
    'alone suffers from a fault of that revision: the %s sees it',
    async (reporter) => {
      await traffic.setFaults({
        id: '5xx',
        revision: '1-32',
        side: 'destination',
        code: '503',
        flags: '-',
        share: 0.5,
      });
      const errors = () => newErrors(`reporter="${reporter}"`);
      await expect.poll(async () => (await errors())['payments'], patiently).toBeGreaterThan(6);
      expect(Object.entries(await newErrors('')).filter(([, rate]) => rate > 0)).toHaveLength(1);
    },
  );

  it('alone calls in vain under a fault at the source, which the servers never see', async () => {
    await traffic.setFaults({ id: 'uf', revision: '1-32', side: 'source', code: '503', flags: 'UF', share: 1 });
    const failing = () => requests('response_flags="UF",reporter="source"', 'source_workload_namespace');
    await expect.poll(async () => (await failing())['payments'], patiently).toBeGreaterThan(8);
    const arriving = () => requests('reporter="destination",destination_workload="ledger"', 'destination_workload');
    await expect.poll(async () => (await arriving())['ledger'], patiently).toBe(0);
    expect(await requests('response_flags="UF",reporter="destination"', 'pod')).toEqual({});
  });

  it('that loses its sidecars is seen by its callers alone', async () => {
    const labels = { 'istio-injection': 'disabled', 'istio.io/rev': null };
    await cluster.api.patch('/api/v1/namespaces/payments', { metadata: { labels } });
    await restart('payments', 'deployment', 'statefulset');
    await expect.poll(() => scrapedFrom('payments'), patiently).toBe(0);
    await expect.poll(() => sentTo('payments'), patiently).toBeGreaterThan(9); // by checkout; what payments itself sends within is unseen
    expect((await traffic.stats()).proxies.wanted).toBe(19);
  });
});

describe('the levers on proxies', () => {
  it('one that is held stays connected when its pod is gone', async () => {
    await traffic.holdProxies({ namespace: 'frontend', workload: 'assets' });
    await cluster.api.patch('/apis/apps/v1/namespaces/frontend/deployments/assets', { spec: { replicas: 0 } });
    const held = async () => (await traffic.stats()).proxies.held;
    await expect.poll(held, patiently).toEqual([expect.stringMatching(/^frontend\/assets-/)]);
    expect(await istiodMetric('1-31', 'pilot_xds')).toBe(19);
    await traffic.holdProxies();
    await expect.poll(() => istiodMetric('1-31', 'pilot_xds'), patiently).toBe(18);
  });

  it('those that reject their configuration are counted by istiod', async () => {
    expect(await istiodMetric('1-31', 'pilot_total_xds_rejects')).toBe(0);
    await traffic.rejectPushes({ namespace: 'catalog' });
    await expect.poll(() => istiodMetric('1-31', 'pilot_total_xds_rejects'), patiently).toBeGreaterThanOrEqual(3);
    await traffic.rejectPushes();
  });

  it('all come back after their istiod was killed', async () => {
    const [victim] = (await cluster.kubelet.istiods()).filter(({ revision }) => revision === '1-31');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await expect.poll(connected, patiently).toBe(0);
    await expect.poll(connected, patiently).toBe(18);
    await expect.poll(() => istiodMetric('1-31', 'pilot_xds'), patiently).toBe(18);
  });
});
