import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Hour, outlook, rehearsed, rehearsedOver, utc } from '../../src/slo/rehearsal.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { counts } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const SETTINGS = settingsWith();
type Found = readonly [requests: number, errors: number];
type Sides = Partial<Record<Signal, Found>>;
const SIDES: readonly Signal[] = ['client', 'server', 'outbound', 'tcp'];
/** The hour of `a`. */
const pastOf = (sides: Sides, bursts?: number): Past => ({
  ...NO_PAST,
  hour: new Map(
    SIDES.flatMap((signal) => {
      const found = sides[signal];
      return found === undefined ? [] : [[signal, new Map([['a', counts(...found)]])] as const];
    }),
  ),
  bursts: new Map(bursts === undefined ? [] : SIDES.map((signal) => [signal, new Map([['a', bursts]])] as const)),
});
const of = (sides: Sides, settings = SETTINGS, batchSize = 3, bursts?: number) =>
  rehearsed('a', pastOf(sides, bursts), settings, batchSize);

const breachOf = (many: number, batchSize = 3, bursts?: number) =>
  of({ client: [many, 0] }, SETTINGS, batchSize, bursts).smallestBreach ?? 1;

const leastFailing = (side: 'outbound' | 'tcp'): number =>
  Array.from({ length: 100 }, (_, errors) => errors).find(
    (errors) => of({ client: [1_000, 0], [side]: [1_000, errors] }).verdict === 'FAIL',
  ) ?? Infinity;

describe("a namespace's hour", () => {
  it.each([
    ['clean', { client: [36_000, 0] }, 'PASS'],
    ['exactly at the limit', { client: [1_000, 10] }, 'PASS'],
    ['over it, which chance may have done', { client: [1_000, 12] }, 'HOLD'],
    ['provably over it', { client: [1_000, 100] }, 'FAIL'],
    ['as few requests as can be judged', { client: [100, 0] }, 'PASS'],
    ['fewer', { client: [99, 0] }, 'HOLD'],
    ['nothing', {}, 'HOLD'],
    ['fewer, and all of them failed', { client: [50, 50] }, 'FAIL'],
    ['what goes out fails', { client: [1_000, 0], outbound: [1_000, 100] }, 'FAIL'],
    ['what goes out is over the limit, perhaps by chance', { client: [1_000, 0], outbound: [1_000, 12] }, 'HOLD'],
    ['what goes out keeps the limit exactly', { client: [1_000, 0], outbound: [1_000, 10] }, 'PASS'],
    ['too little goes out to be judged', { client: [1_000, 0], outbound: [99, 2] }, 'PASS'],
    ['little goes out, and all of it fails', { client: [1_000, 0], outbound: [50, 50] }, 'FAIL'],
    ['connections fail', { client: [1_000, 0], tcp: [1_000, 100] }, 'FAIL'],
    [
      'callers see failures, which go before what is merely over elsewhere',
      { client: [1_000, 100], outbound: [1_000, 12] },
      'FAIL',
    ],
    ['proxies see failures that callers do not', { client: [1_000, 0], server: [1_000, 100] }, 'FAIL'],
  ] as const)('would have been judged like this: %s', (_, sides, verdict) => {
    expect(of(sides).verdict).toBe(verdict);
  });

  it('is that of its callers, or that of its proxies where callers report nothing', () => {
    expect(of({ client: [10, 1], server: [20, 2] })).toMatchObject({
      namespace: 'a',
      signal: 'client',
      requests: 10,
      errors: 1,
    });
    expect(of({ client: [0, 0], server: [20, 2] })).toMatchObject({ signal: 'server', requests: 20, errors: 2 });
    expect(of({})).toMatchObject({ signal: 'server', requests: 0, errors: 0 });
  });

  it.each([
    ['is over with the bake where traffic is busy', { client: [36_000, 0] }, {}, undefined, 300_000],
    ['takes as long as it takes to count enough', { client: [600, 0] }, {}, undefined, 600_000],
    ['is not there where max-bake is too short for that', { client: [150, 0] }, {}, undefined, undefined],
    ['comes exactly at max-bake', { client: [200, 0] }, {}, undefined, 1_800_000],
    [
      'takes as many as prove it where that is asked for',
      { client: [36_000, 0] },
      { evidence: 'proved', bakeMs: 1 },
      undefined,
      77_600,
    ],
    [
      'takes so many times more where requests failed together',
      { client: [36_000, 0] },
      { evidence: 'proved', bakeMs: 1 },
      2,
      155_200,
    ],
    ['takes no more where proof is not asked for', { client: [36_000, 0] }, { bakeMs: 1 }, 2, 10_000],
  ] as const)('a PASS %s', (_, sides, settings, bursts, ms) => {
    const { passAfterMs, sentence } = of(sides, settingsWith(settings), 3, bursts);
    expect(passAfterMs).toBe(ms);
    const end = ms === undefined ? /; too little traffic to be judged alone$/ : /; PASS after \w+$/;
    expect(sentence).toMatch(end);
  });

  it('says the whole of it', () => {
    expect(of({ client: [36_000, 36], outbound: [1_000, 12] }).sentence).toBe(
      'a: 36 of 36,000 requests failed (0.1 %, proved: at most 0.19 % at 99 %), limit 1 %, client side; a breach of 1.3 % would show within max-bake; PASS after 5m; a: 12 of 1,000 requests failed (1.2 %, at least 0.26 % at 99 %), limit 1 %, outbound',
    );
    expect(of({}).sentence).toBe(
      'a: no requests, server side; its traffic proves nothing; too little traffic to be judged alone',
    );
    expect(of({})).not.toHaveProperty('smallestBreach');
    expect(of({})).not.toHaveProperty('passAfterMs');
  });

  it('is needed in full where proof is asked for', () => {
    const proved = settingsWith({ evidence: 'proved' });
    expect(of({ client: [776, 0] }, proved).verdict).toBe('PASS');
    expect(of({ client: [775, 0] }, proved).verdict).toBe('HOLD');
    expect(of({ client: [1_000, 0] }, proved, 3, 2).verdict).toBe('HOLD');
  });

  it('is held to its own limit', () => {
    const lax = settingsWith({ maxErrorRate: { limit: 0.01, exceptions: [{ pattern: 'a', limit: 0.2 }] } });
    expect(of({ client: [1_000, 100], outbound: [1_000, 100] }, lax).verdict).toBe('PASS');
  });

  it('reveals smaller breaches the busier it is, and larger ones where requests failed together or the batch is large', () => {
    expect(breachOf(36_000)).toBeLessThan(breachOf(3_600));
    expect(breachOf(36_000)).toBeGreaterThan(0.01);
    expect(breachOf(36_000, 3, 10)).toBe(breachOf(3_600));
    expect(breachOf(3_600, 300)).toBeGreaterThan(breachOf(3_600));
  });

  it('is no FAIL by as little in a large batch, nor where requests failed together', () => {
    const doubtful: Sides = { client: [1_000, 30] };
    expect(of(doubtful, SETTINGS, 1).verdict).toBe('FAIL');
    expect(of(doubtful, SETTINGS, 1_000).verdict).toBe('HOLD');
    expect(of(doubtful, SETTINGS, 1, 5).verdict).toBe('HOLD');
    const outbound: Sides = { client: [1_000, 0], outbound: [1_000, 30] };
    expect(of(outbound, SETTINGS, 1).verdict).toBe('FAIL');
    expect(of(outbound, SETTINGS, 1, 5).verdict).toBe('HOLD');
  });

  it('gives connections the smaller share of the risk', () => {
    expect(leastFailing('tcp')).toBeGreaterThan(leastFailing('outbound'));
  });
});

