// Beside the error ratio: routes, TCP, istiod, latency, and what passed before. Each row of docs/gate.md, "What is measured", that is no
// request's failure.
import { describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import type { QueryAnswer, Sample } from '../../src/ports/prometheus.ts';
import { gate, MESH, minutes, since, START, withPayments } from '../builders/gate-run.ts';
import type { Flow } from '../fakes/prometheus.ts';

const NR = { response_code: '404', response_flags: 'NR' };
const edge: Flow = { from: 'edge', workload: 'ingress', to: 'web', perSecond: 20 };
/** So many find no route any more. */
const astray = (share: number): Flow => ({ ...edge, failing: since(share), failure: NR });
const AT_GATEWAY = {
  subject: { kind: 'gateways', gateways: [{ namespace: 'edge', name: 'ingress' }] },
  opened: new Map([['edge/ingress', START]]),
} as const;

/** The fewest that found a route are not to be had. */
const unanswered = (_atMs: number, query: string): QueryAnswer | undefined =>
  query.startsWith('min_over_time') && query.includes('!~"(.*,)?NR')
    ? { kind: 'misconfigured', reason: 'too much', cause: 'query' }
    : undefined;

describe('routes that are not found (NR)', () => {
  it('fail a gateway where far fewer than before find one, whoever is left to compare with', async () => {
    for (const unmoved of [['books', 'shop'], []]) {
      const { verdict, elapsedMs } = await gate({ flows: [...MESH, astray(0.6)] }, {}, { ...AT_GATEWAY, unmoved });
      expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'routes-lost' });
      expect(verdict.reason).toMatch(
        /^edge\/ingress: .* of .* requests found no route \(NR, 60 %\), 0 % in the hour before, gateway; .* found one, of .* to be expected$/,
      );
      expect(elapsedMs).toBeLessThanOrEqual(minutes(2));
    }
  });

  it('fail a gateway that has lost them all, behind which the whole mesh stands', async () => {
    const flows = [...MESH, { from: 'web', to: 'shop', perSecond: 1 }, astray(1)];
    const { verdict } = await gate({ flows }, {}, AT_GATEWAY);
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'routes-lost' });
  });

  it('are no reason to go back while as many as before find one: scanners ask on top of them', async () => {
    const scanner: Flow = { ...edge, to: 'unknown', perSecond: (ms) => (ms > START ? 10 : 0), failing: 1, failure: NR };
    for (const unmoved of [['books', 'shop'], []]) {
      const { verdict } = await gate({ flows: [...MESH, edge, scanner] }, {}, { ...AT_GATEWAY, unmoved });
      expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
      expect(verdict.warnings.join()).toMatch(/edge\/ingress: .* found no route \(NR, 33 %\)/);
    }
  });

  it('hold where fewer than before find one, and not few enough for a FAIL', async () => {
    const { verdict } = await gate({ flows: [...MESH, astray(0.3)] }, {}, AT_GATEWAY);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.reason).toContain('whether routes are lost, or somebody asks for what never was, cannot be told');
  });

  it.each([
    ['nothing is known of before', (ms: number) => (ms > START ? 20 : 0)],
    ['too little came before', (ms: number) => (ms > START ? 20 : ms % minutes(10) === 0 ? 1 : 0)],
  ])('hold where %s', async (_, perSecond) => {
    const flows = [...MESH, { ...astray(1), perSecond }];
    const { verdict } = await gate({ flows, trouble: unanswered }, {}, AT_GATEWAY);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.reason).toContain('cannot be told');
  });

  it('are not accepted as little traffic where nothing is known of before', async () => {
    const flows = [...MESH, { ...astray(1), perSecond: (ms: number) => (ms > START ? 0.02 : 0) }];
    const { verdict } = await gate({ flows }, { onNoTraffic: 'pass' }, AT_GATEWAY);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'no-traffic' });
  });

  it("are no upgrade's doing where others fail, or fall silent, too", async () => {
    const alone = { from: 'shop', to: 'books' };
    for (const ill of [{ failing: since(0.5) }, { perSecond: (ms: number) => (ms > START ? 5 : 20) }]) {
      const flows = [astray(1), { ...alone, perSecond: 20, ...ill }];
      const { verdict } = await gate({ flows }, {}, AT_GATEWAY);
      expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'mesh-wide-incident' });
    }
  });

  it('fail a batch that sends to routes which are gone', async () => {
    const gone = { failing: since(0.8), failure: NR };
    const flows = MESH.map((flow) => (flow.from === 'payments' ? { ...flow, ...gone } : flow));
    expect((await gate({ flows })).verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'routes-lost' });
  });

  it('are what scanners ask for: as many as before are nothing', async () => {
    const flows = [...MESH, { ...edge, failing: 0.05, failure: NR }];
    const { verdict } = await gate({ flows }, {}, AT_GATEWAY);
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    expect(verdict.warnings.join()).not.toContain('NR');
  });

  it('are judged by comparison only (NR), and only warn where comparison only warns', async () => {
    const { verdict } = await gate({ flows: [...MESH, astray(0.6)] }, { compare: 'warn' }, AT_GATEWAY);
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toMatch(/edge\/ingress: .* found no route \(NR, 60 %\)/);
  });

  it('are no lost requests of the callers, who may ask for anything', async () => {
    const { verdict } = await gate({ flows: withPayments({ failing: since(0.05), failure: NR }) });
    expect(verdict.kind).toBe('PASS');
  });
});

