import { describe, expect, it } from 'vitest';
import { measurePrometheus } from '../../src/phases/measure-prometheus.ts';
import type { QueryAnswer, Sample } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type FakeOptions, FakePrometheus } from '../fakes/prometheus.ts';

const FLOWS = [{ from: 'web', to: 'payments', perSecond: 5 }];
const PODS = [
  { name: 'web-1', namespace: 'web' },
  { name: 'payments-1', namespace: 'payments' },
];
const matchers = [{ name: 'cluster', op: '=', value: 'eu' }] as const;

async function measured(options: Partial<FakeOptions>, settings = settingsWith()) {
  const clock = new ManualClock(undefined, { automatic: true });
  const prometheus = new FakePrometheus({ flows: FLOWS, ...options });
  return measurePrometheus({ prometheus, clock, log: new FakeLog() }, settings, PODS);
}
const ids = ({ findings }: Awaited<ReturnType<typeof measured>>): readonly string[] => findings.map(({ id }) => id);

/** Pods whose newest sample is that old. */
const seen = async (names: readonly string[], ageMs = 5_000) =>
  measured({
    other: (query, atMs) =>
      query.startsWith('max by (pod') ? names.map((pod) => ({ labels: { pod }, value: (atMs - ageMs) / 1000 })) : [],
  });

/** One counter that is there once for each of these. */
const claimed = async (series: readonly Sample[]) =>
  measured({
    other: (query) => {
      if (query.startsWith('topk(5, sum by (pod')) return [{ labels: { pod: 'web-1', reporter: 'source' }, value: 9 }];
      return query.startsWith('istio_requests_total{pod="web-1",reporter="source"') ? series : [];
    },
  });

/** A scrape each 15 s, whose samples arrive that late. */
const arriving =
  (lateMs: number) =>
  (atMs: number, query: string): QueryAnswer | undefined =>
    query.startsWith('max(timestamp')
      ? {
          kind: 'vector',
          samples: [{ labels: {}, value: Math.floor((atMs - lateMs) / 15_000) * 15 }],
          warnings: [],
        }
      : undefined;

