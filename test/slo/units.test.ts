import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Ledger, openLedger } from '../../src/slo/ledger.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import { expectedRequests, floorOf, inbound, isThin, mostFor, unitVerdicts } from '../../src/slo/units.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { counts, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const RULES: Rules = {
  settings: settingsWith({ maxBakeMs: 1_800_000 }),
  subjects: ['a', 'b'],
  signals: ['client', 'server', 'outbound', 'tcp'],
  unmoved: [],
  scrapeIntervalMs: 15_000,
  lagMs: 0,
};
const MINUTE = 60_000;
const unit = (subject: string, signal: Signal, requests: number, errors = 0, more: Partial<Unit> = {}): Unit => ({
  ...emptyUnit(subject, signal, 0.01),
  counts: counts(requests, errors),
  ...more,
});
/** One minute of the subject `a`. */
const ledgerOf = (...units: readonly Unit[]): Ledger => ({
  ...openLedger(RULES),
  units,
  windows: new Map([['a', { dueMs: T0, startMs: T0, samples: 4 }]]),
  toMs: T0 + MINUTE,
});
const hour = (signal: Signal, requests: number, errors = 0): Past => ({
  ...NO_PAST,
  hour: new Map([[signal, new Map([['a', counts(requests, errors)]])]]),
});

it.each([
  [0.01, 100],
  [0.3, 4],
  [0, 10_000],
])('a limit of %d needs %i requests to tell one failure from a breach', (limit, floor) => {
  expect(floorOf(limit)).toBe(floor);
});

describe('requests within max-bake', () => {
  const rested = (subject: string): Ledger => ({
    ...ledgerOf(),
    windows: new Map([[subject, { dueMs: T0, samples: 0 }]]),
  });
  it.each([
    ['as many as the hour before promises', ledgerOf(), unit('a', 'client', 1), 3_600, 1_800],
    ['as many as the window promises, where that is more', ledgerOf(), unit('a', 'client', 600), 3_600, 18_000],
    ['none where nothing is known', ledgerOf(), unit('a', 'client', 0), 0, 0],
    ['by the hour alone before the window begins', rested('a'), unit('a', 'client', 600), 3_600, 1_800],
    ['by the hour alone at its very beginning', { ...ledgerOf(), toMs: T0 }, unit('a', 'client', 600), 3_600, 1_800],
    ['by the hour alone where no window is known', rested('b'), unit('a', 'client', 600), 3_600, 1_800],
  ] as const)('are %s', (_, ledger, one, before, expected) => {
    expect(expectedRequests(one, ledger, RULES, hour('client', before))).toBeCloseTo(expected, 6);
  });
});

describe('a thin unit', () => {
  it.each([
    ['has too few and can expect no more', 'client', 3, 100, true],
    ['is none with requests enough', 'client', 100, 0, false],
    ['is none where enough are to be expected', 'client', 3, 7_200, false],
    ['has too few connections, whatever there were before', 'tcp', 99, 7_200, true],
    ['is none with connections enough', 'tcp', 100, 0, false],
  ] as const)('%s', (_, signal, requests, before, thin) => {
    expect(isThin(unit('a', signal, requests), ledgerOf(), RULES, hour(signal, before))).toBe(thin);
  });
});

describe('the most that may fail for a PASS', () => {
  const bad = hour('client', 1_000, 100);
  it.each([
    ['is the limit', {}, bad, 0.01],
    ['is no worse than before where people know that it was over its limit', { overBefore: ['a'] }, bad, 0.2],
    ['is the limit where another was', { overBefore: ['b'] }, bad, 0.01],
    ['is the limit where it was not', { overBefore: ['a'] }, NO_PAST, 0.01],
    [
      'is the limit where nothing is compared',
      { overBefore: ['a'], settings: settingsWith({ compare: 'off' }) },
      bad,
      0.01,
    ],
  ] as const)('%s', (_, rules, past, most) => {
    expect(mostFor(unit('a', 'client', 10), { ...RULES, ...rules }, past)).toBe(most);
  });
});

describe('inbound requests', () => {
  it.each([
    ["are the callers'", [unit('a', 'client', 10, 1), unit('a', 'server', 12)], 10, 1],
    [
      'are those of the proxies where callers report nothing',
      [unit('a', 'client', 0), unit('a', 'server', 12, 2)],
      12,
      2,
    ],
    ["are a gateway's", [unit('edge/in', 'gateway', 7, 3)], 7, 3],
    ['are no connections and nothing sent', [unit('a', 'outbound', 5), unit('a', 'tcp', 5)], 0, 0],
    ['are none of a client that has none', [unit('a', 'client', 0)], 0, 0],
    [
      'are each counted once, of all subjects',
      [unit('a', 'client', 10, 1), unit('b', 'client', 5, 1), unit('a', 'server', 10)],
      15,
      2,
    ],
  ] as const)('%s', (_, units, requests, errors) => {
    expect(inbound(ledgerOf(...units))).toMatchObject({ requests, errors });
  });
});

const states = (units: readonly Unit[], past: Past = NO_PAST, failed: ReadonlySet<Unit> = new Set(), rules = RULES) =>
  unitVerdicts(ledgerOf(...units), rules, past, failed).map(
    ({ subject, signal, state }) => `${subject} ${signal} ${state}`,
  );

const boundsWith = (bursts: Past['bursts']) =>
  unitVerdicts(ledgerOf(unit('a', 'client', 1_000, 5)), RULES, { ...NO_PAST, bursts }, new Set())[0];

describe("units' verdicts", () => {
  it('come with the worst first: what failed, is over its limit, is silent, passes, is thin; by ratio and by name', () => {
    const failed = unit('a', 'client', 1_000, 500);
    const units = [
      unit('thin', 'client', 0),
      unit('d', 'client', 1_000),
      unit('c', 'client', 1_000),
      unit('e', 'client', 1_000, 5),
      unit('a', 'server', 0),
      unit('b', 'client', 1_000, 20),
      failed,
    ];
    expect(states(units, hour('server', 3_600), new Set([failed]))).toEqual([
      'a client fail',
      'b client over-limit-unproved',
      'a server no-data',
      'e client pass',
      'c client pass',
      'd client pass',
      'thin client thin',
    ]);
  });

  it.each([
    ['exactly at its limit passes', unit('a', 'client', 1_000, 10), NO_PAST, ['a client pass']],
    ['silent with no past is thin', unit('a', 'client', 0), NO_PAST, ['a client thin']],
    ['TCP that there is none of, nor was, is not shown', unit('a', 'tcp', 0), NO_PAST, []],
    [
      'TCP that there was is shown, and silence is none of its faults',
      unit('a', 'tcp', 0),
      hour('tcp', 9),
      ['a tcp thin'],
    ],
    ['TCP that there is is shown', unit('a', 'tcp', 5), NO_PAST, ['a tcp thin']],
  ] as const)('%s', (_, one, past, said) => {
    expect(states([one], past)).toEqual(said);
  });

  it('say with what they are compared, where that is the hour before', () => {
    const one = unit('a', 'client', 1_000, 50);
    const of = (past: Past) => unitVerdicts(ledgerOf(one), RULES, past, new Set())[0];
    expect(of(hour('client', 1_000, 100))?.sentence).toMatch(
      /, limit 1 %, client side; the hour before had 10 %, so only more than 20 % counts$/,
    );
    expect(of(hour('client', 1_000, 100))?.before).toEqual({ requests: 1_000, errors: 100 });
    expect(of(hour('client', 1_000, 1))?.sentence).toMatch(/, limit 1 %, client side$/);
    expect(of(NO_PAST)).not.toHaveProperty('before');
  });

  it('say how many requests there were where there are none', () => {
    const [silent] = unitVerdicts(ledgerOf(unit('a', 'client', 0)), RULES, hour('client', 3_600), new Set());
    expect(silent?.sentence).toBe('a: no requests, client side (the hour before had 3,600)');
  });

  it('have a trend where something failed, oldest look first', () => {
    const first = { requests: 500, errors: 0, earlier: undefined };
    const looks = { requests: 500, errors: 5, earlier: first };
    const of = (errors: number) =>
      unitVerdicts(ledgerOf(unit('a', 'client', 1_000, errors, { looks })), RULES, NO_PAST, new Set())[0];
    expect(of(5)?.trend).toBe('▁█');
    expect(of(0)).not.toHaveProperty('trend');
  });

  it('are bounded no lower than what is proven of them', () => {
    const proven = unit('a', 'client', 100_000, 900, { proven: true });
    const [{ atLeast } = { atLeast: 0 }] = unitVerdicts(ledgerOf(proven), RULES, NO_PAST, new Set());
    expect(atLeast).toBe(0.01);
    const [{ atLeast: plain } = { atLeast: 1 }] = unitVerdicts(
      ledgerOf({ ...proven, proven: false }),
      RULES,
      NO_PAST,
      new Set(),
    );
    expect(plain).toBeLessThan(0.009);
    expect(plain).toBeGreaterThan(0.007);
  });

  it('have wider bounds where requests failed together before', () => {
    const [alone, together] = [boundsWith(new Map()), boundsWith(new Map([['client', new Map([['a', 10]])]]))];
    expect(together?.atLeast).toBeLessThan(alone?.atLeast ?? 0);
    expect(together?.atMost).toBeGreaterThan(alone?.atMost ?? 1);
  });
});
