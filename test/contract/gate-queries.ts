// Do our queries mean on a real store what the gate takes them for? The traps of counting (docs/gate.md, "How it judges") as series; one
// suite for each store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { askingInParts } from '../../src/phases/ask-in-parts.ts';
import { askRows } from '../../src/phases/ask-prometheus.ts';
import { measureOrigins } from '../../src/phases/measure-origins.ts';
import { rehearsal } from '../../src/phases/rehearse.ts';
import { runGate } from '../../src/phases/gate.ts';
import { look } from '../../src/phases/look.ts';
import { asRevision } from '../../src/mesh/names.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { type Counts, countRows } from '../../src/slo/counts.ts';
import { freshnessOf, freshnessQuery, newestQuery } from '../../src/slo/freshness.ts';
import type { PromQL } from '../../src/slo/promql.ts';
import {
  fromOthers,
  hourEnd,
  hourQuery,
  linksQuery,
  originsQuery,
  pasteQuery,
  quietestQuery,
  type Scope,
  scrapeIntervalQuery,
  sentByOthers,
  sentToOthers,
  squaresQuery,
  tickQuery,
  tickQueryApart,
  withRoute,
} from '../../src/slo/queries.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import type { Series, Store } from './store.ts';

const SCRAPE = 15;
/** A full minute two hours ago, so that everything lies in blocks. */
export const NOW = Math.floor(Date.now() / 60_000) * 60 - 7_200;
const HOUR_AGO = NOW - 3_600;

const times = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / SCRAPE) + 1 }, (_, index) => from + index * SCRAPE);
const to = (namespace: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  reporter: 'source',
  source_workload_namespace: 'web',
  destination_service_namespace: namespace,
  response_code: '200',
  response_flags: '-',
  pod: 'web-1',
  ...more,
});
/** `perScrape` more at every scrape. */
const rising = (labels: Record<string, string>, perScrape: number, from = HOUR_AGO - 600, until = NOW): Series => ({
  labels,
  samples: times(from, until).map((time, index) => [time, index * perScrape]),
});

export const SERIES: readonly Series[] = [
  rising(to('steady'), 10),
  rising(to('steady', { reporter: 'destination', destination_workload_namespace: 'steady', pod: 'steady-1' }), 10),
  // Forty error series, each born at 1 in the newest minute and never incremented.
  ...Array.from({ length: 40 }, (_, index): Series => ({
    labels: to('born', { response_code: '503', response_flags: 'UH', pod: `web-${String(index)}` }),
    samples: times(NOW - 15, NOW).map((time) => [time, 1]),
  })),
  rising(to('born'), 10),
  // A container that restarts inside the window: 1000, 1010, 1020, then from zero 5, 30.
  {
    labels: to('restarted'),
    samples: [1000, 1010, 1020, 5, 30].map((value, index) => [NOW - 60 + index * SCRAPE, value]),
  },
  // Scrapes that failed for four minutes: the series goes on, it is not born.
  {
    labels: to('gap'),
    samples: [...times(HOUR_AGO, NOW - 240), NOW].map((time) => [time, 5_000 + time - HOUR_AGO]),
  },
  // Callers' counters that Prometheus has only just begun to scrape: a life's counts, an hour's none.
  { labels: to('late', { pod: 'web-9' }), samples: times(NOW - 600, NOW).map((time) => [time, 90_000]) },
  rising(to('quiet'), 0),
  // The first requests that its callers ever sent there.
  { labels: to('fresh'), samples: [[NOW, 7]] },
  rising(to('strays'), 3),
  rising(to('strays', { response_code: '404', response_flags: 'NR' }), 5),
  rising(to('strays', { response_code: '404', response_flags: 'DPE,NR' }), 7),
  // Two replicas of Prometheus, and a scrape each has had of its own.
  ...['p-0', 'p-1'].map((replica, index) =>
    rising(to('twice', { prometheus_replica: replica }), 10, HOUR_AGO - 15 * index),
  ),
  // A label of the user's own splits one of a proxy's counters.
  rising(to('split', { request_host: 'a' }), 9),
  rising(to('split', { request_host: 'b' }), 3),
  // Called through a waypoint, which reports half of what arrives; the other half is reported by sidecars.
  rising(to('ambient'), 10),
  ...['waypoint', 'destination'].map((reporter) =>
    rising(to('ambient', { reporter, destination_workload_namespace: 'ambient' }), 5),
  ),
  rising(to('books', { source_workload_namespace: 'shop', pod: 'shop-1' }), 20),
  rising(to('broken', { pod: 'web-1' }), 75),
  rising(to('broken', { response_code: '503', pod: 'web-1' }), 15, NOW - 900),
  rising(
    to('web', { source_workload_namespace: 'edge', source_workload: 'ingress', cluster: 'eu', pod: 'ingress-1' }),
    4,
  ),
];