describe('preflight of Prometheus', () => {
  it('finds nothing wrong, and measures the scrape interval', async () => {
    expect(await measured({ scrapeIntervalMs: 30_000 })).toMatchObject({ findings: [], scrapeIntervalMs: 30_000 });
  });

  it.each([0, 20_000])('measures the scrape interval and the ingestion lag, here of %i ms', async (lateMs) => {
    const { scrapeIntervalMs = 0, lagMs } = await measured({ trouble: arriving(lateMs) });
    expect(scrapeIntervalMs).toBe(15_000);
    expect(lagMs).toBeGreaterThanOrEqual(lateMs);
    // It looks three times in an interval.
    expect(lagMs).toBeLessThanOrEqual(lateMs + scrapeIntervalMs / 3);
  });

  it.each([
    ['no answer', { kind: 'unreachable', reason: 'the connection was refused' }, 'prometheus-unreachable'],
    ['a login page', { kind: 'unreachable', cause: 'not-prometheus', reason: 'a page' }, 'prometheus-not-prometheus'],
    ['refused credentials', { kind: 'misconfigured', cause: 'auth', reason: 'HTTP 401' }, 'prometheus-auth'],
    ['a refused query', { kind: 'misconfigured', cause: 'query', reason: 'parse error' }, 'prometheus-refuses-query'],
    ['no series', { kind: 'vector', samples: [], warnings: [] }, 'no-istio-metrics'],
  ] satisfies [string, QueryAnswer, string][])('blocks on %s', async (_, answer, id) => {
    const { findings } = await measured({ trouble: () => answer });
    expect(findings).toMatchObject([{ id, severity: 'blocks' }]);
  });

  it('does not block where all series have just ended, as they have when every pod was replaced', async () => {
    const { findings, scrapeIntervalMs } = await measured({
      trouble: (_, query) =>
        query.includes('last_over_time') ? undefined : { kind: 'vector', samples: [], warnings: [] },
    });
    expect(findings).toEqual([]);
    expect(scrapeIntervalMs).toBeUndefined();
  });

  it('tells matchers that hide everything from metrics that are not there', async () => {
    const { findings } = await measured(
      { trouble: (_, query) => (query.includes('"eu"') ? { kind: 'vector', samples: [], warnings: [] } : undefined) },
      settingsWith({ matchers }),
    );
    expect(findings[0]?.message).toContain('no series fits prometheus-matchers');
  });

  it('blocks where series of two clusters are left, naming them', async () => {
    const { findings } = await measured({ origins: [{ cluster: 'eu' }, { cluster: 'us' }] });
    expect(findings).toMatchObject([{ id: 'matchers-leave-other-clusters', subject: 'cluster' }]);
    expect(findings[0]?.remedy).toContain('cluster=eu');
  });

  it('refuses, overridably, series of pods that this cluster does not have', async () => {
    expect(ids(await seen(['web-1', 'payments-1']))).toEqual([]);
    expect(ids(await seen(['web-1', 'payments-1', 'just-ended']))).toEqual([]);
    const { findings } = await seen(['web-1', 'payments-1', 'web-7', 'payments-7']);
    expect(findings).toMatchObject([{ id: 'series-of-unknown-pods', severity: 'overridable' }]);
    expect(findings[0]?.message).toContain(
      '2 of the 4 pods that have series are not in this cluster: payments-7, web-7',
    );
  });

  it('looks again before it believes so: after an outage pods that ended meanwhile look as fresh as all others', async () => {
    let firstMs: number | undefined;
    const { findings } = await measured({
      other: (query, atMs) => {
        if (!query.startsWith('max by (pod')) return [];
        firstMs ??= atMs;
        const ended = { value: (firstMs - 5_000) / 1000 };
        const alive = { value: (atMs - 5_000) / 1000 };
        return [
          { labels: { pod: 'web-1' }, ...alive },
          { labels: { pod: 'payments-1' }, ...alive },
          { labels: { pod: 'web-7' }, ...ended },
          { labels: { pod: 'payments-7' }, ...ended },
        ];
      },
    });
    expect(findings).toEqual([]);
  });

  it('does not mind the series of pods that have ended', async () => {
    expect(ids(await seen(['web-7', 'web-8', 'web-9'], 60_000))).toEqual([]);
  });

  it.each([
    ['two replicas', { prometheus_replica: 'p-0' }, { prometheus_replica: 'p-1' }, 'prometheus_replica is p-0, p-1'],
    ['two jobs', { job: 'envoy-stats' }, { job: 'kubernetes-pods' }, 'job is envoy-stats, kubernetes-pods'],
    ['a copy without the label', {}, { receive: 'true' }, 'receive is (absent), true'],
  ])('refuses, overridably, series that appear twice but for one label: %s', async (_, one, other, words) => {
    const { findings } = await claimed([
      { labels: one, value: 1_000 },
      { labels: other, value: 990 },
    ]);
    expect(findings).toMatchObject([{ id: 'series-appear-twice', severity: 'overridable' }]);
    expect(findings[0]?.message).toContain(words);
  });

  it.each([
    ["a label of the user's own splits the counter", 1_000, 300],
    ['there are too few requests to tell', 9, 9],
  ])('says nothing where %s', async (_, one, other) => {
    const hosts = [
      { labels: { request_host: 'a' }, value: one },
      { labels: { request_host: 'b' }, value: other },
    ];
    expect(ids(await claimed(hosts))).toEqual([]);
  });

  it("knows Google's collectors, which hide a series' first error", async () => {
    const origins = [{ project_id: 'p', location: 'europe-west1', cluster: 'eu' }];
    expect(await measured({ origins })).toMatchObject({
      findings: [{ id: 'first-errors-unseen', severity: 'overridable' }],
    });
  });

  it('mentions a store that answers about the past', async () => {
    const { findings } = await measured({
      other: (query, atMs) => (query === 'time()' ? [{ labels: {}, value: atMs / 1000 - 30 }] : []),
    });
    expect(findings).toMatchObject([{ id: 'prometheus-answers-late', severity: 'notice' }]);
    expect(findings[0]?.message).toContain('as of 30s ago');
    expect(findings[0]?.remedy).toContain('nocache=1');
  });

  it('mentions clocks that differ', async () => {
    expect(await measured({ skewMs: 60_000 })).toMatchObject({ findings: [{ id: 'clock-skew', severity: 'notice' }] });
  });

  it("blocks on an objective that Prometheus can't parse, with its own words", async () => {
    const objectives = [{ name: 'p99', hard: false, measure: { kind: 'scalar', query: 'sum(', max: 1 } }] as const;
    const { findings } = await measured(
      {
        trouble: (_, query) =>
          query === 'sum(' ? { kind: 'misconfigured', cause: 'query', reason: 'unclosed parenthesis' } : undefined,
      },
      settingsWith({ objectives }),
    );
    expect(findings).toMatchObject([{ id: 'objective-refused', severity: 'blocks', subject: 'p99' }]);
    expect(findings[0]?.message).toContain('unclosed parenthesis');
  });
});