describe('callers', () => {
  it('that hang up more often than before (DC) only warn', async () => {
    const gone = { response_code: '0', response_flags: 'DC' };
    const { verdict } = await gate({ flows: withPayments({ failing: since(0.2), failure: gone }) });
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    expect(verdict.warnings.join()).toMatch(/requests were given up by their callers \(DC\) \(20 %, 0 % in the hour/);
  });
});

const untilStart = (atMs: number): number => (atMs > START ? 0 : 5);

describe('TCP connections', () => {
  const tcp = { from: 'web', to: 'payments', perSecond: 2 };

  it('that never get through fail the batch, by the flags of those who called', async () => {
    const { verdict } = await gate({ flows: MESH, connections: [{ ...tcp, failing: since(0.3) }] });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(verdict.reason).toMatch(/^payments: .* of .* connections failed \(30 %.*, TCP: UF × /);
  });

  it('are judged like requests, but are none: the pool of requests leaves them out', async () => {
    const { verdict } = await gate({ flows: MESH, connections: [{ ...tcp, perSecond: 1_000 }] });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.requests).toBeLessThan(2_000);
    expect(verdict.units.find(({ signal }) => signal === 'tcp')).toMatchObject({ state: 'pass', errors: 0 });
    expect(verdict.queries.some((query) => query.includes('istio_tcp_connections_opened_total'))).toBe(true);
  });

  it('are not spoken of where there are none', async () => {
    const { verdict } = await gate({ flows: MESH });
    expect(verdict.units.map(({ signal }) => signal).toSorted()).toEqual(['client', 'outbound', 'server']);
  });

  it('may live longer than the gate: none opened is no telemetry lost', async () => {
    const { verdict } = await gate({ flows: MESH, connections: [{ ...tcp, perSecond: untilStart }] });
    expect(verdict.kind).toBe('PASS');
  });
});

const SOURCE = 'istiod-1-31-7d9fbb6c5d-x2x4z';
const TARGET = 'istiod-1-32-5c7d8f9b4b-qwrtp';
const row = (pod: string, istiod: string, value: number): Sample => ({ labels: { pod, istiod }, value });
/** Events a minute of the source's and the target's istiod, and how many proxies are connected to each. */
const istiods =
  (kind: string, source: number, target: number, proxies: readonly [number, number] | 'unseen' = [100, 100]) =>
  (fromMs: number, toMs: number): readonly Sample[] => {
    const span = (of: number, from: number) => Math.round((of * Math.max(0, toMs - from)) / 60_000);
    return [
      row(SOURCE, kind, span(source, fromMs)),
      row(TARGET, kind, toMs <= START ? 0 : span(target, Math.max(fromMs, START))),
      ...(proxies === 'unseen' ? [] : [row(SOURCE, 'proxies', proxies[0]), row(TARGET, 'proxies', proxies[1])]),
    ];
  };
const REVISIONS = { source: asRevision('1-31'), target: asRevision('1-32') };

const ofAnother = (): readonly Sample[] => [
  row(SOURCE, 'proxies', 10),
  row('istiod-1-32-0-5c7d8f9b4b-qwrtp', 'rejects', 7),
];

describe("the target's istiod", () => {
  it.each([
    ['rejects', 'config-rejected', /istiod 1-32: its configuration was rejected .* istiod 1-31 had none/],
    ['failures', 'injection-failed', /istiod 1-32: .* pods could not be injected; istiod 1-31 had none/],
  ])('fails the batch by %s where the source had none in the hour before', async (kind, reasonCode, sentence) => {
    const { verdict, elapsedMs } = await gate({ flows: MESH, istiods: istiods(kind, 0, 12) }, {}, REVISIONS);
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode });
    expect(verdict.reason).toMatch(sentence);
    expect(verdict.queries[0]).toMatch(/pilot_total_xds_rejects.* @ .*pilot_xds\{pod=~"[^"]*"\} @ /);
    expect(elapsedMs).toBeLessThanOrEqual(90_000);
  });

  it('only warns where the source had as many for each of its proxies', async () => {
    const { verdict } = await gate({ flows: MESH, istiods: istiods('rejects', 2, 2) }, {}, REVISIONS);
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toMatch(/istiod 1-32: its configuration was rejected .* istiod 1-31 had/);
  });

  it('fails where it has far more for each proxy than the source', async () => {
    const many = istiods('rejects', 0.2, 20, [500, 10]);
    const { verdict } = await gate({ flows: MESH, istiods: many }, {}, REVISIONS);
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'config-rejected' });
  });

  it("only warns where the source's counters are not in Prometheus: none seen is not none", async () => {
    const unseen = istiods('rejects', 0, 12, 'unseen');
    const { verdict } = await gate({ flows: MESH, istiods: unseen }, {}, REVISIONS);
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toContain('what istiod 1-31 had in the hour before is not in Prometheus');
  });

  it('is not mistaken for another of a longer name', async () => {
    const { verdict } = await gate({ flows: MESH, istiods: ofAnother }, {}, REVISIONS);
    expect(verdict).toMatchObject({ kind: 'PASS', warnings: [] });
  });

  it('is not asked after a rollback, when there is nothing to compare it with', async () => {
    const { verdict, prometheus } = await gate({ flows: MESH, istiods: istiods('rejects', 0, 12) });
    expect(verdict.kind).toBe('PASS');
    expect(prometheus.asked.some(({ query }) => query.includes('pilot_xds'))).toBe(false);
  });
});

