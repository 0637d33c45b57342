import { describe, expect, it } from 'vitest';
import { type Cell, CELLS, HEALTHY, LIMIT, RATES } from './cells.ts';
import { failures } from './failures.ts';
import { randomOf } from './random.ts';
import { type Batch, drawBatch, HORIZON_S, type Totals, totalsOf } from './traffic.ts';

const cell = (changes: Partial<Cell>): Cell => ({
  name: 'a cell',
  rate: 50,
  shape: 'steady',
  ratio: LIMIT,
  before: HEALTHY,
  breach: false,
  ...changes,
});
const ratioAfter = ({ scrapesS }: Batch, { requests, errors }: Totals, fromS = 0): number => {
  const from = scrapesS.findIndex((atS) => atS > fromS);
  const last = scrapesS.length - 1;
  return ((errors[last] ?? 0) - (errors[from] ?? 0)) / ((requests[last] ?? 0) - (requests[from] ?? 0));
};
const lost = (strict: boolean): Batch =>
  drawBatch(cell({ ratio: 0, before: 0, incident: { kind: 'lost-sidecar', strict } }), randomOf(1));
const first = (...keys: readonly number[]): readonly number[] => {
  const random = randomOf(...keys);
  return [random.uniform(), random.uniform()];
};
const inbound = (batch: Batch): Totals => totalsOf(batch.callers, batch.scrapesS);

describe('chance', () => {
  it.each([0.3, 4, 12, 700])('draws Poisson variables of mean and variance %d', (mean) => {
    const random = randomOf(1, 2);
    const drawn = Array.from({ length: 20_000 }, () => random.poisson(mean));
    const average = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    const variance = drawn.reduce((sum, each) => sum + (each - average) ** 2, 0) / drawn.length;
    expect(average / mean).toBeCloseTo(1, 1);
    expect(variance / mean).toBeCloseTo(1, 1);
  });

  it('repeats itself for the same keys, and only for those', () => {
    expect(first(1, 2, 3)).toEqual(first(1, 2, 3));
    expect(first(1, 2, 3)).not.toEqual(first(1, 3, 2));
  });
});

describe('failures', () => {
  it.each(['steady', 'bursty', 'long bursts'] as const)('have the ratio asked for in the long run (%s)', (shape) => {
    const share = failures(shape, 0.1, 0, randomOf(1));
    const minutes = Array.from({ length: 20_000 }, (_, minute) => share(minute * 60, minute * 60 + 60));
    expect(minutes.reduce((sum, each) => sum + each, 0) / minutes.length).toBeCloseTo(0.1, 2);
  });

  it('in bursts are nothing for most seconds, and never more than a half', () => {
    const share = failures('bursty', LIMIT, 0, randomOf(1));
    const seconds = Array.from({ length: 50_000 }, (_, second) => share(second, second + 1));
    expect(seconds.filter((each) => each === 0).length / seconds.length).toBeGreaterThan(0.9);
    expect(Math.max(...seconds)).toBeCloseTo(0.5, 9);
  });

  it('in long bursts last for thirty to sixty seconds', () => {
    const share = failures('long bursts', LIMIT, 0, randomOf(1));
    const seconds = Array.from({ length: 200_000 }, (_, second) => (share(second, second + 1) > 0.25 ? 'x' : ' '));
    const lengths = seconds
      .join('')
      .trim()
      .split(/ +/)
      .map(({ length }) => length);
    expect(lengths.length).toBeGreaterThan(50);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(29);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(61);
  });

  it('that ramp climb to the ratio within the bake and stay there', () => {
    const share = failures('ramping', 0.2, 0, randomOf(1));
    expect(share(0, 150)).toBeCloseTo(0.05, 9);
    expect(share(150, 300)).toBeCloseTo(0.15, 9);
    expect(share(300, 900)).toBeCloseTo(0.2, 9);
  });
});

