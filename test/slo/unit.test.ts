import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { openProof, type Proof, proofAfter } from '../../src/slo/proof.ts';
import {
  burstsOf,
  emptyUnit,
  hasLostRoutes,
  hasStrayed,
  isInDoubt,
  nextUnit,
  type Seen,
  strayLimit,
  thresholdOf,
  type Unit,
} from '../../src/slo/unit.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { counts } from '../builders/gate-play.ts';

const MINUTE = 60_000;
const ALPHAS = { errors: 0.003, routes: 0.0001 };
const found = (requests: number, more: Partial<Counts> = {}): Counts => ({ ...NO_COUNTS, requests, ...more });
const hour = (signal: Signal, counted: Partial<Counts>, more: Partial<Past> = {}): Past => ({
  ...NO_PAST,
  hour: new Map([[signal, new Map([['a', { ...NO_COUNTS, ...counted }]])]]),
  ...more,
});
const seen = (look: Counts | undefined, minutes: number, more: Partial<Seen> = {}): Seen => ({
  found: look,
  fromOthers: undefined,
  windowMs: minutes * MINUTE,
  restarted: false,
  ...more,
});
/** `a` after so many looks, a minute each. */
const after = (looks: readonly (Counts | undefined)[], past: Past = NO_PAST, signal: Signal = 'client'): Unit =>
  looks.reduce<Unit>(
    (unit, look, index) => nextUnit(unit, seen(look, index + 1), past, 'on', ALPHAS),
    emptyUnit('a', signal, 0.01),
  );
const A = { subject: 'a', signal: 'client', limit: 0.01 } as const;

describe('the ratio that must be exceeded', () => {
  const bad = hour('client', { requests: 1_000, errors: 100 });
  it.each([
    ['is the limit', NO_PAST, 'on', 0.01],
    ['is clearly more than before where that was over it', bad, 'on', 0.2],
    ['is so with a warning too', bad, 'warn', 0.2],
    ['is the limit where nothing is compared', bad, 'off', 0.01],
    ['is the limit where it was kept before', hour('client', { requests: 1_000, errors: 10 }), 'on', 0.01],
    ['is not that of another side', hour('server', { requests: 1_000, errors: 100 }), 'on', 0.01],
  ] as const)('%s', (_, past, compare, ratio) => {
    expect(thresholdOf(A, past, compare)).toBe(ratio);
  });
});

it('requests failed together as the hour before tells, or one by one where it does not', () => {
  expect(burstsOf(A, { ...NO_PAST, bursts: new Map([['client', new Map([['a', 7]])]]) })).toBe(7);
  expect(burstsOf(A, NO_PAST)).toBe(1);
});

it.each([
  ['gateway', { requests: 1_000, noRoute: 100 }, 0.2],
  ['outbound', { requests: 1_000, noRoute: 0 }, 0.001],
  ['outbound', { requests: 0 }, undefined],
  ['client', { requests: 1_000, noRoute: 100 }, undefined],
] as const)('more without a route than before, seen by %s of %o, is more than %s', (signal, counted, limit) => {
  expect(strayLimit({ subject: 'a', signal }, hour(signal, counted))).toBe(limit);
});

const failingTogether = (effect: number): Past => ({
  ...NO_PAST,
  bursts: new Map([['client', new Map([['a', effect]])]]),
});

describe('a unit', () => {
  it('adds up its looks, and keeps each', () => {
    const unit = after([counts(10, 1), counts(20, 2)]);
    expect(unit).toMatchObject({
      counts: { requests: 30, errors: 3 },
      last: { requests: 20, errors: 2 },
      reporting: true,
    });
    expect(unit.looks).toEqual({ requests: 20, errors: 2, earlier: { requests: 10, errors: 1, earlier: undefined } });
  });

  it('is told to report nothing from reporting zeros', () => {
    expect(after([counts(10, 1), undefined])).toMatchObject({
      reporting: false,
      last: { requests: 0 },
      counts: { requests: 10 },
    });
    expect(after([NO_COUNTS]).reporting).toBe(true);
  });

  it('begins anew with its window', () => {
    const unit = nextUnit(
      after([counts(10, 10), counts(10, 10)]),
      seen(counts(5, 0), 1, { restarted: true }),
      NO_PAST,
      'on',
      ALPHAS,
    );
    expect(unit).toMatchObject({ counts: { requests: 5, errors: 0 }, proven: false, looks: { earlier: undefined } });
  });

  it('is proven bad by samples, and by requests where those failed one by one before', () => {
    const look = counts(75, 8);
    expect(after([look, look], failingTogether(1)).proven).toBe(true);
    expect(after([look, look], failingTogether(5)).proven).toBe(false);
    expect(after([look, look]).proven).toBe(false);
  });

  it('is proven bad against what it is compared with', () => {
    const past = hour('client', { requests: 10_000, errors: 1_000 });
    const look = counts(75, 8);
    expect(after([look, look, look, look], past).proven).toBe(false);
    expect(after([look, look, look, look]).proven).toBe(true);
  });
});

