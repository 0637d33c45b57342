// Which laws hold whatever is counted? Orders and symmetries of the judgement and of its evidence, tried on examples that nobody chose.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, countRows, NO_COUNTS, plus, pooled } from '../../src/slo/counts.ts';
import { atLeast, atMost, logEvidenceAbove, provenAbove, smallestBreach } from '../../src/slo/evidence.ts';
import { istiodState } from '../../src/slo/istiod.ts';
import { trendOf } from '../../src/slo/trend.ts';
import { alarmLevel, type Detector, levelOf, NEW_DETECTOR, strongestRun, watched } from '../../src/slo/watch.ts';
import { counts, kindOf, play, type Seen } from '../builders/gate-play.ts';
import { dice } from '../cluster/traffic/random.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const trials = fc
  .tuple(fc.integer({ min: 1, max: 50_000 }), share)
  .map(([requests, failing]) => ({ requests, errors: Math.round(requests * failing) }));
const limits = fc.double({ min: 0.0005, max: 0.3, noNaN: true });
const alphas = fc.double({ min: 0.0001, max: 0.2, noNaN: true });

/** Ticks of up to 200 requests, of which hardly any fail, or now and then many; enough of them to reach a verdict, or too few. */
const looksOf = (failing: fc.Arbitrary<number>) =>
  fc.array(
    fc.tuple(fc.nat(200), failing).map(([requests, part]) => counts(requests, Math.round(requests * part ** 4))),
    { minLength: 15, maxLength: 40 },
  );
const looks = fc.oneof(looksOf(share), looksOf(fc.nat(100).map((percent) => percent / 100)));
const of = (name: string, all: readonly Counts[]): readonly Seen[] => all.map((seen) => new Map([[name, seen]]));
const QUICK = { bakeMs: 300_000, maxBakeMs: 420_000 };
const verdictOf = (all: readonly Counts[], settings = {}): string =>
  kindOf(play({ ticks: of('a', all), subjects: ['a'], settings: { ...QUICK, ...settings } }));

describe('a verdict', () => {
  it('that is FAIL does not become PASS with more errors', () =>
    fc.assert(
      fc.property(looks, fc.nat(39), fc.integer({ min: 1, max: 50 }), (all, at, more) => {
        fc.pre(verdictOf(all) === 'FAIL');
        const worse = all.map((one, index) =>
          index === at ? counts(one.requests, Math.min(one.requests, one.errors + more)) : one,
        );
        expect(verdictOf(worse)).not.toBe('PASS');
      }),
    ));

  it('that is PASS does not become FAIL with more clean requests', () =>
    fc.assert(
      fc.property(looks, fc.nat(39), fc.integer({ min: 1, max: 500 }), (all, at, more) => {
        fc.pre(verdictOf(all) === 'PASS');
        const busier = all.map((one, index) => (index === at ? counts(one.requests + more, one.errors) : one));
        expect(verdictOf(busier)).not.toBe('FAIL');
      }),
    ));

  it('that is FAIL does not become PASS with a stricter limit', () =>
    fc.assert(
      fc.property(looks, limits, limits, (all, one, other) => {
        const at = (limit: number) => verdictOf(all, { maxErrorRate: { limit, exceptions: [] } });
        fc.pre(at(Math.max(one, other)) === 'FAIL');
        expect(at(Math.min(one, other))).not.toBe('PASS');
      }),
    ));

  it('is no FAIL where requests enough keep the limit after each sample of failures, however bad', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), share), { minLength: 10, maxLength: 20 }), (all) => {
        // One of each succeeds: a total outage needs no second sample.
        const alternating = all.flatMap(([requests, part]) => [
          counts(requests + 1, Math.floor(requests * part)),
          counts(100 + requests, 0),
        ]);
        expect(verdictOf(alternating)).not.toBe('FAIL');
      }),
    ));

  it('is the same by other names, in another order', () =>
    fc.assert(
      fc.property(
        looks,
        looks,
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 2 }),
        (one, two, names) => {
          const both = (first: string, second: string, subjects: readonly string[]) =>
            kindOf(
              play({
                ticks: one.map(
                  (seen, index) =>
                    new Map([
                      [second, two[index] ?? NO_COUNTS],
                      [first, seen],
                    ]),
                ),
                subjects,
                settings: QUICK,
              }),
            );
          const [first = '', second = ''] = names;
          expect(both(first, second, [second, first])).toBe(both('a', 'b', ['a', 'b']));
        },
      ),
    ));

  it('never comes of nothing: without a single request there is neither PASS nor FAIL', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.boolean(), (many, reported) => {
        const seen: Seen = reported ? new Map([['a', NO_COUNTS]]) : new Map();
        const ticks = Array.from({ length: many }, () => seen);
        expect(['HOLD', 'continue']).toContain(kindOf(play({ ticks, subjects: ['a'], settings: QUICK })));
      }),
    ));

  it('never comes of what is no count: NaN, infinities and negative rows are neither PASS nor FAIL', () => {
    const strange = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, -0.5);
    const rows = fc.array(fc.tuple(strange, fc.constantFrom('200', '503')), { minLength: 1, maxLength: 5 });
    return fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 40 }), (all) => {
        const ticks = all.map(
          (each) =>
            countRows(
              'client',
              each.map(([value, response_code]) => ({
                labels: { destination_service_namespace: 'a', response_code },
                value,
              })),
            ).bySubject,
        );
        expect(['HOLD', 'continue']).toContain(kindOf(play({ ticks, subjects: ['a'], settings: QUICK })));
      }),
    );
  });

  it('waits for no thin namespace, and is none of its business', () =>
    fc.assert(
      fc.property(looks, (all) => {
        const beside = all.map(
          (seen) =>
            new Map([
              ['a', seen],
              ['thin', NO_COUNTS],
            ]),
        );
        // Another namespace divides alpha: where it decides, the verdict may come later.
        fc.pre(verdictOf(all) === 'PASS');
        expect(kindOf(play({ ticks: beside, subjects: ['a', 'thin'], settings: QUICK }))).toBe('PASS');
      }),
    ));

  it('is no FAIL of what the hour before failed as much, where nobody is left to compare with', () =>
    fc.assert(
      fc.property(looks, (all) => {
        const sum = pooled(all);
        fc.pre(sum.requests > 0);
        const before: Counts = { ...sum, errors: Math.max(sum.errors, 0.02 * sum.requests, 3) };
        const past: Past = { ...NO_PAST, complete: true, hour: new Map([['client', new Map([['a', before]])]]) };
        expect(kindOf(play({ ticks: of('a', all), subjects: ['a'], settings: QUICK, past }))).not.toBe('FAIL');
      }),
    ));
});