const END = Date.parse('2026-11-24T14:02:00Z');
const HOUR = 3_600_000;
const hours = (...all: readonly Sides[]): readonly Hour[] =>
  all.map((sides, index) => ({ endMs: END - index * HOUR, past: pastOf(sides) }));
const overall = (first: Sides, ...older: readonly Sides[]) => {
  const [newest = { endMs: END, past: NO_PAST }, ...others] = hours(first, ...older);
  return rehearsedOver('a', [newest, ...others], SETTINGS, 3);
};
const CLEAN: Sides = { client: [36_000, 0] };
const QUIET: Sides = { client: [600, 0] };
const BAD: Sides = { client: [36_000, 3_600] };

it('times are told in UTC', () => {
  expect(utc(END)).toBe('14:02');
});

describe('several hours', () => {
  it('that are one are told as one', () => {
    expect(overall(CLEAN)).toEqual(of(CLEAN));
  });

  it('count together, with the outlook of the quietest', () => {
    const found = overall(CLEAN, QUIET, CLEAN);
    expect(found).toMatchObject({ requests: 72_600, errors: 0, verdict: 'PASS', passAfterMs: 600_000 });
    expect(found.smallestBreach).toBe(of(QUIET).smallestBreach);
    expect(found.sentence).toBe(`12:02–13:02 PASS: ${of(QUIET).sentence}`);
    expect(found).not.toHaveProperty('hour');
  });

  it('are as bad as the gravest of them, which is told first', () => {
    const found = overall(CLEAN, QUIET, BAD);
    expect(found).toMatchObject({ verdict: 'FAIL', requests: 72_600, errors: 3_600 });
    expect(found.sentence).toBe(`11:02–12:02 FAIL: ${of(BAD).sentence} | 12:02–13:02 PASS: ${of(QUIET).sentence}`);
  });

  it('tell an hour once, and of hours alike the newest', () => {
    const both: Sides = { client: [600, 60] };
    expect(overall(CLEAN, both, both).sentence).toBe(`12:02–13:02 FAIL: ${of(both).sentence}`);
  });

  it('hold rather than pass', () => {
    expect(overall(CLEAN, { client: [36_000, 400] }, QUIET).verdict).toBe('HOLD');
  });
});

const batchHour = (found: Readonly<Record<string, number>>): Hour => ({
  endMs: END,
  past: {
    ...NO_PAST,
    hour: new Map([['client', new Map(Object.entries(found).map(([name, many]) => [name, counts(many, 0)]))]]),
  },
});

describe("a batch's outlook", () => {
  it.each([
    ['is its bake where traffic is busy', { a: 36_000, b: 36_000 }, { passAfterMs: 300_000, requests: 36_000 }],
    [
      'waits for the slowest of those that are waited for',
      { a: 36_000, b: 300 },
      { passAfterMs: 1_200_000, requests: 18_150 },
    ],
    ['waits for none that is thin', { a: 36_000, b: 10 }, { passAfterMs: 300_000, requests: 18_005 }],
    ['waits for `min-requests` of all together', { a: 400, b: 0 }, { passAfterMs: 2_700_000, requests: 200 }],
    ['brings no PASS where all are thin', { a: 100, b: 100 }, { requests: 100 }],
    ['brings no PASS without traffic', {}, { requests: 0 }],
  ])('%s', (_, found, expected) => {
    const { passAfterMs, requests } = outlook(['a', 'b'], batchHour(found), SETTINGS);
    const whole = passAfterMs === undefined ? {} : { passAfterMs: Math.round(passAfterMs) };
    expect({ ...whole, requests: Math.round(requests) }).toEqual(expected);
  });
});
