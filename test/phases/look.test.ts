import { describe, expect, it } from 'vitest';
import { look } from '../../src/phases/look.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const EVERY = 15_000;
const START = 1_800_000_000_000;
const rules = {
  settings: settingsWith(),
  subjects: ['payments'],
  signals: ['client'],
  unmoved: [],
  scrapeIntervalMs: EVERY,
  lagMs: 0,
} as const;

interface Proxy {
  /** A scrape begins at such times, and takes so long. */
  readonly phaseMs: number;
  readonly takesMs: number;
  /** No scrape after that. */
  readonly endsMs?: number;
}
const answer = (rows: readonly (readonly [Record<string, string>, number])[]) => ({
  kind: 'vector' as const,
  samples: rows.map(([labels, value]) => ({ labels, value })),
  warnings: [],
});

/** Ten requests to `payments` at each scrape of each proxy; what a scrape brings is known only when it has ended. */
class Scraped implements PrometheusPort {
  readonly address = 'http://prometheus.fake';
  nowMs = START;
  readonly #proxies: readonly Proxy[];
  constructor(proxies: readonly Proxy[]) {
    this.#proxies = proxies;
  }
  skewMs(): number {
    return 0;
  }
  async query(query: string, atMs: number) {
    if (query.startsWith('max(timestamp')) {
      const newest = this.#proxies.map((proxy) => this.#scrapes(proxy, atMs).at(-1) ?? 0);
      const aliveMs = 1_000 * Number(/> time\(\) - ([\d.]+)/.exec(query)?.[1]);
      const alive = newest.filter((ms) => ms > atMs - aliveMs);
      return answer([
        [{}, Math.max(...newest) / 1000],
        [{ freshness: 'slowest' }, Math.min(...alive) / 1000],
      ]);
    }
    const stepMs = Number(/\[(\d+)ms\]/.exec(query)?.[1]);
    const value = this.#proxies
      .map((proxy) => 10 * (this.#scrapes(proxy, atMs).length - this.#scrapes(proxy, atMs - stepMs).length))
      .reduce((sum, each) => sum + each, 0);
    return answer([[{ destination_service_namespace: 'payments', response_code: '200' }, value]]);
  }
  #scrapes({ phaseMs, takesMs, endsMs = Infinity }: Proxy, atMs: number): readonly number[] {
    const untilMs = Math.min(atMs, this.nowMs - takesMs, endsMs);
    return Array.from({ length: 100 }, (_, index) => START + phaseMs + index * EVERY).filter((ms) => ms <= untilMs);
  }
}

/** Requests counted by looks at that phase, and the time that they cover. */
async function counted(proxies: readonly Proxy[], phaseMs: number) {
  const prometheus = new Scraped(proxies);
  let last: { readonly toMs?: number; readonly newestMs?: number } = {};
  let requests = 0;
  const bounds: number[] = [];
  const lateMs: number[] = [];
  for (let index = 3; index < 20; index += 1) {
    const nowMs = START + phaseMs + index * EVERY;
    prometheus.nowMs = nowMs;
    const tick = await look(prometheus, { rules, last, nowMs, revision: '1-32', restarting: [] });
    if (tick.kind !== 'counted') continue;
    requests += tick.counts.get('client')?.get('payments')?.requests ?? 0;
    last = { toMs: tick.toMs, newestMs: tick.newestMs };
    bounds.push(tick.toMs);
    lateMs.push(nowMs - tick.toMs);
  }
  const [fromMs = 0, toMs = 0] = [bounds[0], bounds.at(-1)];
  const scrapes = ({ phaseMs: of, endsMs = Infinity }: Proxy): number =>
    Array.from({ length: 100 }, (_, index) => START + of + index * EVERY).filter(
      (ms) => ms > fromMs && ms <= Math.min(toMs, endsMs),
    ).length;
  return { requests, sent: 10 * proxies.reduce((sum, proxy) => sum + scrapes(proxy), 0), lateMs };
}

describe('a look', () => {
  const fast = { phaseMs: 1_000, takesMs: 100 };

  it.each([0, 2_000, 5_000, 6_500, 7_500, 9_000, 14_999])(
    'at phase %i ms loses no request of a pod whose samples come 3 s late',
    async (phaseMs) => {
      const { requests, sent } = await counted([fast, { phaseMs: 5_000, takesMs: 3_000 }], phaseMs);
      expect(sent).toBeGreaterThan(250);
      expect(requests).toBe(sent);
    },
  );

  it('counts up to a second before it, where nothing is late', async () => {
    const { lateMs } = await counted([fast, { phaseMs: 9_000, takesMs: 200 }], 7_000);
    expect(new Set(lateMs)).toEqual(new Set([1_000]));
  });

  it('waits for a proxy that is gone for half a scrape, and no longer', async () => {
    const gone = { phaseMs: 8_000, takesMs: 100, endsMs: START + 10 * EVERY };
    const { requests, sent, lateMs } = await counted([fast, gone], 7_000);
    expect(requests).toBe(sent);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(EVERY / 2 + 1_000);
    expect(lateMs.at(-1)).toBe(1_000);
  });
});