describe('evidence', () => {
  it('shrinks with every clean request', () =>
    fc.assert(
      fc.property(trials, limits, fc.integer({ min: 1, max: 1_000 }), (data, limit, more) => {
        const diluted = { ...data, requests: data.requests + more };
        expect(logEvidenceAbove(diluted, limit)).toBeLessThan(logEvidenceAbove(data, limit));
      }),
    ));

  it('that stands still stands when the same is seen again and again', () =>
    fc.assert(
      fc.property(trials, limits, alphas, fc.integer({ min: 1, max: 20 }), (data, limit, alpha, times) => {
        fc.pre(provenAbove(data, limit, alpha));
        expect(provenAbove({ errors: times * data.errors, requests: times * data.requests }, limit, alpha)).toBe(true);
      }),
    ));

  it('brackets the ratio more closely the more is seen of the same, and the less certainty is asked for', () =>
    fc.assert(
      fc.property(trials, alphas, alphas, fc.integer({ min: 2, max: 20 }), (data, a, b, times) => {
        const more = { errors: times * data.errors, requests: times * data.requests };
        expect(atLeast(more, a)).toBeGreaterThanOrEqual(atLeast(data, a) - 1e-9);
        expect(atMost(more, a)).toBeLessThanOrEqual(atMost(data, a) + 1e-9);
        expect(atLeast(data, Math.max(a, b))).toBeGreaterThanOrEqual(atLeast(data, Math.min(a, b)) - 1e-9);
        expect(atMost(data, Math.max(a, b))).toBeLessThanOrEqual(atMost(data, Math.min(a, b)) + 1e-9);
      }),
    ));

  it('reveals smaller breaches to more traffic', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 20_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        limits,
        (some, more, limit) => {
          const [few = 1, many = 1] = [some, some + more].map((n) => smallestBreach(n, limit, 0.01) ?? 1);
          expect(many).toBeLessThanOrEqual(few + 1e-9);
          expect(many).toBeGreaterThan(limit);
        },
      ),
    ));
});

const seenBy = (all: readonly { requests: number; errors: number }[], limit = 0.01): Detector =>
  all.reduce((detector, look) => watched(detector, look, limit), NEW_DETECTOR);
const short = fc.array(
  fc
    .tuple(fc.nat(100), share)
    .map(([requests, failing]) => ({ requests, errors: Math.round(requests * failing ** 4) })),
  { minLength: 1, maxLength: 15 },
);
/** Requests that failed one by one in the hour before, and requests of which that is not known. */
const bursts = fc.constantFrom(1, undefined);

