import { describe, expect, it } from 'vitest';
import { latencyQuery, latencyWarnings } from '../../src/slo/latency.ts';

it('durations are asked as callers saw them, now and before told apart', () => {
  const query = latencyQuery(
    ['a', 'b'],
    [{ name: 'cluster', op: '=', value: 'eu' }],
    (series, when) => `counted_${when}(${series})`,
  );
  const series =
    'istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace=~"a|b",cluster="eu"}';
  const part = (when: string) =>
    `label_replace(sum by (destination_service_namespace, le) (counted_${when}(${series})), "when", "${when}", "", "")`;
  expect(query).toBe(`${part('now')} or ${part('before')}`);
});

type Bounds = Readonly<Record<string, number>>;
/** Cumulative counts by bound, `+Inf` first: Prometheus promises no order. */
const rows = (namespace: string, now: Bounds, before: Bounds) =>
  Object.entries({ now, before }).flatMap(([when, bounds]) =>
    Object.entries(bounds)
      .toReversed()
      .map(([le, value]) => ({ labels: { destination_service_namespace: namespace, le, when }, value })),
  );
const USUAL = { 100: 9_900, 250: 9_990, '+Inf': 10_000 };
const SLOW = { 100: 9_000, 250: 9_950, '+Inf': 10_000 };

describe('a warning of slow requests', () => {
  it.each([
    [
      'between two bounds',
      SLOW,
      'a: 10 % of 10,000 requests took longer than 100 ms, 1 % in the hour before (p99 100 to 250 ms, was 0 to 100 ms)',
    ],
    [
      'beyond all of them',
      { 100: 9_000, 250: 9_800, '+Inf': 10_000 },
      'a: 10 % of 10,000 requests took longer than 100 ms, 1 % in the hour before (p99 over 250 ms, was 0 to 100 ms)',
    ],
  ])('says how many were slower than nearly all were, and as much of the p99 as bounds tell: %s', (_, now, warning) => {
    expect(latencyWarnings(rows('a', now, USUAL), ['a'], 0.01)).toEqual([warning]);
  });

  it('is given of each namespace by its own rows', () => {
    const both = [...rows('a', SLOW, USUAL), ...rows('b', USUAL, USUAL)];
    expect(latencyWarnings(both, ['a', 'b'], 0.01)).toEqual([expect.stringMatching(/^a: /)]);
    expect(latencyWarnings(both.toReversed(), ['b'], 0.01)).toEqual([]);
  });

  it.each([
    ['as slow as before', USUAL, USUAL],
    ['no request now', {}, USUAL],
    ['no request before', SLOW, {}],
    ['no total of before', SLOW, { 100: 5 }],
    ['no total of now', { 100: 5 }, USUAL],
    ['slower than every bound before already', { 100: 0, '+Inf': 10_000 }, { 100: 9_000, '+Inf': 10_000 }],
    ['other bounds than before', { 50: 10, '+Inf': 10_000 }, USUAL],
    ['a total that is no number', { ...SLOW, '+Inf': NaN }, USUAL],
  ])('is not given without two hours to compare: %s', (_, now, before) => {
    expect(latencyWarnings(rows('a', now, before), ['a'], 0.01)).toEqual([]);
  });

  it('is the less likely to be false the more namespaces there are', () => {
    const doubtful = rows('a', { 100: 960, 250: 1_000, '+Inf': 1_000 }, USUAL);
    const many = ['a', ...Array.from({ length: 99 }, (_, index) => `b-${String(index)}`)];
    expect(latencyWarnings(doubtful, ['a'], 0.01)).toHaveLength(1);
    expect(latencyWarnings(doubtful, many, 0.01)).toEqual([]);
  });
});
