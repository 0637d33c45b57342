import { describe, expect, it } from 'vitest';
import type { Objective } from '../../src/config/config.ts';
import { caveats } from '../../src/slo/caveats.ts';
import { type Elsewhere, NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { type Counts, NO_COUNTS } from '../../src/slo/counts.ts';
import { type Ledger, openLedger } from '../../src/slo/ledger.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import type { ReasonCode, Signal } from '../../src/slo/verdict.ts';
import { counts, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { nextWatch } from '../../src/slo/watch-list.ts';

const RULES: Rules = {
  settings: settingsWith(),
  subjects: ['a', 'b'],
  signals: ['client'],
  unmoved: [],
  scrapeIntervalMs: STEP_MS,
  lagMs: 0,
};
const WELL: Elsewhere = { kind: 'well', counts: counts(1_000, 0), before: counts(1_000, 0) };
const BREACHED: Elsewhere = { ...WELL, kind: 'breached' };
const UNKNOWN: Elsewhere = { kind: 'unknown' };

interface Case {
  readonly ledger?: Partial<Ledger>;
  readonly rules?: Partial<Rules>;
  readonly past?: Partial<Past>;
  readonly around?: Elsewhere;
  readonly reasonCode?: ReasonCode;
}
const said = ({ ledger, rules, past, around = WELL, reasonCode = 'ok' }: Case): readonly string[] => {
  const law = { ...RULES, ...rules };
  return caveats({ ...openLedger(law), ...ledger }, law, { ...NO_PAST, ...past }, around, reasonCode);
};
const unit = (subject: string, signal: Signal, found: Partial<Counts>, more: Partial<Unit> = {}): Unit => ({
  ...emptyUnit(subject, signal, 0.01),
  counts: { ...NO_COUNTS, ...found },
  ...more,
});
const hour = (signal: Signal, found: Readonly<Record<string, Partial<Counts>>>): Past['hour'] =>
  new Map([[signal, new Map(Object.entries(found).map(([name, each]) => [name, { ...NO_COUNTS, ...each }]))]]);

describe('beside a verdict', () => {
  it('nothing is said where nothing is amiss', () => {
    expect(said({})).toEqual([]);
  });

  it.each([
    [
      'that the PASS proves nothing',
      { reasonCode: 'no-traffic-accepted' },
      'this PASS proves nothing: there was too little traffic, and `on-no-traffic: pass` let it through; look yourself',
    ],
    ['what could not be measured of the past', { past: { gaps: ['calls are unknown'] } }, 'calls are unknown'],
    [
      'rows that were no counts',
      { ledger: { unusable: 1_200 } },
      '1,200 rows were NaN, infinite or negative and were left out',
    ],
    [
      'time that nobody counted',
      { ledger: { uncountedMs: 61_000 } },
      '1m1s of the time could not be counted: Prometheus knew nothing of what was before (it began anew, or its series do under other labels)',
    ],
    [
      'what the restart itself cost',
      { ledger: { restart: counts(500, 20) } },
      'during the restart itself 20 of 500 requests failed; they are not judged',
    ],
  ] as const)('a warning says %s', (_, given, sentence) => {
    expect(said(given)).toEqual([sentence]);
  });

  it('a restart that cost nothing is not mentioned', () => {
    expect(said({ ledger: { restart: counts(500, 0) } })).toEqual([]);
  });
});

describe('what was bad before', () => {
  const past = { hour: hour('client', { a: { requests: 1_000, errors: 100 }, b: { requests: 1_000, errors: 1 } }) };
  const A = 'a: failed above the limit in the hour before already; ';
  const UNACCEPTED = `${A}blamed by comparison only, and no PASS above the limit unless \`baseline-over-limit\` is accepted`;

  it.each([
    ['is judged by comparison', {}, [UNACCEPTED]],
    [
      'may pass where people know of it',
      { rules: { overBefore: ['a'] } },
      [`${A}judged by comparison only: no worse than then is a PASS`],
    ],
    ['is no matter where nothing is compared', { rules: { settings: settingsWith({ compare: 'off' }) } }, []],
    [
      'only warns where nobody is left to compare with',
      { around: UNKNOWN },
      [UNACCEPTED, 'no namespace without traffic to or from the batch is left to compare with: comparison only warns'],
    ],
    ['is judged where others fail too', { around: BREACHED }, [UNACCEPTED]],
    [
      'may be an incident of the whole mesh, which `compare: warn` says',
      { around: BREACHED, rules: { settings: settingsWith({ compare: 'warn' }) } },
      [UNACCEPTED, 'namespaces that were not moved fail too: this may be an incident of the whole mesh'],
    ],
    [
      'is said alone where others are well, with `compare: warn` too',
      { rules: { settings: settingsWith({ compare: 'warn' }) } },
      [UNACCEPTED],
    ],
  ] as const)('%s', (_, given, sentences) => {
    expect(said({ past, ...given })).toEqual(sentences);
  });

  it('is named once, whatever sides it has', () => {
    const both: Past['hour'] = new Map([...past.hour, ...hour('server', { a: { requests: 1_000, errors: 100 } })]);
    expect(said({ past: { hour: both }, rules: { signals: ['client', 'server'] } })).toEqual([UNACCEPTED]);
  });

  it('is not missed where nothing was bad and nobody is left to compare with', () => {
    expect(said({ around: UNKNOWN })).toEqual([]);
  });
});

const objective = (hard: boolean): Objective => ({
  name: 'p99',
  hard,
  measure: { kind: 'scalar', query: 'q', max: 500 },
});

const saidOf = (hard: boolean, state?: 'met' | 'breached') =>
  said({
    rules: { settings: settingsWith({ objectives: [objective(hard)] }) },
    ledger:
      state === undefined
        ? {}
        : { objectives: new Map([['p99', { state, standing: 0, reading: { kind: 'scalar', value: 812 } }]]) },
  });

describe('an objective', () => {
  it('that is soft warns where it is not met, or not known to be', () => {
    expect(saidOf(false, 'breached')).toEqual(['objective p99: 812, at most 500']);
    expect(saidOf(false)).toEqual(['objective p99: no data']);
    expect(saidOf(false, 'met')).toEqual([]);
  });
  it('that is hard is no matter of warnings', () => {
    expect(saidOf(true, 'breached')).toEqual([]);
  });
});

describe('what passed and is worse than in its bad hour', () => {
  const rules: Rules = { ...RULES, watched: ['cart'] };
  const past: Past = {
    ...NO_PAST,
    hour: hour('client', { cart: { requests: 1_000, errors: 100 } }),
    bursts: new Map([['client', new Map([['cart', 1]])]]),
  };
  const bad = { fromMs: T0, counts: new Map([['client' as const, new Map([['cart', counts(200, 200)]])]]) };
  const watch = [bad, bad].reduce((units, found) => nextWatch(units, found, rules, past), openLedger(rules).watch);
  const sentence = expect.stringMatching(/^cart, which had passed: 400 of 400 requests failed of late/);
  it('is looked at where nobody can tell who did it, and blamed elsewhere', () => {
    expect(said({ rules, past, ledger: { watch }, around: UNKNOWN })).toEqual([sentence]);
    expect(said({ rules, past, ledger: { watch }, around: WELL })).toEqual([]);
  });
});

const before = (signal: Signal, clientGone: number, requests = 10_000) => ({
  hour: hour(signal, { a: { requests, clientGone } }),
});

describe('requests without an answer of the workload', () => {
  it('that find no route are told where that is more than before', () => {
    const stray = unit('edge/in', 'gateway', { requests: 800, noRoute: 640 }, { strayed: true });
    expect(said({ ledger: { units: [stray] } })).toEqual([
      expect.stringMatching(/^edge\/in: 640 of 800 requests found no route/),
    ]);
    expect(said({ ledger: { units: [{ ...stray, strayed: false }] } })).toEqual([]);
  });

  const gone = (signal: Signal, clientGone: number) => ({
    units: [unit('a', signal, { requests: 1_000, clientGone })],
  });
  it.each([
    [
      'clearly more than before',
      gone('client', 50),
      before('client', 100),
      '50 requests were given up by their callers (DC) (5 %, 1 % in the hour before)',
    ],
    [
      'of a gateway',
      gone('gateway', 50),
      before('gateway', 0),
      '50 requests were given up by their callers (DC) (5 %, 0 % in the hour before)',
    ],
  ])('that callers gave up are told: %s', (_, ledger, past, sentence) => {
    expect(said({ ledger, past })).toEqual([sentence]);
  });
  it.each([
    ['twice as many as before', gone('client', 20), before('client', 100)],
    ['without an hour before', gone('client', 50), {}],
    ['without a request in the hour before', gone('client', 50), before('client', 0, 0)],
    ['seen by proxies alone', gone('server', 50), before('server', 0)],
    ['no request now', { units: [unit('a', 'client', {})] }, before('client', 0)],
  ])('that callers gave up are not told: %s', (_, ledger, past) => {
    expect(said({ ledger, past })).toEqual([]);
  });
});

describe("the target's istiod", () => {
  const controlPlanes = { source: '1-31', target: '1-32' };
  const istiods = { source: { rejects: 0, failures: 0 }, target: { rejects: 2, failures: 0, proxies: 5 } };
  it('is told of where it has faults, by each of them', () => {
    const warned = said({ rules: { controlPlanes }, ledger: { istiods } });
    expect(warned).toEqual([
      expect.stringMatching(/^istiod 1-32: its configuration was rejected 2 times by its 5 connected proxies; /),
    ]);
    const past = { istiods: { ...istiods, source: { rejects: 3, failures: 0, proxies: 9 } } };
    expect(said({ rules: { controlPlanes }, ledger: { istiods }, past })).toEqual([
      expect.stringContaining('istiod 1-31 had 3 in the hour before and since, with 9 proxies'),
    ]);
    expect(said({ ledger: { istiods } })).toEqual([]);
  });
});

it('the gravest comes first', () => {
  const warned = said({
    reasonCode: 'no-traffic-accepted',
    past: { gaps: ['a gap'], hour: hour('client', { a: { requests: 1_000, errors: 100 } }) },
    ledger: { unusable: 1, uncountedMs: 1_000, restart: counts(5, 1) },
  });
  expect(warned.map((sentence) => sentence.slice(0, 9))).toEqual([
    'this PASS',
    'a: failed',
    'a gap',
    '1 rows we',
    '1s of the',
    'during th',
  ]);
});
