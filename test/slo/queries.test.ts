import { describe, expect, it } from 'vitest';
import {
  hourEnd,
  hourQuery,
  linksQuery,
  newestQuery,
  originsQuery,
  pasteQuery,
  type Scope,
  tickQuery,
} from '../../src/slo/queries.ts';

const matchers = [{ name: 'cluster', op: '=', value: 'prod-eu' }] as const;
const client: Scope = { signal: 'client', subjects: ['a', 'b'], matchers };
const SERIES = 'istio_requests_total{reporter="source",destination_service_namespace=~"a|b",cluster="prod-eu"}';
const outcome = 'response_code, response_flags, grpc_response_status';

describe('a tick counts', () => {
  it('each series from its birth, restart or last value, by subject and outcome', () => {
    const now = `last_over_time(${SERIES}[15000ms])`;
    const before = `last_over_time(${SERIES}[600000ms] offset 15000ms)`;
    expect(tickQuery(client, 15_000)).toBe(
      `sum by (destination_service_namespace, ${outcome}) ((${now} - (${before} <= ${now})) or ${now})`,
    );
  });

  it.each([
    ['server', ['a'], 'reporter=~"destination|waypoint",destination_workload_namespace=~"a"'],
    ['outbound', ['a'], 'reporter="source",source_workload_namespace=~"a"'],
    [
      'gateway',
      ['edge/in', 'edge/out'],
      'reporter="source",source_workload_namespace=~"edge",source_workload=~"in|out"',
    ],
  ] as const)('the %s side of %j', (signal, subjects, selected) => {
    expect(tickQuery({ signal, subjects, matchers: [] }, 1_000)).toContain(`istio_requests_total{${selected}}`);
  });
});

it('every query carries the matchers in every selector', () => {
  const queries = [
    tickQuery(client, 15_000),
    pasteQuery(client, 0, 15_000),
    hourQuery(client),
    newestQuery(['a'], matchers),
    newestQuery([], matchers),
    linksQuery(matchers),
    originsQuery(matchers),
  ];
  for (const query of queries) {
    const selectors = query.match(/istio_requests_total\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selected of selectors) expect(selected).toContain('cluster="prod-eu"');
  }
});

it('a query to paste has its time in it', () => {
  expect(pasteQuery(client, 1_000_000, 1_060_000)).toContain(`${SERIES}[60000ms] @ 1060.000`);
});

it('the hour ends with the last full minute', () => {
  expect(hourEnd(7_261_500)).toBe(7_260_001);
});
