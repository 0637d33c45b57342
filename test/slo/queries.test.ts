import { describe, expect, it } from 'vitest';
import * as freshness from '../../src/slo/freshness.ts';
import type { PromQL } from '../../src/slo/promql.ts';
import * as queries from '../../src/slo/queries.ts';
import { hourEnd, pasteQuery, quietestQuery, type Scope, tickQuery, withRoute } from '../../src/slo/queries.ts';

const matchers = [{ name: 'cluster', op: '=', value: 'prod-eu' }] as const;
const client = { signal: 'client', subjects: ['a', 'b'], matchers } as const satisfies Scope;
const SERIES = 'istio_requests_total{reporter="source",destination_service_namespace=~"a|b",cluster="prod-eu"}';
const outcome = 'response_code, response_flags, grpc_response_status';

describe('a tick counts', () => {
  it('each series from its birth, restart or last value, by subject and outcome', () => {
    const now = `last_over_time(${SERIES}[15000ms])`;
    const before = `last_over_time(${SERIES}[600000ms] offset 15000ms)`;
    const then = `${SERIES} offset 15000ms`;
    const by = 'by (instance, pod)';
    const isNoLess = `sum ${by} (${SERIES} unless ${then}) >= sum ${by} (${then})`;
    const goesOn = `max ${by} (timestamp(${SERIES}) and ${then}) == max ${by} (timestamp(${SERIES}))`;
    expect(tickQuery(client, 15_000)).toBe(
      `sum by (destination_service_namespace, ${outcome}) ((${now} - (${before} <= ${now})) or (${now} unless on (instance, pod) (${isNoLess} unless ${goesOn})))`,
    );
  });

  it.each([
    ['client', ['a'], 'reporter="source",destination_service_namespace=~"a"'],
    ['server', ['a'], 'reporter=~"destination|waypoint",destination_workload_namespace=~"a"'],
    ['outbound', ['a'], 'reporter="source",source_workload_namespace=~"a"'],
    [
      'gateway',
      ['edge/in', 'edge/out'],
      'reporter="source",source_workload_namespace=~"edge",source_workload=~"in|out"',
    ],
  ] as const)('the series that its signal selects: %s of %j', (signal, subjects, selected) => {
    expect(tickQuery({ signal, subjects, matchers: [] }, 1_000)).toContain(`istio_requests_total{${selected}}`);
  });
});

it('what found a route is told by its flags', () => {
  expect(quietestQuery(withRoute({ signal: 'gateway', subjects: ['edge/in'], matchers: [] }), 60_000)).toContain(
    'istio_requests_total{reporter="source",source_workload_namespace=~"edge",source_workload=~"in",response_flags!~"(.*,)?NR(,.*)?"}',
  );
});

