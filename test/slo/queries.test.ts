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
  const built: Readonly<Record<Builder, PromQL>> = {
    tickQuery: queries.tickQuery(client, 15_000),
    tickQueryApart: queries.tickQueryApart(client, 15_000, ['b']),
    istiodTickQuery: queries.istiodTickQuery(planes, matchers, 15_000),
    istiodHourQuery: queries.istiodHourQuery(planes, matchers),
    istiodPasteQuery: queries.istiodPasteQuery(planes, matchers, 0, 15_000),
    latencyOf: queries.latencyOf(['a'], matchers, 15_000, 0),
    pasteQuery: queries.pasteQuery(client, 0, 15_000),
    hourQuery: queries.hourQuery(client),
    squaresQuery: queries.squaresQuery(client),
    quietestQuery: queries.quietestQuery(queries.fromOthers(queries.withRoute(client), ['b']), 60_000),
    newestQuery: queries.either([freshness.newestQuery(['a'], matchers), freshness.newestQuery([], matchers)]),
    freshnessQuery: queries.either([
      freshness.freshnessQuery(['a'], matchers, { aliveMs: 30_000, agoMs: 45_000 }),
      freshness.freshnessQuery([], matchers, { aliveMs: 30_000, agoMs: 45_000 }),
    ]),
    linksQuery: queries.linksQuery(matchers),
    scrapeIntervalQuery: queries.scrapeIntervalQuery(matchers),
    originsQuery: queries.originsQuery(matchers),
    podsQuery: queries.podsQuery(matchers),
    doubledQuery: queries.doubledQuery(matchers),
    exactly: queries.exactly({ pod: 'a-1' }, matchers),
    either: queries.either([queries.tickQuery(client, 15_000), queries.hourQuery(client)]),
  };

  it.each(Object.entries(built))('every query carries the matchers in every selector: %s', (_, query) => {
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
