// Which looks are samples, and from when on? What docs/gate.md, "How it judges", says of windows, staleness and lost traffic, on a
// Prometheus that misses scrapes.
import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../src/ports/prometheus.ts';
import { gate, MESH, minutes, since, START, withPayments } from '../builders/gate-run.ts';

const SCRAPE_MS = 15_000;
/** Nothing is scraped from START until then; without an end nothing ever is. */
const noScrapes =
  (untilMs: number, newestMs = START) =>
  (atMs: number, query: string): QueryAnswer | undefined =>
    query.startsWith('max(timestamp') && atMs > newestMs && atMs < untilMs
      ? { kind: 'vector', samples: [{ labels: {}, value: newestMs / 1_000 }], warnings: [] }
      : undefined;

describe('a window', () => {
  it('is not opened where the scrape at its start is missing: the gate waits for the next, and holds (blind) where none comes', async () => {
    const untilMs = START + minutes(3);
    const flows = withPayments({ failing: since(1, START, untilMs - SCRAPE_MS) });
    const late = await gate({ flows, trouble: noScrapes(untilMs) });
    expect(late.verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    expect(late.verdict.windowStartMs).toBeGreaterThanOrEqual(untilMs - SCRAPE_MS);
    expect(late.verdict.warnings.join()).toContain('during the restart itself');
    const never = await gate({ flows: MESH, trouble: noScrapes(Infinity) });
    expect(never.verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind', requests: 0 });
  });

  it("restarts, with nothing counted, when its namespace's last Ready grows later", async () => {
    const againMs = START + minutes(4);
    const opened = new Map([['payments', START]]);
    const trouble = (atMs: number): undefined => {
      if (atMs >= againMs) opened.set('payments', againMs);
    };
    const { verdict, elapsedMs } = await gate({ flows: MESH, trouble }, {}, { opened });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.windowStartMs).toBeGreaterThanOrEqual(againMs + 2 * SCRAPE_MS - 1_000);
    expect(elapsedMs).toBeGreaterThanOrEqual(minutes(4 + 5));
    expect(verdict.requests).toBe((5 * (verdict.windowEndMs - verdict.windowStartMs)) / 1_000);
  });
});

describe('a sample', () => {
  it.each([
    ['as old as that, it is not', 0, undefined],
    ['a millisecond older, it is', 1, 'the newest sample is 36s old'],
  ])('is stale where it is older than the lag and two scrape intervals: %s', async (_, moreMs, said) => {
    const lagMs = 5_000;
    const ageMs = lagMs + 2 * SCRAPE_MS + moreMs;
    const { log } = await gate(
      { flows: MESH, trouble: (atMs, query) => noScrapes(Infinity, atMs - ageMs)(atMs, query) },
      {},
      { scrapes: { scrapeIntervalMs: SCRAPE_MS, lagMs } },
    );
    expect(log.lines[0]?.includes('blind: ')).toBe(said !== undefined);
    expect(log.lines[0]).toContain(said ?? 'data 35s old');
  });
});

describe('a PASS', () => {
  it('ends the wait for max-bake once there are requests enough', async () => {
    const { verdict, elapsedMs } = await gate({ flows: withPayments({ perSecond: 0.5 }) });
    expect(verdict).toMatchObject({ kind: 'PASS', requests: 300 });
    expect(elapsedMs).toBeLessThan(minutes(11));
  });
});

/** The window begins then, and a minute later it holds a whole piece of the hour before. */
const beginMs = START + 59_000 - SCRAPE_MS;
const wholeMs = beginMs + 60_000;

const silentUntil = (untilMs: number) =>
  withPayments({ perSecond: (atMs) => (atMs <= beginMs ? 5 : 30 * Number(atMs > untilMs)) });

describe('traffic that is lost', () => {
  it('is lost on two samples: one silent sample is none', async () => {
    const once = await gate({ flows: silentUntil(wholeMs) });
    expect(once.verdict.kind).toBe('PASS');
    const twice = await gate({ flows: silentUntil(wholeMs + SCRAPE_MS) });
    expect(twice.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'traffic-lost' });
    expect(twice.elapsedMs).toBeLessThanOrEqual(120_000);
  });

  it('is not passed over by a short bake, though only a whole minute tells that it is lost', async () => {
    const { verdict, elapsedMs } = await gate(
      { flows: withPayments({ perSecond: (atMs) => (atMs <= beginMs + 5_000 ? 60 : 0) }) },
      { bakeMs: 30_000 },
    );
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'traffic-lost' });
    expect(elapsedMs).toBeGreaterThan(wholeMs - START);
  });

  it.each([
    ['once a minute', 60],
    ['every five minutes', 300],
  ])('is none that comes %s, in between', async (_, everyS) => {
    const perSecond = (atMs: number): number => (Math.floor(atMs / 1000) % everyS === 43 ? 10 * everyS : 0);
    const { verdict } = await gate({ flows: withPayments({ perSecond }) });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
  });
});

describe('a verdict', () => {
  it.each([
    ['PASS', MESH],
    ['FAIL', withPayments({ failing: since(0.5) })],
    ['HOLD', withPayments({ failing: since(0.0105) })],
  ] as const)(
    'carries its arithmetic: requests, errors, bounds, limit, window, queries and the age of the newest sample (%s)',
    async (kind, flows) => {
      const { verdict } = await gate({ flows });
      expect(verdict.kind).toBe(kind);
      expect(verdict.requests).toBeGreaterThan(0);
      expect(verdict.errors > 0).toBe(kind !== 'PASS');
      for (const { atLeast, atMost, errors, requests, limit } of verdict.units) {
        expect(atLeast).toBeLessThanOrEqual(errors / requests);
        expect(atMost).toBeGreaterThanOrEqual(errors / requests);
        expect(limit).toBe(0.01);
      }
      expect(verdict.windowEndMs).toBeGreaterThan(verdict.windowStartMs);
      expect(verdict.queries[0]).toContain(` @ ${(verdict.windowEndMs / 1_000).toFixed(3)}`);
      expect(verdict.dataAgeMs).toBeLessThanOrEqual(SCRAPE_MS);
      expect(verdict.reason).toMatch(/\d+ of [\d,]+ requests failed/);
    },
  );
});