it('what went to who restarts is told apart, not left out', () => {
  const query = queries.tickQueryApart({ signal: 'outbound', subjects: ['a'], matchers: [] }, 15_000, ['b.c', 'd']);
  expect(query).toMatch(/^sum by \(source_workload_namespace, .*, callee\) \(label_replace\(/);
  expect(query.endsWith(String.raw`, "callee", "apart", "destination_service_namespace", "b\\.c|d"))`)).toBe(true);
  expect([{ callee: 'apart' }, { callee: '' }, {}].map(queries.sentToOthers)).toEqual([false, true, true]);
});

describe('whatever is asked', () => {
  const planes = { source: '1-31', target: '1-32' };
  /** Every function of slo/queries.ts and slo/freshness.ts that makes a query: TypeScript tells where one is missing. */
  const built: Readonly<Record<Builder, () => PromQL>> = {
    tickQuery: () => queries.tickQuery(client, 15_000),
    tickQueryApart: () => queries.tickQueryApart(client, 15_000, ['b']),
    istiodTickQuery: () => queries.istiodTickQuery(planes, matchers, 15_000),
    istiodHourQuery: () => queries.istiodHourQuery(planes, matchers),
    istiodPasteQuery: () => queries.istiodPasteQuery(planes, matchers, 0, 15_000),
    latencyOf: () => queries.latencyOf(['a'], matchers, 15_000, 0),
    pasteQuery: () => queries.pasteQuery(client, 0, 15_000),
    hourQuery: () => queries.hourQuery(client),
    squaresQuery: () => queries.squaresQuery(client),
    quietestQuery: () => queries.quietestQuery(queries.fromOthers(queries.withRoute(client), ['b']), 60_000),
    newestQuery: () => queries.either([freshness.newestQuery(['a'], matchers), freshness.newestQuery([], matchers)]),
    freshnessQuery: () =>
      queries.either([
        freshness.freshnessQuery(['a'], matchers, { aliveMs: 30_000, agoMs: 45_000 }),
        freshness.freshnessQuery([], matchers, { aliveMs: 30_000, agoMs: 45_000 }),
      ]),
    linksQuery: () => queries.linksQuery(matchers),
    scrapeIntervalQuery: () => queries.scrapeIntervalQuery(matchers),
    originsQuery: () => queries.either([queries.originsQuery(matchers), queries.originsQuery(matchers, 'lately')]),
    podsQuery: () => queries.podsQuery(matchers),
    doubledQuery: () => queries.doubledQuery(matchers),
    exactly: () => queries.exactly({ pod: 'a-1' }, matchers),
    either: () => queries.either([queries.tickQuery(client, 15_000), queries.hourQuery(client)]),
  };

  it.each(Object.entries(built))('every query carries the matchers in every selector: %s', (_, build) => {
    const query = build();
    const selectors = query.match(/(?:istio|pilot|sidecar)_\w+\{(?:[^}"]|"(?:\\.|[^"\\])*")*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selected of selectors) expect(selected).toContain('cluster="prod-eu"');
    // None without braces.
    expect(query.match(/(?:istio|pilot)_\w+_total\b(?!\{)/g)).toBeNull();
  });
});

type Builders = typeof queries & typeof freshness;
type Builder = { [K in keyof Builders]: Builders[K] extends (...args: never) => PromQL ? K : never }[keyof Builders];

it('a query to paste has its time in it', () => {
  expect(pasteQuery(client, 1_000_000, 1_060_000)).toContain(`${SERIES}[60000ms] @ 1060.000`);
});

it('the hour ends with the last full minute', () => {
  expect(hourEnd(7_261_500)).toBe(7_260_001);
});

/** What a series grew by: the arithmetic of slo/increments.ts, which is tested on real stores. */
const grown = (series: string, ms: number, at = ''): string => {
  const now = `last_over_time(${series}[${String(ms)}ms]${at})`;
  return `(${now} - (last_over_time(${series}[600000ms]${at} offset ${String(ms)}ms) <= ${now})) or ${now}`;
};
const known = (ms: number): string => `group(last_over_time(${SERIES}[600000ms] offset ${String(ms)}ms))`;
const MESH = 'istio_requests_total{cluster="prod-eu"}';
const namespaceAnd = (labels: string): string => `sum by (destination_service_namespace, ${labels})`;
const BUCKETS =
  'istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace=~"a",cluster="prod-eu"}';
const durations = (counted: string, when: string): string =>
  `label_replace(sum by (destination_service_namespace, le) (${counted}), "when", "${when}", "", "")`;
const over = (range: string): string =>
  `(timestamp(${MESH}) - timestamp(${MESH} offset ${range})) / count_over_time(${MESH}[${range}])`;

it.each([
  [
    'the hour before, minute by minute where anything is known before it',
    () => queries.hourQuery(client),
    `sum_over_time((${namespaceAnd(outcome)} (${grown(SERIES, 60_000)}) and on () ${known(60_000)})[3600000ms:60000ms])`,
  ],
  [
    'the squares of its minutes',
    () => queries.squaresQuery(client),
    `sum_over_time((${namespaceAnd(outcome)} (${grown(SERIES, 60_000)}) ^ 2 and on () ${known(60_000)})[3600000ms:60000ms])`,
  ],
  [
    'its quietest piece, by subject alone',
    () => quietestQuery(client, 120_000),
    `min_over_time((sum by (destination_service_namespace) (${grown(SERIES, 120_000)}) and on () ${known(120_000)})[3600000ms:60000ms])`,
  ],
  [
    'a window, to paste',
    () => pasteQuery(client, 1_000_000, 1_060_000),
    `${namespaceAnd(outcome)} (${grown(SERIES, 60_000, ' @ 1060.000')})`,
  ],
  [
    'an empty window, to paste, as one of a millisecond',
    () => pasteQuery(client, 1_060_000, 1_060_000),
    `${namespaceAnd(outcome)} (${grown(SERIES, 1, ' @ 1060.000')})`,
  ],
  [
    'durations now, and in the hour before the batch began',
    () => queries.latencyOf(['a'], matchers, 15_000, 1_060_000),
    `${durations(grown(BUCKETS, 15_000), 'now')} or ${durations(grown(BUCKETS, 3_600_000, ' @ 1060.000'), 'before')}`,
  ],
  [
    'who calls whom',
    () => queries.linksQuery(matchers),
    'group by (source_workload_namespace, destination_service_namespace) (last_over_time(istio_requests_total{reporter="source",cluster="prod-eu"}[3600000ms]))',
  ],
  [
    'the time between scrapes, by long ranges first',
    () => queries.scrapeIntervalQuery(matchers),
    `quantile(0.5, ${over('5m')} or ${over('1m')} or ${over('15s')} or ${over('5s')})`,
  ],
  [
    'the labels that tell clusters apart',
    () => queries.originsQuery(matchers),
    `count by (cluster, cluster_name, cluster_id, k8s_cluster, k8s_cluster_name, project_id, location) (${MESH})`,
  ],
  [
    "pods' newest samples",
    () => queries.podsQuery(matchers),
    `max by (pod, kubernetes_pod_name, pod_name) (timestamp(${MESH}))`,
  ],
  [
    'one series by its labels',
    () => queries.exactly({ pod: 'a-1', job: 'x' }, matchers),
    'istio_requests_total{pod="a-1",job="x",cluster="prod-eu"}',
  ],
  [
    'either',
    () => queries.either([queries.exactly({}, []), queries.exactly({ a: 'b' }, [])]),
    '(istio_requests_total{}) or (istio_requests_total{a="b"})',
  ],
])('Prometheus is asked for %s', (_, query, text) => {
  expect(query()).toBe(text);
});

it('the busiest counters that are there more than once are told by whatever tells a counter from another', () => {
  const series = 'istio_requests_total{pod!="",cluster="prod-eu"}';
  const [, by = ''] =
    /^topk\(5, sum (by \(pod, reporter, [^)]*response_code, [^)]*\)) /.exec(queries.doubledQuery(matchers)) ?? [];
  expect(queries.doubledQuery(matchers)).toBe(`topk(5, sum ${by} (${series}) and (count ${by} (${series}) > 1))`);
});

describe('istiods are asked for their counters', () => {
  const planes = { source: '1-31', target: '1-32' };
  const rejects = /pilot_total_xds_rejects\{[^}]*\{5,10\}[^}]*\{5\}[^}]*\{5,10\}[^}]*\{5\}"\}/;
  it.each([
    [
      'of a tick, whatever pods are called by now',
      () => queries.istiodTickQuery(planes, [], 15_000),
      'offset 15000ms) == max by',
      '',
    ],
    [
      'of the hour, minute by minute',
      () => queries.istiodHourQuery(planes, []),
      '[3600000ms:60000ms])), "istiod", "rejects"',
      'sum by (pod) (sum_over_time((sum by (pod) (',
    ],
    [
      'of a window, to paste',
      () => queries.istiodPasteQuery(planes, [], 1_000_000, 1_060_000),
      '[60000ms] @ 1060.000)), "istiod", "rejects"',
      'sum by (pod) (',
    ],
    [
      'of an empty window',
      () => queries.istiodPasteQuery(planes, [], 1_060_000, 1_060_000),
      '[1ms] @ 1060.000)), "istiod", "rejects"',
      'sum by (pod) (',
    ],
  ])('%s', (_, build, part, before) => {
    const query = build();
    expect(query).toMatch(rejects);
    expect(query).toContain(part);
    expect(query.startsWith(`label_replace(${before}`)).toBe(true);
  });
  it('the pasted one has its time at the proxies too', () => {
    expect(queries.istiodPasteQuery(planes, [], 1_000_000, 1_060_000)).toContain(
      '"} @ 1060.000), "istiod", "proxies", "", "")',
    );
  });
});

it('requests of the callers themselves are told apart by the label of the other side', () => {
  const query = queries.tickQueryApart(client, 15_000, ['x']);
  expect(query).toMatch(
    /^sum by \(destination_service_namespace, response_code, response_flags, grpc_response_status, caller\) \(label_replace\(/,
  );
  expect(query.endsWith('"caller", "apart", "source_workload_namespace", "x"))')).toBe(true);
  expect([{ caller: 'apart' }, { caller: '' }, {}].map(queries.sentByOthers)).toEqual([false, true, true]);
});

it('what others sent is what none of the batch did', () => {
  expect(tickQuery(queries.fromOthers({ ...client, matchers: [] }, ['a', 'b']), 1_000)).toContain(
    '{reporter="source",destination_service_namespace=~"a|b",source_workload_namespace!~"a|b"}',
  );
});

it.each([
  [1_000, 60_000],
  [15_000, 60_000],
  [16_000, 120_000],
  [60_000, 240_000],
])('a piece of the hour holds four scrapes of %i ms: %i ms, in whole minutes', (scrapeMs, ms) => {
  expect(queries.pieceMs(scrapeMs)).toBe(ms);
});