const NEW_NAMES: readonly Series[] = [
  // A pod's label changed, and the scrape copies it: the old target's series are not marked as ended.
  rising(to('relabelled', { pod: 'pg-0', role: 'replica' }), 10, HOUR_AGO - 600, NOW - 49),
  {
    labels: to('relabelled', { pod: 'pg-0', role: 'primary' }),
    samples: times(NOW - 44, NOW).map((time, index) => [time, 90_000 + 10 * index]),
  },
  // Of two stores behind one address the second sees an error first; so looks a proxy that restarted and has nothing but errors.
  rising(to('ahead'), 10, HOUR_AGO - 600, NOW - 18),
  { labels: to('ahead', { response_code: '503' }), samples: [[NOW - 4, 5]] },
];

/** A look at the callers of `subject` at that second, where the one before counted up to `afterS`. */
const lookAt = async (prometheus: PrometheusPort, subject: string, afterS: number, atS: number) =>
  look(prometheus, {
    rules: {
      settings: settingsWith(),
      subjects: [subject],
      signals: ['client'],
      unmoved: [],
      scrapeIntervalMs: SCRAPE * 1000,
      lagMs: 0,
    },
    last: { toMs: afterS * 1000 },
    nowMs: atS * 1000,
    revision: '1-32-0',
    restarting: [],
  });

const scope = (subject: string, signal: Signal = 'client'): Scope => ({
  signal,
  subjects: [subject],
  matchers: [],
});

const sorted = (all: readonly unknown[]) => all.map((each) => JSON.stringify(each)).toSorted();

