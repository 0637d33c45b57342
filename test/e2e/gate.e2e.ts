// Does the gate say what is true of live traffic, scraped by a real Prometheus? On a shop whose payments namespace has just moved.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { GateSettings } from '../../src/config/config.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { runGate } from '../../src/phases/gate.ts';
import type { GateInput } from '../../src/phases/gate-input.ts';
import { readMesh } from '../../src/phases/discover.ts';
import { measurePrometheus } from '../../src/phases/measure-prometheus.ts';
import { rehearsal } from '../../src/phases/rehearse.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type RunningTraffic, startTraffic, type Traffic } from '../cluster/traffic/client.ts';
import { measureBy } from '../cluster/traffic/measure.ts';
import { FakeLog } from '../fakes/log.ts';
import { shop } from '../mesh-builder/shop.ts';
import { phaseWorld } from './phase-world.ts';

let cluster: Cluster;
let running: RunningTraffic;
let traffic: Traffic;
let prometheus: PrometheusPort;

const NAMESPACES = ['frontend', 'checkout', 'payments', 'catalog', 'inventory'];
const quick = { bakeMs: 10_000, maxBakeMs: 30_000, intervalMs: 1_000, minRequests: 50 };

async function gate(settings: Partial<GateSettings> = {}, input: Partial<GateInput> = {}, log = new FakeLog()) {
  const beganMs = Date.now();
  const namespaces = ['payments'];
  const verdict = await runGate(
    { prometheus, clock: systemClock, log },
    {
      settings: settingsWith({ ...quick, ...settings }),
      subject: { kind: 'batch', namespaces },
      unmoved: NAMESPACES.filter((name) => !namespaces.includes(name)),
      opened: new Map(namespaces.map((name) => [name, beganMs])),
      isRolloutOver: () => true,
      target: asRevision('1-31'),
      batchLabel: 'batch 1',
      ...input,
    },
  );
  if (process.env['SHOW'] !== undefined) console.log(log.lines.join('\n'), verdict);
  return { verdict, tookMs: Date.now() - beganMs };
}

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.installIstio('1.31', { revision: '1-31' });
  const { mesh, graph } = await shop(cluster);
  await mesh.ready();
  running = await startTraffic(cluster.kubeconfig, `${cluster.logDir}/traffic.log`, {
    proxies: cluster.binaries.proxies,
  });
  ({ traffic } = running);
  await traffic.setGraph(graph);
  prometheus = await connectPrometheus({
    access: { url: cluster.prometheusUrl, headers: {}, params: {} },
    clock: systemClock,
  });
});
afterEach(async () => {
  await traffic.clearFaults();
});
afterAll(async () => {
  await running?.stop();
  await cluster?.stop();
});

const measured = async () => {
  const { pods } = await readMesh(phaseWorld(cluster).cluster, 'istio-system');
  return measurePrometheus({ prometheus, clock: systemClock, log: new FakeLog() }, settingsWith(quick), pods);
};

/** As `measured`, with a yes or no in place of how late samples arrive. */
async function timely() {
  const { lagMs = Infinity, ...rest } = await measured();
  return { ...rest, isTimely: lagMs < 2_000 };
}

describe('preflight', () => {
  it('waits for traffic to arrive', async () => {
    const query = 'sum by (destination_service_namespace) (rate(istio_requests_total{reporter="source"}[5s]))';
    const arriving = async () => (await measureBy(cluster, 'destination_service_namespace', query))['payments'] ?? 0;
    await expect.poll(arriving, { timeout: 60_000, interval: 200 }).toBeGreaterThan(18);
  });

  it('measures the scrape interval of the real thing, and finds nothing wrong', async () => {
    // Two samples of a series take a while after the first.
    const expected = { findings: [], scrapeIntervalMs: 1_000, isTimely: true };
    await expect.poll(timely, { timeout: 30_000 }).toMatchObject(expected);
  });

  it('knows the series of pods that another cluster has', async () => {
    const nobody = await measurePrometheus(
      { prometheus, clock: systemClock, log: new FakeLog() },
      settingsWith(quick),
      [],
    );
    expect(nobody.findings).toMatchObject([{ id: 'series-of-unknown-pods' }]);
  });
});

describe('the gate', () => {
  it('passes a batch that is well', async () => {
    const { verdict, tookMs } = await gate();
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0, unproved: [] });
    // 10 to payments each second, and 10 within it, as callers see them.
    expect(verdict.requests).toBeGreaterThan(150);
    expect(verdict.requests).toBeLessThan(400);
    expect(tookMs).toBeLessThan(quick.maxBakeMs);
  });

  it('passes it by the hour before too, once there is one', async () => {
    const { namespaces } = await rehearsal(
      { prometheus, clock: systemClock, log: new FakeLog() },
      { settings: settingsWith(quick), batches: [['payments']], overMs: 3_600_000 },
    );
    expect(namespaces).toMatchObject([{ namespace: 'payments', errors: 0 }]);
  });

  it('fails servers that answer 503', async () => {
    const looking = gate();
    await traffic.setFaults({
      id: '5xx',
      namespace: 'payments',
      side: 'destination',
      code: '503',
      flags: '-',
      share: 0.3,
    });
    const { verdict, tookMs } = await looking;
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(verdict.reason).toMatch(/^payments: .* failed .*limit 1 %, .*: 503/);
    expect(tookMs).toBeLessThan(15_000);
  });

  it('fails callers that never get through, which no server sees', async () => {
    const looking = gate();
    await traffic.setFaults({ id: 'uf', namespace: 'payments', side: 'source', code: '503', flags: 'UF', share: 1 });
    const { verdict } = await looking;
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(verdict.reason).toContain('503 UF');
  });

  it('goes on counting when Prometheus comes back', async () => {
    // What the test before let fail must be over, and scraped.
    const failing = () =>
      measureBy(cluster, 'reporter', 'sum by (reporter) (increase(istio_requests_total{response_code=~"5.."}[5s]))');
    await expect
      .poll(async () => Object.values(await failing()).every((rate) => rate === 0), { timeout: 30_000 })
      .toBe(true);
    const log = new FakeLog();
    const looking = gate({}, {}, log);
    await cluster.processes.stop('prometheus');
    await expect.poll(() => log.lines.some((line) => line.includes('blind')), { timeout: 20_000 }).toBe(true);
    await cluster.processes.start('prometheus');
    const { verdict } = await looking;
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
  });
});