/** Of 10,000 requests in each span, so many within 100 ms and within 250 ms. */
const durations = (now: readonly [number, number], before: readonly [number, number]): readonly Sample[] =>
  (['now', 'before'] as const).flatMap((when) => {
    const [fast, usual] = when === 'now' ? now : before;
    const bounds = { '100': fast, '250': usual, '1000': 10_000, '+Inf': 10_000 };
    return Object.entries(bounds).map(([le, value]) => ({
      labels: { destination_service_namespace: 'payments', le, when },
      value,
    }));
  });

describe('latency (p99)', () => {
  it('warns where clearly more requests are slower than nearly all were', async () => {
    const { verdict } = await gate({ flows: MESH, durations: durations([8_000, 9_000], [9_950, 9_990]) });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings).toEqual([
      'payments: 20 % of 10,000 requests took longer than 100 ms, 0.5 % in the hour before (p99 250 to 1000 ms, was 0 to 100 ms)',
    ]);
  });

  it.each([
    ['as fast as ever', durations([9_950, 9_990], [9_950, 9_990])],
    ['a little slower', durations([9_850, 9_990], [9_950, 9_990])],
    ['not measured before', durations([8_000, 9_000], [9_950, 9_990]).filter(({ labels }) => labels['when'] === 'now')],
    ['not measured', []],
  ])('says nothing where requests are %s', async (_, samples) => {
    expect((await gate({ flows: MESH, durations: samples })).verdict.warnings).toEqual([]);
  });

  it('makes no FAIL wait', async () => {
    const { verdict, prometheus } = await gate({ flows: withPayments({ failing: since(1) }) });
    expect(verdict.kind).toBe('FAIL');
    expect(prometheus.asked.some(({ query }) => query.includes('duration'))).toBe(false);
  });
});