describe('the detector of relapses', () => {
  it('forgets what was clean: however long that lasted, it alarms as if it had just begun', () =>
    fc.assert(
      fc.property(short, fc.integer({ min: 1, max: 200 }), bursts, (all, many, effect) => {
        const clean = Array.from({ length: many }, () => ({ requests: 100, errors: 0 }));
        const [late, early] = [seenBy([...clean, ...all]), seenBy(all)];
        expect(levelOf(late, effect)).toBe(levelOf(early, effect));
        expect(strongestRun(late, effect)).toEqual(strongestRun(early, effect));
      }),
    ));

  it('rises with every error, and never falls below 1', () =>
    fc.assert(
      fc.property(short, fc.nat(14), bursts, (all, at, effect) => {
        const worse = all.map((one, index) =>
          index === at ? { ...one, errors: Math.min(one.errors + 1, one.requests) } : one,
        );
        expect(levelOf(seenBy(worse), effect)).toBeGreaterThanOrEqual(levelOf(seenBy(all), effect) * (1 - 1e-9));
        expect(levelOf(seenBy(all), effect)).toBeGreaterThanOrEqual(1);
      }),
    ));

  it('takes a sample, however large, for one where requests fail together', () => {
    const once = seenBy([{ requests: 1_000, errors: 200 }]);
    expect(levelOf(once, 1)).toBeGreaterThan(alarmLevel(3, 15_000));
    expect(levelOf(once, undefined)).toBeLessThan(20);
  });

  it('says what its strongest run has seen, which is no more than all', () =>
    fc.assert(
      fc.property(short, bursts, (all, effect) => {
        const run = strongestRun(seenBy(all), effect);
        expect(run.requests).toBeLessThanOrEqual(all.reduce((sum, { requests }) => sum + requests, 0));
        expect(run.errors).toBeLessThanOrEqual(run.requests);
      }),
    ));

  it.each([1, undefined])('raises no more false alarms a day than it states (bursts: %s)', (effect) => {
    const [days, aDay, level, limit] = [200, 200, 2_000, 0.02];
    const random = dice(20_261_125);
    let alarms = 0;
    for (let day = 0; day < days; day += 1) {
      let detector = NEW_DETECTOR;
      for (let look = 0; look < aDay; look += 1) {
        let errors = 0;
        for (let request = 0; request < 20; request += 1) if (random() < limit) errors += 1;
        detector = watched(detector, { requests: 20, errors }, limit);
        if (levelOf(detector, effect) >= level) {
          alarms += 1;
          break;
        }
      }
    }
    // A tenth.
    expect(alarms / days).toBeLessThanOrEqual(aDay / level);
  });

  it('states its rate of false alarms: one in a hundred days, however much is watched and however often', () => {
    // One detector, looked at 5,760 times a day, one false alarm in a hundred days.
    expect(alarmLevel(1, 15_000)).toBe(576_000);
    expect(alarmLevel(30, 15_000)).toBe(30 * 576_000);
    expect(alarmLevel(1, 5_000)).toBe(3 * 576_000);
  });
});

/** The target's rejects beside the source's, each from as many proxies. */
const rejects = (target: number, source: number, proxies: number) =>
  istiodState(
    'rejects',
    { source: { rejects: 0, failures: 0, proxies }, target: { rejects: target, failures: 0, proxies } },
    { rejects: source, failures: 0, proxies },
    0.01,
  );
const few = fc.nat(50);
const proxies = fc.integer({ min: 1, max: 500 });

describe("istiod's faults", () => {
  it('are no better for being more', () =>
    fc.assert(
      fc.property(few, few, fc.nat(20), proxies, (those, these, more, many) => {
        fc.pre(rejects(those, these, many) === 'worse');
        expect(rejects(those + more, these, many)).toBe('worse');
      }),
    ));

  it("are no worse for the source's being more", () =>
    fc.assert(
      fc.property(few, few, fc.nat(20), proxies, (those, these, more, many) => {
        fc.pre(rejects(those, these, many) !== 'worse');
        expect(rejects(those, these + more, many)).not.toBe('worse');
      }),
    ));
});

describe('counts', () => {
  const some = fc.record({
    requests: fc.nat(1_000),
    errors: fc.nat(100),
    noRoute: fc.nat(100),
    clientGone: fc.nat(100),
    causes: fc.dictionary(fc.constantFrom('503 UH', '500', 'gRPC 14'), fc.nat(100)),
  });
  it('add up whatever the order, and nothing adds nothing', () =>
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(plus(a, b)).toEqual(plus(b, a));
        expect(plus(plus(a, b), c)).toEqual(plus(a, plus(b, c)));
        expect(plus(a, NO_COUNTS)).toEqual(a);
      }),
    ));
});

describe('a trend', () => {
  it('is a line of at most 24 marks, full where the worst is', () =>
    fc.assert(
      fc.property(short, fc.integer({ min: 1, max: 20 }), (all, times) => {
        const line = trendOf(Array.from({ length: times }, () => all).flat());
        expect(line.length).toBeLessThanOrEqual(24);
        expect(line.length).toBeGreaterThan(0);
        expect(line.includes('█')).toBe(all.some(({ errors, requests }) => errors > 0 && requests > 0));
      }),
    ));

  it.each([
    [
      'nothing failed',
      [
        [10, 0],
        [10, 0],
      ],
      '▁▁',
    ],
    [
      'it goes up',
      [
        [100, 0],
        [100, 25],
        [100, 50],
        [100, 100],
      ],
      '▁▃▅█',
    ],
    [
      'a little is not nothing',
      [
        [1_000, 1],
        [1_000, 900],
      ],
      '▂█',
    ],
    [
      'nobody asked',
      [
        [0, 0],
        [10, 5],
      ],
      '·█',
    ],
  ] as const)('%s', (_, all, line) => {
    expect(trendOf(all.map(([requests, errors]) => ({ requests, errors })))).toBe(line);
  });
});