describe('a batch', () => {
  it('has the traffic and the ratio of its cell', () => {
    const batch = drawBatch(cell({ rate: 500 }), randomOf(1));
    const { requests } = inbound(batch);
    const seconds = (batch.scrapesS.at(-1) ?? 0) - (batch.scrapesS[0] ?? 0);
    expect(((requests.at(-1) ?? 0) - (requests[0] ?? 0)) / seconds / 500).toBeCloseTo(1, 1);
    expect(ratioAfter(batch, inbound(batch))).toBeCloseTo(LIMIT, 3);
    expect(batch.hour.inbound.errors.length).toBe(60);
  });

  it('is seen alike by its callers and by its pods', () => {
    const batch = drawBatch(cell({}), randomOf(1));
    const last = batch.scrapesS.length - 1;
    const since = (pods: Batch['pods'], from: number): number => {
      const { requests } = totalsOf(pods, batch.scrapesS);
      return (requests[last] ?? 0) - (requests[from] ?? 0);
    };
    const ready = batch.scrapesS.findIndex((atS) => atS > 0);
    expect(since(batch.pods, ready)).toBe(since(batch.callers, ready));
  });

  it('has new pods whose series are born at their first request, and callers whose series go on', () => {
    const batch = drawBatch(cell({ rate: 5 }), randomOf(1));
    for (const { succeeded, failed } of batch.pods) {
      expect(batch.scrapesS[succeeded.born]).toBeGreaterThan(0);
      expect(failed.born).toBeGreaterThanOrEqual(succeeded.born);
    }
    expect(batch.callers.every(({ succeeded }) => succeeded.born === 0)).toBe(true);
  });

  it('without Prometheus for five minutes loses scrapes, and no requests', () => {
    const incident = { kind: 'outage' } as const;
    const batch = drawBatch(cell({ incident, rate: 500 }), randomOf(1));
    const { fromS, toS } = batch.outage ?? { fromS: 0, toS: 0 };
    expect(toS - fromS).toBe(300);
    expect([...batch.scrapesS].filter((atS) => atS >= fromS && atS < toS)).toEqual([]);
    const { requests } = inbound(batch);
    const after = batch.scrapesS.findIndex((atS) => atS >= toS);
    const [t1, t0] = [batch.scrapesS[after] ?? 0, batch.scrapesS[after - 1] ?? 0];
    expect(((requests[after] ?? 0) - (requests[after - 1] ?? 0)) / (t1 - t0) / 500).toBeCloseTo(1, 1);
  });

  it('in a blip fails together with its bystanders', () => {
    const incident = { kind: 'blip', alone: false } as const;
    const batch = drawBatch(cell({ incident, ratio: HEALTHY, rate: 500 }), randomOf(1));
    const expected = (0.5 * 60) / HORIZON_S;
    expect(ratioAfter(batch, inbound(batch)) / expected).toBeCloseTo(1, 0);
    expect(batch.bystanders === undefined ? 0 : ratioAfter(batch, batch.bystanders) / expected).toBeCloseTo(1, 0);
    expect(drawBatch(cell({ incident: { ...incident, alone: true } }), randomOf(1)).bystanders).toBeUndefined();
  });

  it('that lost a sidecar is seen by one pod less; with strict mTLS its callers fail', () => {
    expect(lost(true).pods.length).toBe(3);
    expect(ratioAfter(lost(true), inbound(lost(true)))).toBeCloseTo(0.25, 1);
    expect(ratioAfter(lost(false), inbound(lost(false)))).toBe(0);
    expect(lost(false).pods.length).toBe(3);
  });

  it.each([
    ['half the limit', LIMIT / 2],
    ['the limit', LIMIT],
    ['twice the limit', 2 * LIMIT],
    ['ten times the limit', 10 * LIMIT],
    ['all', 1],
  ])('ramps from a healthy hour up to %s, at every rate', (_, ratio) => {
    const ramps = CELLS.filter((each) => each.shape === 'ramping' && each.ratio === ratio);
    expect(ramps.map(({ rate }) => rate)).toEqual(RATES);
    expect(ramps.every(({ before, breach }) => before === HEALTHY && breach === ratio > LIMIT)).toBe(true);
  });

  it('is the same for the same seed, and every cell has another name, shape or rate', () => {
    expect(drawBatch(cell({}), randomOf(7))).toEqual(drawBatch(cell({}), randomOf(7)));
    expect(new Set(CELLS.map(({ name, shape, rate }) => `${name} ${shape} ${String(rate)}`)).size).toBe(CELLS.length);
  });
});