const present = async (): Promise<ReadonlySet<string>> => new Set(['payments', 'web', 'books', 'shop']);

describe('what passed before', () => {
  const well: Flow = { from: 'web', to: 'cart', perSecond: 5 };
  const watching = { watched: ['cart'] };

  it('stays under watch: its relapse fails the batch that is being judged', async () => {
    const flows = [...MESH, { ...well, failing: since(0.1, START + minutes(3)) }];
    const { verdict, elapsedMs } = await gate({ flows }, {}, watching);
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'relapse' });
    expect(verdict.reason).toMatch(/^cart, which had passed: .* requests failed of late \(.* limit 1 %, /);
    expect(elapsedMs).toBeLessThan(minutes(6));
    expect(verdict.units[0]).toMatchObject({ subject: 'cart', state: 'fail', atLeast: 0.01, limit: 0.01 });
    const [, spanMs = 0, atS = 0] = /"cart".*\[(\d+)ms\] @ ([\d.]+)/.exec(verdict.queries[0] ?? '') ?? [];
    // The breach alone, not the clean time before it.
    expect(Number(atS) * 1000 - Number(spanMs)).toBeGreaterThan(START + minutes(2));
  });

  it('and is not hidden by what it failed between two batches', async () => {
    const flows = [...MESH, { ...well, failing: since(0.1, START - minutes(50)) }];
    const seen = await gate({ flows }, {}, { ...watching, watchedBeganMs: START - minutes(70) });
    expect(seen.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'relapse' });
    const last = await gate({ flows }, {}, { ...watching, watchedBeganMs: START - minutes(70), unmoved: [] });
    expect(last.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'relapse' });
  });

  it('and is not hidden by the hour that it was clean', async () => {
    const flows = [...MESH, { ...well, failing: since(0.1, START + minutes(60)) }];
    const { verdict, elapsedMs } = await gate({ flows }, { bakeMs: minutes(120), maxBakeMs: minutes(130) }, watching);
    expect(verdict.kind).toBe('FAIL');
    // A cumulative test would need about nine minutes.
    expect(elapsedMs - minutes(60)).toBeLessThanOrEqual(minutes(3));
  });

  it('lets no restart of a batch count as the relapse of those that call it', async () => {
    const readyMs = START + minutes(3);
    const flows = [
      ...MESH,
      { from: 'cart', to: 'payments', perSecond: 5, failing: since(0.3, START + minutes(1), readyMs) },
    ];
    const opened = new Map([['payments', readyMs]]);
    const { verdict } = await gate({ flows }, {}, { ...watching, opened });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toContain('during the restart itself');
  });

  it('is watched no further once it is deleted, whatever its last callers get', async () => {
    const flows = [...MESH, { ...well, failing: since(1, START + minutes(1)) }];
    const { verdict, log } = await gate({ flows }, {}, { ...watching, present });
    expect(verdict.kind).toBe('PASS');
    expect(log.lines).toContain('warning: gate, batch 1: deleted meanwhile, and judged no further: cart');
  });

  it('raises no alarm while it keeps its limit', async () => {
    const flows = [...MESH, { ...well, failing: since(0.008) }];
    const { verdict } = await gate({ flows }, { bakeMs: minutes(120), maxBakeMs: minutes(130) }, watching);
    expect(verdict.kind).toBe('PASS');
  });

  it('is not blamed for what it failed before already, where nothing is left to compare with', async () => {
    const flows = [...MESH, { ...well, failing: (atMs: number) => (atMs > START ? 0.3 : 0.05) }];
    const { verdict } = await gate({ flows }, {}, { ...watching, unmoved: [] });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toContain('cart, which had passed: ');
  });

  it('is told with the whole mesh, where that fails too', async () => {
    const flows = [...MESH, well].map((flow) => ({ ...flow, failing: since(0.1, START + minutes(2)) }));
    const { verdict } = await gate({ flows }, {}, watching);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'mesh-wide-incident' });
  });
});
