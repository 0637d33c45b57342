import { describe, expect, it } from 'vitest';
import { freshnessOf, freshnessQuery, newestQuery } from '../../src/slo/freshness.ts';

const matchers = [{ name: 'cluster', op: '=', value: 'eu' }] as const;
const RECEIVED = 'istio_requests_total{destination_service_namespace=~"a|b",cluster="eu"}';
const SENT = 'istio_requests_total{source_workload_namespace=~"a|b",cluster="eu"}';
const MESH = 'istio_requests_total{cluster="eu"}';

describe('how new its data is, Prometheus', () => {
  it.each([
    [
      'of namespaces by what they received and what they sent',
      ['a', 'b'],
      `timestamp(${RECEIVED}) or timestamp(${SENT})`,
    ],
    ['of the whole mesh by whatever it counts', [], `timestamp(${MESH})`],
  ] as const)('is asked %s', (_, namespaces, times) => {
    const newest = `max(${times})`;
    const slowest = `label_replace(min(max by (instance, pod) (${times}) > time() - 30), "freshness", "slowest", "", "")`;
    expect(newestQuery(namespaces, matchers)).toBe(newest);
    expect(freshnessQuery(namespaces, matchers, { aliveMs: 30_000 })).toBe(`${newest} or ${slowest}`);
  });

  it.each([
    [
      'of namespaces by whatever is not older than a gap, for they may rest',
      ['a', 'b'],
      `last_over_time(${RECEIVED}[600000ms] offset 45000ms) or last_over_time(${SENT}[600000ms] offset 45000ms)`,
    ],
    ['of the whole mesh, which does not rest, by its latest sample', [], `${MESH} offset 45000ms`],
  ] as const)('is asked in the same breath whether it knew anything before: %s', (_, namespaces, then) => {
    const alone = freshnessQuery(namespaces, matchers, { aliveMs: 30_000 });
    const before = `label_replace(group(absent(${then})), "freshness", "nothing-before", "", "")`;
    expect(freshnessQuery(namespaces, matchers, { aliveMs: 30_000, agoMs: 45_000 })).toBe(`${alone} or ${before}`);
  });
});

const newest = { labels: {}, value: 1_700.5 };
const slowest = { labels: { freshness: 'slowest' }, value: 1_690 };
const nothing = { labels: { freshness: 'nothing-before' }, value: 1 };

describe('the answer', () => {
  it.each([
    ['whole', [newest, slowest], { newestMs: 1_700_500, slowestMs: 1_690_000, nothingBefore: false }],
    ['in any order', [nothing, slowest, newest], { newestMs: 1_700_500, slowestMs: 1_690_000, nothingBefore: true }],
    ['without a live proxy', [newest], { newestMs: 1_700_500, nothingBefore: false }],
    ['without a sample', [nothing], { nothingBefore: true }],
    ['empty', [], { nothingBefore: false }],
    [
      'no number',
      [
        { ...newest, value: NaN },
        { ...slowest, value: Infinity },
      ],
      { nothingBefore: false },
    ],
  ])('says in ms what is there, and nothing of what is not: %s', (_, rows, freshness) => {
    expect(freshnessOf(rows)).toStrictEqual(freshness);
  });
});