/** What everyone who asks the gate's questions may rely on, of a store over `SERIES`. */
export function gateQueriesContract(name: string, start: (series: readonly Series[]) => Promise<Store>): void {
  describe(`${name}, asked by the gate`, () => {
    let server: Store;
    let prometheus: PrometheusPort;
    beforeAll(async () => {
      server = await start(SERIES);
      prometheus = await connectPrometheus({
        access: { url: server.url, headers: {}, params: {} },
        clock: { now: () => Date.now(), sleep: async () => {} },
      });
    }, 600_000);
    afterAll(() => {
      server.stop();
    });

    async function rows(query: PromQL, atMs = NOW * 1000) {
      const answer = await askRows(prometheus, query, atMs);
      if (answer.kind !== 'rows') throw new Error(answer.reason);
      return answer.rows;
    }
    async function counted(subject: string, query: PromQL, signal: Signal = 'client', atMs = NOW * 1000) {
      return countRows(signal, await rows(query, atMs)).bySubject.get(subject);
    }
    async function ticks(subject: string, stepMs: number, many: number): Promise<readonly (Counts | undefined)[]> {
      const all: (Counts | undefined)[] = [];
      for (let index = many - 1; index >= 0; index -= 1)
        all.push(await counted(subject, tickQuery(scope(subject), stepMs), 'client', NOW * 1000 - index * stepMs));
      return all;
    }

    const originsAmong = async (pods: readonly string[]) =>
      measureOrigins(prometheus, {
        matchers: [],
        nowMs: NOW * 1000,
        scrapes: { scrapeIntervalMs: SCRAPE * 1000, lagMs: 0 },
        pods: new Set(pods),
      });

    describe('a tick', () => {
      it('counts what came since the last tick, without extrapolation', async () => {
        expect(await counted('steady', tickQuery(scope('steady'), 15_000))).toMatchObject({ requests: 10, errors: 0 });
        expect(await counted('steady', tickQuery(scope('steady'), 45_000))).toMatchObject({ requests: 30 });
      });

      it('counts forty series born at 1 and never incremented as 40 errors', async () => {
        expect(await counted('born', tickQuery(scope('born'), 45_000))).toMatchObject({
          requests: 70,
          errors: 40,
          causes: { '503 UH': 40 },
        });
      });

      it('and counts them once only', async () => {
        const all = await ticks('born', 15_000, 4);
        expect(all.map((tick) => tick?.errors ?? 0)).toEqual([0, 0, 40, 0]);
      });

      it('survives a counter that restarts', async () => {
        const all = await ticks('restarted', 15_000, 4);
        expect(all.map((tick) => tick?.requests ?? 0)).toEqual([10, 10, 5, 25]);
      });

      it('does not take a failed scrape for a birth', async () => {
        expect(await counted('gap', tickQuery(scope('gap'), 15_000))).toMatchObject({ requests: 240 });
      });

      it('where the scrape at its start is missing, goes on from the last one before: nothing is lost, and nothing counted twice', async () => {
        const atMs = (NOW - 120) * 1000;
        expect(await counted('gap', tickQuery(scope('gap'), 60_000), 'client', atMs)).toBeUndefined();
        expect(await counted('gap', tickQuery(scope('gap'), 120_000))).toMatchObject({ requests: 240 });
      });

      it('tells silence that is reported from no report', async () => {
        expect(await counted('quiet', tickQuery(scope('quiet'), 15_000))).toMatchObject({ requests: 0 });
        expect(await counted('nowhere', tickQuery(scope('nowhere'), 15_000))).toBeUndefined();
      });

      it('knows the two reporters apart', async () => {
        expect(await counted('steady', tickQuery(scope('steady', 'server'), 15_000), 'server')).toMatchObject({
          requests: 10,
        });
        expect(await counted('web', tickQuery(scope('web', 'outbound'), 15_000), 'outbound')).toBeDefined();
        const gateway = tickQuery(scope('edge/ingress', 'gateway'), 15_000);
        expect(await counted('edge/ingress', gateway, 'gateway')).toMatchObject({ requests: 4 });
      });

      it('counts what waypoints report beside what sidecars report on arrival, and neither as sent', async () => {
        const arrived = tickQuery(scope('ambient', 'server'), 15_000);
        expect(await counted('ambient', arrived, 'server')).toMatchObject({ requests: 10 });
        expect(await counted('ambient', tickQuery(scope('ambient'), 15_000))).toMatchObject({ requests: 10 });
      });

      it('tells the callers of the batch from all others', async () => {
        const sent = async (callers: readonly string[]) =>
          rows(tickQueryApart({ ...scope('born'), signal: 'client' }, 45_000, callers), NOW * 1000);
        const byOthers = async (callers: readonly string[]) =>
          countRows(
            'client',
            (await sent(callers)).filter(({ labels }) => sentByOthers(labels)),
          ).bySubject.get('born');
        expect(await byOthers(['shop', 'w.b'])).toMatchObject({ requests: 70, errors: 40 });
        expect(await byOthers(['shop', 'web'])).toBeUndefined();
        expect(countRows('client', await sent(['web'])).bySubject.get('born')).toMatchObject({ requests: 70 });
        const [least] = await rows(quietestQuery(fromOthers(scope('steady'), ['shop']), 300_000), hourEnd(NOW * 1000));
        expect(least?.value).toBe(200);
        expect(await rows(quietestQuery(fromOthers(scope('steady'), ['web']), 300_000), hourEnd(NOW * 1000))).toEqual(
          [],
        );
      });

      it('tells what is sent to some from what is sent to all others', async () => {
        const sent = await rows(
          tickQueryApart({ ...scope('web'), signal: 'outbound' }, 45_000, ['bo.n', 'born', 'nowhere']),
          NOW * 1000,
        );
        const apart = sent.filter(({ labels }) => !sentToOthers(labels));
        expect(countRows('outbound', apart).bySubject.get('web')).toMatchObject({ requests: 70, errors: 40 });
        const others = sent.filter(({ labels }) => sentToOthers(labels));
        // `broken` alone fails still: 15 a scrape.
        expect(countRows('outbound', others).bySubject.get('web')).toMatchObject({ errors: 45 });
      });

      it('can be pasted later, with its time written in', async () => {
        const query = pasteQuery(scope('born'), (NOW - 45) * 1000, NOW * 1000);
        expect(await counted('born', query, 'client', (NOW + 3_000) * 1000)).toMatchObject({
          requests: 70,
          errors: 40,
        });
      });
    });

    describe('a tick with series under new labels', () => {
      let apart: Store;
      let port: PrometheusPort;
      beforeAll(async () => {
        apart = await start(NEW_NAMES);
        const access = { url: apart.url, headers: {}, params: {} };
        port = await connectPrometheus({ access, clock: { now: () => Date.now(), sleep: async () => {} } });
      }, 600_000);
      afterAll(() => {
        apart.stop();
      });
      const tick = async (subject: string, endS: number): Promise<Counts | undefined> => {
        const answer = await askRows(port, tickQuery(scope(subject), 15_000), endS * 1000);
        if (answer.kind !== 'rows') throw new Error(answer.reason);
        return countRows('client', answer.rows).bySubject.get(subject);
      };

      it("takes a life's counts for none where a pod goes on under other labels, and goes on counting", async () => {
        const all = await Promise.all([60, 45, 30, 15, 0].map(async (agoS) => tick('relabelled', NOW - agoS)));
        expect(all.map((counts) => counts?.requests ?? 0)).toEqual([10, 0, 0, 10, 10]);
      });

      it('counts an error that is seen before its proxy goes on, or of a proxy that began anew, from its birth', async () => {
        expect(await tick('ahead', NOW)).toMatchObject({ requests: 5, errors: 5 });
      });
    });

    describe('a look', () => {
      it('counts a namespace from zero that was never called before', async () => {
        const tick = await lookAt(withoutSkew(), 'fresh', NOW - 15, NOW + 1);
        expect(tick.kind === 'counted' && tick.counts.get('client')?.get('fresh')).toMatchObject({ requests: 7 });
      });

      it("takes a life's counts for none where the store has begun anew, until it has scraped everybody", async () => {
        const begunS = NOW - 120;
        const samples = times(begunS, NOW).map((time, index) => [time, 90_000 + 10 * index] as const);
        const anew = await start([{ labels: to('steady'), samples }]);
        try {
          const access = { url: anew.url, headers: {}, params: {} };
          const port = await connectPrometheus({ access, clock: { now: () => Date.now(), sleep: async () => {} } });
          const kinds: string[] = [];
          let requests = 0;
          for (let fromS = begunS - 14; fromS < NOW; fromS += 15) {
            const tick = await lookAt(port, 'steady', fromS, fromS + 16);
            kinds.push(tick.kind);
            if (tick.kind === 'counted') requests += tick.counts.get('client')?.get('steady')?.requests ?? 0;
          }
          const many = kinds.filter((kind) => kind === 'counted').length;
          expect(kinds.slice(0, 3)).toEqual(['nothing-before', 'nothing-before', 'nothing-before']);
          expect(many).toBe(kinds.length - 3);
          expect(requests).toBe(10 * many);
        } finally {
          anew.stop();
        }
      });
    });

    const hour = async (subject: string) => counted(subject, hourQuery(scope(subject)), 'client', hourEnd(NOW * 1000));

    describe('the hour before', () => {
      it('counts as the ticks do', async () => {
        expect(await hour('steady')).toMatchObject({ requests: 2_400, errors: 0 });
        expect(await hour('born')).toMatchObject({ requests: 2_440, errors: 40 });
      });

      it("does not take a whole life's counters for an hour's", async () => {
        expect((await hour('late'))?.requests ?? 0).toBe(0);
      });

      it('has the squares of its minutes, which tell bursts', async () => {
        const squares = await rows(squaresQuery(scope('steady')), hourEnd(NOW * 1000));
        expect(squares).toMatchObject([{ labels: { response_code: '200' }, value: 60 * 40 ** 2 }]);
        const born = await rows(squaresQuery(scope('born')), hourEnd(NOW * 1000));
        expect(born.find(({ labels }) => labels['response_code'] === '503')?.value).toBe(40 ** 2);
      });

      it('knows its quietest five minutes', async () => {
        const [least] = await rows(quietestQuery(scope('steady'), 300_000), hourEnd(NOW * 1000));
        expect(least?.value).toBe(200);
        const [routed] = await rows(quietestQuery(withRoute(scope('strays')), 300_000), hourEnd(NOW * 1000));
        expect(routed?.value).toBe(60);
        const [minute] = await rows(quietestQuery(scope('steady'), 60_000), hourEnd(NOW * 1000));
        expect(minute?.value).toBe(40);
      });

      it('is the same where it is asked for a part of the namespaces at a time', async () => {
        const port = withoutSkew();
        const of = { ...scope('steady'), subjects: ['steady', 'born', 'strays', 'broken'] };
        const refused: PrometheusPort = {
          ...port,
          query: async (query, atMs) =>
            query === hourQuery(of) ? { kind: 'unreachable', reason: 'too slow' } : port.query(query, atMs),
        };
        const inParts = await askingInParts(refused, () => {})('it', of, hourQuery, hourEnd(NOW * 1000));
        const whole = await rows(hourQuery(of), hourEnd(NOW * 1000));
        expect(whole.length).toBeGreaterThan(4);
        expect(inParts.kind === 'rows' && sorted(inParts.rows)).toEqual(sorted(whole));
      });

      it('knows who calls whom', async () => {
        const links = (await rows(linksQuery([]))).map(({ labels }) => Object.values(labels).join('>'));
        expect(links).toEqual(expect.arrayContaining([expect.stringMatching(/shop/), expect.stringMatching(/edge/)]));
      });
    });

    describe('what preflight measures', () => {
      it('is the scrape interval, exactly', async () => {
        // A millisecond off the beat: closed ranges (Prometheus 2) would hold one sample more on it.
        const [interval] = await rows(scrapeIntervalQuery([]), NOW * 1000 + 1);
        expect(interval?.value).toBe(SCRAPE);
      });

      it("is the newest sample's time", async () => {
        for (const query of [newestQuery(['steady'], []), newestQuery([], [])])
          expect((await rows(query, (NOW + 20) * 1000))[0]?.value).toBe(NOW);
        expect(await rows(newestQuery(['steady'], []), (NOW + 400) * 1000)).toEqual([]);
      });

      it('is the newest sample of the live proxy that was not heard of for longest, and whether anything was before', async () => {
        const fresh = async (namespaces: readonly string[], agoMs: number) =>
          freshnessOf(await rows(freshnessQuery(namespaces, [], { aliveMs: 30_000, agoMs }), NOW * 1000));
        const newest = { newestMs: NOW * 1000, slowestMs: NOW * 1000 };
        expect(await fresh(['steady'], 60_000)).toEqual({ ...newest, nothingBefore: false });
        expect(await fresh(['steady'], 2 * 3_600_000)).toEqual({ ...newest, nothingBefore: true });
        expect(await fresh(['fresh'], 60_000)).toEqual({ ...newest, nothingBefore: true });
        expect(await fresh([], 60_000)).toEqual({ ...newest, nothingBefore: false });
        expect(await fresh([], 2 * 3_600_000)).toEqual({ ...newest, nothingBefore: true });
        expect(await fresh(['nowhere'], 60_000)).toEqual({ nothingBefore: true });
      });

      it('is which clusters are left', async () => {
        const origins = await rows(originsQuery([]));
        expect(origins.map(({ labels }) => labels['cluster'] ?? '').toSorted()).toEqual(['', 'eu']);
        expect(await rows(originsQuery([{ name: 'cluster', op: '=', value: 'us' }]))).toEqual([]);
        expect(await rows(originsQuery([], 'lately'))).toHaveLength(origins.length);
      });

      const PODS = ['steady-1', 'shop-1', 'ingress-1', ...Array.from({ length: 40 }, (_, at) => `web-${String(at)}`)];

      it('is which requests are counted twice, and by which label', async () => {
        const findings = await originsAmong(PODS);
        expect(findings).toMatchObject([{ id: 'series-appear-twice' }]);
        expect(findings[0]?.message).toContain('(prometheus_replica is p-0, p-1)');
      });

      it('is which pods the cluster does not have', async () => {
        const findings = await originsAmong(PODS.filter((pod) => !pod.endsWith('-1')));
        expect(findings[0]).toMatchObject({ id: 'series-of-unknown-pods' });
        expect(findings[0]?.message).toContain('4 of the 43 pods');
        expect(findings[0]?.message).toContain('ingress-1, shop-1, steady-1, web-1');
      });
    });

    /** The series end in the past, but the answers' Date headers are of today. */
    const withoutSkew = (): PrometheusPort => ({
      address: prometheus.address,
      skewMs: () => 0,
      query: async (query, atMs) => prometheus.query(query, atMs),
    });

    describe('the whole gate', () => {
      const minutes = 60_000;
      /** Judges as if the batch had opened 15 minutes before the series end. */
      const gate = async (namespace: string) => {
        const startMs = (NOW - 900) * 1000;
        const clock = new ManualClock(startMs, { automatic: true });
        const verdict = await runGate(
          { prometheus: withoutSkew(), clock, log: new FakeLog() },
          {
            settings: settingsWith({ bakeMs: 5 * minutes, maxBakeMs: 10 * minutes }),
            subject: { kind: 'batch', namespaces: [namespace] },
            unmoved: ['books'],
            opened: new Map([[namespace, startMs]]),
            isRolloutOver: () => true,
            target: asRevision('1-32-0'),
            batchLabel: 'batch 1',
          },
        );
        return { verdict, elapsedMs: clock.now() - startMs };
      };

      it('waits past the bake for min-requests, and passes what is well', async () => {
        const { verdict, elapsedMs } = await gate('steady');
        expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok', errors: 0 });
        // 40 a minute: 300 take seven and a half.
        expect(verdict.requests).toBeGreaterThanOrEqual(300);
        expect(elapsedMs).toBeGreaterThan(7 * minutes);
      });

      it('counts a request through a waypoint once, not once for each reporter', async () => {
        const { verdict } = await gate('ambient');
        expect(verdict.kind).toBe('PASS');
        expect(verdict.requests).toBe(((verdict.windowEndMs - verdict.windowStartMs) / (SCRAPE * 1000)) * 10);
      });

      it('fails what breaks, within two samples of its window', async () => {
        const { verdict, elapsedMs } = await gate('broken');
        expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
        expect(verdict.units.find(({ state }) => state === 'fail')?.before).toMatchObject({ errors: 0 });
        expect(elapsedMs).toBeLessThanOrEqual(90_000);
      });

      it('rehearses the last hour', async () => {
        const clock = new ManualClock(NOW * 1000);
        const port = withoutSkew();
        const input = { settings: settingsWith(), batches: [['steady'], ['broken']], overMs: 3_600_000 };
        const { findings, namespaces, batches } = await rehearsal(
          { prometheus: port, clock, log: new FakeLog() },
          input,
        );
        expect(findings).toMatchObject([{ id: 'baseline-over-limit', subject: 'broken' }]);
        expect(namespaces).toMatchObject([
          { namespace: 'steady', requests: 2_400, verdict: 'PASS' },
          { namespace: 'broken', verdict: 'FAIL' },
        ]);
        // 40 a minute: 300 take seven and a half.
        expect(batches[0]).toMatchObject({ passAfterMs: 450_000, requests: 1_200 });
      });
    });
  });
}
