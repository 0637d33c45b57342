import { describe, expect, it } from 'vitest';
import type { GateSettings, Objective } from '../../src/config/config.ts';
import { blamed, chargeOf, doubted, isComparable, straySentence } from '../../src/slo/blame.ts';
import { type Elsewhere, NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { type Ledger, type ObjectiveRecord, openLedger } from '../../src/slo/ledger.ts';
import { asPromQL } from '../../src/slo/promql.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import type { WatchedUnit } from '../../src/slo/watch-list.ts';
import { NEW_DETECTOR } from '../../src/slo/watch.ts';
import { counts, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { MINUTE, provenBy } from '../builders/ledger.ts';

const rulesWith = (settings: Partial<GateSettings> = {}, more: Partial<Rules> = {}): Rules => ({
  settings: settingsWith(settings),
  subjects: ['a'],
  signals: ['client'],
  unmoved: [],
  controlPlanes: { source: '1-31', target: '1-32' },
  scrapeIntervalMs: STEP_MS,
  lagMs: 0,
  ...more,
});
const RULES = rulesWith();
const OFF = rulesWith({ compare: 'off' });
const WARN = rulesWith({ compare: 'warn' });

const wellWith = (now: number, before: number): Elsewhere => ({
  kind: 'well',
  counts: counts(now, 0),
  before: counts(before, 0),
});
/** As busy in six minutes as in the hour before. */
const WELL = wellWith(600, 6_000);
const BREACHED: Elsewhere = { kind: 'breached', counts: counts(1_000, 100), before: counts(10_000, 100) };
const UNKNOWN: Elsewhere = { kind: 'unknown' };
const as = (elsewhere: Elsewhere) => (): Elsewhere => elsewhere;

const unit = (subject: string, signal: Signal, more: Partial<Unit> = {}): Unit => ({
  ...emptyUnit(subject, signal, 0.01),
  ...more,
});
const GUILTY = unit('a', 'client', { counts: counts(200, 100), proven: true, proof: provenBy(2) });
const KNOWN: Past = { ...NO_PAST, complete: true };
const hour = (signal: Signal, found: Readonly<Record<string, Partial<Counts>>>): Past => ({
  ...KNOWN,
  hour: new Map([[signal, new Map(Object.entries(found).map(([name, each]) => [name, { ...NO_COUNTS, ...each }]))]]),
});
/** Six minutes of `a`. */
const ledgerWith = (more: Partial<Ledger> = {}, rules = RULES): Ledger => ({
  ...openLedger(rules),
  windows: new Map([['a', { dueMs: T0, startMs: T0, samples: 24 }]]),
  sinceMs: T0,
  toMs: T0 + 6 * MINUTE,
  ...more,
});
const charge = (
  more: Partial<Ledger>,
  around: Elsewhere = WELL,
  rules = RULES,
  past = KNOWN,
  guilty: readonly Unit[] = [],
) => chargeOf(ledgerWith(more), rules, past, as(around), new Set(guilty));

describe('units are blamed', () => {
  const bad = hour('client', { a: { requests: 1_000, errors: 100 } });
  it.each([
    ['that are proven twice', [GUILTY], RULES, KNOWN, WELL, 1],
    ['and none that is proven once', [{ ...GUILTY, proof: provenBy(1) }], RULES, KNOWN, WELL, 0],
    ['and none that is not proven', [{ ...GUILTY, proven: false }], RULES, KNOWN, WELL, 0],
    ['and none before the past is known', [GUILTY], RULES, NO_PAST, WELL, 0],
    ['but where nothing is compared with it', [GUILTY], OFF, NO_PAST, UNKNOWN, 1],
    ['whatever others do, where they were well before', [GUILTY], RULES, KNOWN, UNKNOWN, 1],
    ['that were bad before, where others are well', [GUILTY], RULES, bad, WELL, 1],
    ['and none that was bad before, where nobody is left to compare with', [GUILTY], RULES, bad, UNKNOWN, 0],
    ['and none that was bad before, where comparisons only warn', [GUILTY], WARN, bad, WELL, 0],
    ['that were bad before too, where nothing is compared', [GUILTY], OFF, bad, UNKNOWN, 1],
  ] as const)('%s: %#', (_, units, rules, past, around, many) => {
    expect(blamed(ledgerWith({ units }), rules, past, as(around)).size).toBe(many);
  });

  it.each([
    [RULES, WELL, true],
    [RULES, UNKNOWN, false],
    [RULES, BREACHED, false],
    [WARN, WELL, false],
    [OFF, UNKNOWN, true],
  ] as const)('by comparison only where there is something to compare with: %#', (rules, around, comparable) => {
    expect(isComparable(rules, as(around))).toBe(comparable);
  });
});

describe('a charge', () => {
  it('is none where nothing is amiss', () => {
    expect(charge({})).toBeUndefined();
  });

  it('of failed requests is said by the unit itself', () => {
    expect(charge({}, WELL, RULES, KNOWN, [GUILTY])).toEqual({ kind: 'FAIL', reasonCode: 'error-rate' });
  });

  it('is never made before the past is known', () => {
    expect(charge({}, WELL, RULES, NO_PAST, [GUILTY])).toBeUndefined();
    expect(charge({}, WELL, OFF, NO_PAST, [GUILTY])).toMatchObject({ reasonCode: 'error-rate' });
  });

  it('is a HOLD where the whole mesh fails', () => {
    expect(charge({}, BREACHED, RULES, KNOWN, [GUILTY])).toEqual({
      kind: 'HOLD',
      reasonCode: 'mesh-wide-incident',
      reason:
        "namespaces that were not moved and have no traffic with the batch fail too: 100 of 1,000 requests (10 %, 1 % in the hour before); that is not this upgrade's doing alone",
    });
    const noHour: Elsewhere = { ...BREACHED, before: NO_COUNTS };
    expect(charge({}, noHour, RULES, KNOWN, [GUILTY])?.reason).toContain('100 of 1,000 requests (10 %); that is not');
  });

  it.each([
    ['others fail, and nothing else', {}, BREACHED, RULES, [], undefined],
    ['others fail, and comparisons only warn', {}, BREACHED, WARN, [GUILTY], 'error-rate'],
    ['others fail, and nothing is compared', {}, BREACHED, OFF, [GUILTY], 'error-rate'],
  ] as const)('is no incident of the mesh: %s', (_, more, around, rules, guilty, reasonCode) => {
    expect(charge(more, around, rules, KNOWN, guilty)?.reasonCode).toBe(reasonCode);
  });
});

const objective = (name: string, hard: boolean): Objective => ({
  name,
  hard,
  measure: { kind: 'scalar', query: 'q', max: 500 },
});
const OBJECTIVES = rulesWith({ objectives: [objective('soft', false), objective('p99', true)] });
const breached = (standing: number): ObjectiveRecord => ({
  state: 'breached',
  standing,
  reading: { kind: 'scalar', value: 812, asked: [asPromQL('max(latency)\n')] },
});

describe('an objective', () => {
  it('that is hard and breached twice is charged, with its query and its time', () => {
    expect(charge({ objectives: new Map([['p99', breached(2)]]) }, WELL, OBJECTIVES)).toEqual({
      kind: 'FAIL',
      reasonCode: 'objective',
      reason: 'objective p99: 812, at most 500',
      queries: [`max(latency) # at ${new Date(T0 + 6 * MINUTE).toISOString()}`],
    });
  });
  it.each([
    ['breached once', 'p99', breached(1)],
    ['soft', 'soft', breached(2)],
    ['not among those that are asked for now', 'other', breached(2)],
  ])('is not charged: %s', (_, name, record) => {
    expect(charge({ objectives: new Map([[name, record]]) }, WELL, OBJECTIVES)).toBeUndefined();
  });
  it('needs neither a query nor a time to be charged', () => {
    const { toMs: _, ...unseen } = ledgerWith({
      objectives: new Map([['p99', { ...breached(2), reading: { kind: 'scalar', value: 812 } }]]),
    });
    expect(chargeOf(unseen, OBJECTIVES, KNOWN, as(WELL), new Set())).toMatchObject({ queries: [] });
    const asked = { ...unseen, objectives: new Map([['p99', breached(2)]]) };
    expect(chargeOf(asked, OBJECTIVES, KNOWN, as(WELL), new Set())?.queries).toEqual(['max(latency)']);
  });
});

const passed = (subject: string, more: Partial<WatchedUnit> = {}): WatchedUnit => ({
  subject,
  signal: 'client',
  limit: 0.01,
  detector: NEW_DETECTOR,
  lately: { requests: 400, errors: 200, fromMs: T0 + 5 * MINUTE },
  alarmed: 2,
  ...more,
});

describe('a relapse', () => {
  const SENTENCE = 'cart, which had passed: 200 of 400 requests failed of late (50 %), limit 1 %, client side';
  it('is charged with the query of its own time, and shown as a unit', () => {
    expect(charge({ watch: [passed('cart')] })).toEqual({
      kind: 'FAIL',
      reasonCode: 'relapse',
      reason: SENTENCE,
      unit: expect.objectContaining({ subject: 'cart', state: 'fail', requests: 400, errors: 200 }),
      queries: [expect.stringMatching(/destination_service_namespace=~"cart".*\[60000ms\] @ 1000360\.000/)],
    });
  });
  it('names the others, each once, and not itself again', () => {
    const watch = [
      passed('cart'),
      passed('cart', { signal: 'server' }),
      passed('web'),
      passed('web', { signal: 'server' }),
      passed('bank'),
    ];
    expect(charge({ watch })?.reason).toBe(`${SENTENCE}; so do web, bank`);
    expect(charge({ watch: watch.slice(0, 2) })?.reason).toBe(SENTENCE);
  });
  it('is asked about since the first look where its beginning is not known', () => {
    const { fromMs: _, ...lately } = passed('cart').lately;
    expect(charge({ watch: [passed('cart', { lately })] })?.queries?.[0]).toContain('[360000ms] @ 1000360.000');
  });
  it('of what was bad before is charged only where there is something to compare with', () => {
    const past = hour('client', { cart: { requests: 1_000, errors: 100 } });
    expect(charge({ watch: [passed('cart')] }, UNKNOWN, RULES, past)).toBeUndefined();
    expect(charge({ watch: [passed('cart')] }, WELL, RULES, past)?.reasonCode).toBe('relapse');
  });
});

describe('lost routes', () => {
  const strayed = unit('edge/in', 'gateway', {
    counts: { ...NO_COUNTS, requests: 800, noRoute: 640 },
    routes: provenBy(2),
    strayed: true,
    routed: { promised: 790, lost: 2, kept: false },
  });
  const past = hour('gateway', { 'edge/in': { requests: 8_000, noRoute: 8 } });
  const SENTENCE =
    'edge/in: 640 of 800 requests found no route (NR, 80 %), 0.1 % in the hour before, gateway; 160 found one, of 790 to be expected';
  it.each([
    ['others are as busy as before', WELL],
    ['others are half as busy', wellWith(300, 6_000)],
    ['nobody is left to compare with', UNKNOWN],
  ])('are charged: %s', (_, around) => {
    expect(charge({ units: [strayed] }, around, RULES, past)).toEqual({
      kind: 'FAIL',
      reasonCode: 'routes-lost',
      reason: SENTENCE,
    });
  });
  it('are a HOLD where others have fallen silent too', () => {
    expect(charge({ units: [strayed] }, wellWith(299, 6_000), RULES, past)).toEqual({
      kind: 'HOLD',
      reasonCode: 'mesh-wide-incident',
      reason: `${SENTENCE}; namespaces that were not moved and have no traffic with the batch are less than half as busy as in the hour before too`,
    });
  });
  it.each([
    ['some still find one', { ...strayed, routed: { ...strayed.routed, lost: 1 } }, RULES],
    ['that is not proven', { ...strayed, strayed: false }, RULES],
    ['comparisons only warn', strayed, WARN],
    ['nothing is compared', strayed, OFF],
  ])('are not charged: %s', (_, one, rules) => {
    expect(charge({ units: [one] }, WELL, rules, past)).toBeUndefined();
  });
  it('are told without what is not known', () => {
    const alone = { ...strayed, routed: { promised: 0, lost: 0, kept: false } };
    const unknown =
      'edge/in: 640 of 800 requests found no route (NR, 80 %), nothing is known of the hour before, gateway; 160 found one';
    expect(straySentence(alone, KNOWN)).toBe(unknown);
    expect(straySentence(alone, hour('gateway', { 'edge/in': { requests: 0 } }))).toBe(unknown);
    expect(straySentence({ ...alone, counts: NO_COUNTS }, KNOWN)).toContain('0 of 0 requests found no route (NR, 0 %)');
  });
  it('are doubted only where they are compared', () => {
    const inDoubt = { ...strayed, strayed: false };
    expect([RULES, WARN, OFF].map((rules) => doubted([inDoubt, GUILTY], rules, KNOWN))).toEqual([[inDoubt], [], []]);
  });
});

const faults = (rejects: number, failures = 0): Partial<Ledger> => ({
  istiodStanding: { rejects, failures },
  istiods: { source: { rejects: 0, failures: 0 }, target: { rejects: 3, failures: 4, proxies: 10 } },
});

describe("the target's istiod", () => {
  it('is charged with faults that stand for two looks, after whatever requests tell', () => {
    const past: Past = {
      ...KNOWN,
      istiods: { source: { rejects: 0, failures: 0, proxies: 9 }, target: { rejects: 0, failures: 0 } },
    };
    expect(charge(faults(2), WELL, RULES, past)).toEqual({
      kind: 'FAIL',
      reasonCode: 'config-rejected',
      reason:
        'istiod 1-32: its configuration was rejected 3 times by its 10 connected proxies; istiod 1-31 had none in the hour before and since',
      queries: [expect.stringContaining('[360000ms] @ 1000360.000')],
    });
    expect(charge(faults(0, 2))?.reasonCode).toBe('injection-failed');
    expect(charge(faults(2), BREACHED)?.reasonCode).toBe('config-rejected');
    expect(charge(faults(2), WELL, RULES, KNOWN, [GUILTY])?.reasonCode).toBe('error-rate');
  });
  it('is not charged with one look, nor where it is not compared', () => {
    expect(charge(faults(1, 1))).toBeUndefined();
    const { controlPlanes: _, ...alone } = RULES;
    expect(charge(faults(2), WELL, alone)).toBeUndefined();
  });
});

const gone = (subject: string, more: Partial<Unit> = {}): readonly Unit[] => [
  unit(subject, 'client', { lost: 2, fromOthers: { requests: 0, lost: 2 }, ...more }),
  unit(subject, 'server', { lost: 2, reporting: true }),
];

const never = (): Elsewhere => {
  throw new Error('nobody asked');
};

describe('lost traffic', () => {
  const [CLIENT = GUILTY, SERVER = GUILTY] = gone('a');
  it.each([
    ['callers and proxies count too little, and others are busy', [CLIENT, SERVER], WELL],
    ['others are half as busy', [CLIENT, SERVER], wellWith(300, 6_000)],
  ])('is charged where %s', (_, units, around) => {
    expect(charge({ units }, around)).toEqual({
      kind: 'FAIL',
      reasonCode: 'traffic-lost',
      reason:
        'a: callers and proxies both count far fewer requests than at the quietest time of the hour before, while other namespaces are as busy as ever',
    });
  });
  it.each([
    ['seen by callers alone', [CLIENT], WELL],
    ['seen by proxies alone', [SERVER], WELL],
    ['seen at one look by callers', [{ ...CLIENT, lost: 1 }, SERVER], WELL],
    ['seen at one look by proxies', [CLIENT, { ...SERVER, lost: 1 }], WELL],
    ['callers outside of the batch count as many', [{ ...CLIENT, fromOthers: { requests: 9, lost: 1 } }, SERVER], WELL],
    ['its proxies do not report', [CLIENT, { ...SERVER, reporting: false }], WELL],
    ['of two namespaces, one side each', [CLIENT, { ...SERVER, subject: 'b' }], WELL],
    ['of a namespace that has no window', gone('b'), WELL],
    ['others are silent too', [CLIENT, SERVER], wellWith(299, 6_000)],
    ['others had no traffic before', [CLIENT, SERVER], wellWith(600, 0)],
    ['nobody is left to compare with', [CLIENT, SERVER], UNKNOWN],
  ])('is telemetry at most: %s', (_, units, around) => {
    expect(charge({ units }, around)).toBeUndefined();
  });
  it('asks for others only where something is lost', () => {
    expect(chargeOf(ledgerWith({ units: [{ ...CLIENT, lost: 1 }] }), RULES, KNOWN, never, new Set())).toBeUndefined();
  });
});