describe('traffic that is missing', () => {
  const promised: Past = { ...NO_PAST, quietest: new Map([['client', new Map([['a', 60]])]]) };
  it.each([
    ['is none where as much comes as at the quietest time', [60, 60, 60], 0, 0],
    ['is none where nothing was promised', [0, 0, 0], 0, 0, NO_PAST],
    ['is counted look by look', [10, 10, 10], 3, 3],
    ['is none once it comes', [10, 10, 200], 0, 0],
    ['is none where half of it comes', [30, 30], 0, 0],
  ] as const)('%s', (_, requests, missing, lost, past = promised) => {
    expect(
      after(
        requests.map((each) => found(each)),
        past,
      ),
    ).toMatchObject({ missing, lost });
  });

  it('is lost by whole pieces of the hour alone', () => {
    const unit = nextUnit(emptyUnit('a', 'client', 0.01), seen(found(0), 0.9), promised, 'on', ALPHAS);
    expect(unit).toMatchObject({ missing: 1, lost: 0 });
  });

  it('of callers outside of the batch is told by what they sent alone', () => {
    const past: Past = { ...promised, quietestFromOthers: new Map([['a', 60]]) };
    const others = (...sent: readonly (number | undefined)[]) =>
      sent.reduce<Unit>(
        (unit, fromOthers, index) => nextUnit(unit, seen(found(60), index + 1, { fromOthers }), past, 'on', ALPHAS),
        emptyUnit('a', 'client', 0.01),
      ).fromOthers;
    expect(others(60, 60)).toEqual({ requests: 120, lost: 0 });
    expect(others(5, 5)).toEqual({ requests: 10, lost: 2 });
    expect(others(5, undefined)).toEqual({ requests: 5, lost: 0 });
  });
});

const strayed = (standing: number): Proof =>
  Array.from({ length: standing }).reduce<Proof>(
    (proof) => proofAfter(proof, { requests: 100, errors: 50 }, 0.01),
    openProof(0.01),
  );

const kept = (each: number, known: Past): boolean =>
  after([found(each), found(each), found(each)], known, 'gateway').routed.kept;

describe('routes', () => {
  const past = hour(
    'gateway',
    { requests: 3_600, noRoute: 0 },
    { quietestRouted: new Map([['gateway', new Map([['a', 50]])]]) },
  );
  const none = found(60, { noRoute: 60 });
  const all = found(60);

  it('are lost where more requests find none than before, and far fewer find one', () => {
    const unit = after([none, none, none, none], past, 'gateway');
    expect(unit).toMatchObject({ strayed: true, routed: { promised: 200, lost: 4, kept: false } });
    expect([hasStrayed(unit), hasLostRoutes(unit), isInDoubt(unit, past)]).toEqual([true, true, true]);
  });

  it('are kept where as many as before find one', () => {
    const unit = after([all, all, all, all], past, 'gateway');
    expect(unit).toMatchObject({ strayed: false, routed: { promised: 200, lost: 0, kept: true } });
    expect([hasStrayed(unit), hasLostRoutes(unit), isInDoubt(unit, past)]).toEqual([false, false, false]);
  });

  it('are kept where somebody scans for what never was, on top of what there is', () => {
    const scanned = found(600, { noRoute: 540 });
    const unit = after([scanned, scanned, scanned, scanned], past, 'gateway');
    expect([hasStrayed(unit), hasLostRoutes(unit), isInDoubt(unit, past)]).toEqual([true, false, false]);
  });

  it('are no matter where requests arrive', () => {
    const unit = after([none, none], hour('client', { requests: 3_600 }));
    expect(unit).toMatchObject({ strayed: false, routed: { promised: 0, lost: 0, kept: false } });
    expect(unit).not.toHaveProperty('routes');
    expect(isInDoubt(unit, NO_PAST)).toBe(false);
  });

  it.each([
    [
      'by the hour, where no piece of it is known',
      hour('gateway', { requests: 3_600 }, { quietestRouted: new Map([['gateway', new Map()]]) }),
      120,
    ],
    ['by nothing, where that was not answered', hour('gateway', { requests: 3_600 }), 0],
    ['by the quietest piece', past, 100],
    ['by nothing, where nothing is known', NO_PAST, 0],
  ] as const)('are promised %s', (_, known, promised) => {
    expect(after([all, all], known, 'gateway').routed.promised).toBe(promised);
  });

  it('are as many as before with half of the hour and nearly all of its quietest piece', () => {
    expect([kept(30, hour('gateway', { requests: 3_600 })), kept(29, hour('gateway', { requests: 3_600 }))]).toEqual([
      true,
      false,
    ]);
    expect([kept(45, past), kept(30, past)]).toEqual([true, false]);
  });

  it.each([
    ['more than the limit', found(1_000, { noRoute: 11 }), true],
    ['no more than the limit', found(1_000, { noRoute: 10 }), false],
  ])('are in doubt, with nothing known of before, where %s find none', (_, counted, doubt) => {
    expect(isInDoubt({ ...emptyUnit('a', 'outbound', 0.01), counts: counted }, NO_PAST)).toBe(doubt);
  });

  it.each([
    ['proven twice', { strayed: true, routes: strayed(2) }, true],
    ['proven once', { strayed: true, routes: strayed(1) }, false],
    ['not proven', { strayed: false, routes: strayed(2) }, false],
    ['without a past', { strayed: true }, false],
  ])('are strayed from only where that is confirmed: %s', (_, more, said) => {
    const unit: Unit = { ...emptyUnit('a', 'gateway', 0.01), ...more };
    expect(hasStrayed(unit)).toBe(said);
    expect(hasLostRoutes({ ...unit, routed: { promised: 9, lost: 2, kept: false } })).toBe(said);
    expect(hasLostRoutes({ ...unit, routed: { promised: 9, lost: 1, kept: false } })).toBe(false);
  });
});
