import { describe, expect, it } from 'vitest';
import type { Objective } from '../../src/config/config.ts';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { NO_COUNTS } from '../../src/slo/counts.ts';
import type { Ledger } from '../../src/slo/ledger.ts';
import { allOpenSince, isFresh, isHopeless, shortfalls, unconfirmed, waits } from '../../src/slo/readiness.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import { T0 } from '../builders/gate-play.ts';
import {
  BLIND,
  CLOSED,
  GOOD,
  hour,
  ledgerWith,
  MINUTE,
  NOW,
  open,
  provenBy,
  RULES,
  rulesWith,
  unit,
} from '../builders/ledger.ts';

describe('windows', () => {
  it('are all open since the last of them opened', () => {
    const windows = new Map([
      ['a', open(20, T0 + 7)],
      ['b', open(20)],
    ]);
    expect(allOpenSince(ledgerWith({ windows }), RULES)).toBe(T0 + 7);
    expect(allOpenSince(ledgerWith({ windows: new Map([...windows, ['b', CLOSED]]) }), RULES)).toBeUndefined();
    expect(allOpenSince(ledgerWith({ windows: new Map([['a', open(20)]]) }), RULES)).toBeUndefined();
  });
});

describe('evidence', () => {
  const watched = {
    subject: 'c',
    signal: 'client',
    limit: 0.01,
    detector: { byRequest: [], bySample: [] },
    lately: NO_COUNTS,
  } as const;
  it.each([
    ['is none', {}, false],
    ['of one sample', { units: [...GOOD, unit('a', 100, 50, { proven: true, proof: provenBy(1) })] }, true],
    ['of two', { units: [unit('a', 200, 100, { proven: true, proof: provenBy(2) })] }, false],
    ['that proves nothing', { units: [unit('a', 100, 50, { proof: provenBy(1) })] }, false],
    ['of lost routes, of one sample', { units: [unit('a', 100, 0, { strayed: true, routes: provenBy(1) })] }, true],
    ['of lost routes, of two', { units: [unit('a', 100, 0, { strayed: true, routes: provenBy(2) })] }, false],
    ['of a relapse, of one sample', { watch: [{ ...watched, alarmed: 1 }] }, true],
    ['of a relapse, of two', { watch: [{ ...watched, alarmed: 2 }] }, false],
    ['of istiod', { istiodStanding: { rejects: 0, failures: 1 } }, true],
  ] as const)('%s waits to be confirmed: %#', (_, more, waiting) => {
    expect(unconfirmed(ledgerWith(more))).toBe(waiting);
  });
});

describe('a batch', () => {
  it.each([
    ['nothing', {}, NOW, []],
    ['its rollout', {}, { ...NOW, rolloutOver: false }, ['the rollout to end']],
    ['its windows, and no bake before', { windows: new Map([['b', CLOSED]]) }, NOW, ['the window of a, b to open']],
    ['the rest of its bake', { toMs: T0 + 4 * MINUTE }, NOW, ['1m more of bake']],
    [
      'samples enough of each',
      {
        windows: new Map([
          ['a', open(20)],
          ['b', open(2)],
        ]),
      },
      NOW,
      ['1 more samples'],
    ],
    [
      'three samples and no more',
      {
        windows: new Map([
          ['a', open(3)],
          ['b', open(3)],
        ]),
      },
      NOW,
      [],
    ],
    ['fresh samples', { trouble: BLIND }, NOW, ['fresh samples']],
    [
      'all of it at first',
      {
        windows: new Map([
          ['a', open(1)],
          ['b', open(1)],
        ]),
        toMs: T0 + MINUTE,
        trouble: BLIND,
      },
      { ...NOW, rolloutOver: false },
      ['the rollout to end', '4m more of bake', '2 more samples', 'fresh samples'],
    ],
  ] as const)('waits for %s', (_, more, moment, waiting) => {
    expect(waits(ledgerWith(more), RULES, moment)).toEqual(waiting);
  });

  it('waits for the whole bake before its first look', () => {
    const { toMs: _, ...unseen } = ledgerWith();
    expect(waits(unseen, RULES, NOW)).toEqual(['5m more of bake']);
  });
});

describe('a sample', () => {
  const { newestMs: _, ...unseen } = ledgerWith();
  it.each([
    ['as old as the lag and two scrapes', ledgerWith({ newestMs: NOW.nowMs - 33_000 }), true],
    ['older', ledgerWith({ newestMs: NOW.nowMs - 33_001 }), false],
    ['that is young, while Prometheus is blind', ledgerWith({ trouble: BLIND }), false],
    ['that never came', unseen, false],
  ])('speaks of now, or not: %s', (__, ledger, fresh) => {
    expect(isFresh(ledger, RULES, NOW)).toBe(fresh);
  });
});

const short = (units: readonly Unit[], rules = RULES, past: Past = NO_PAST, more: Partial<Ledger> = {}) =>
  shortfalls(ledgerWith({ units, ...more }), rules, past).map(({ code, text }) => `${code}: ${text}`);

const objective = (name: string, hard: boolean): Objective => ({
  name,
  hard,
  measure: { kind: 'scalar', query: 'q', max: 5 },
});

const stray = (subject: string): Unit => ({
  ...emptyUnit(subject, 'gateway', 0.01),
  counts: { ...NO_COUNTS, requests: 1_000, noRoute: 100 },
});

describe('a finished bake', () => {
  it.each([
    ['busy and clean', GOOD],
    ['with a thin unit beside', [unit('a', 300), unit('b', 0)]],
    ['missed by its telemetry at one look', [unit('a', 1_000, 0, { missing: 1 })]],
    ['sending less', [...GOOD, { ...unit('a', 1_000), signal: 'outbound', missing: 2 }]],
    ['with fewer connections', [...GOOD, { ...unit('a', 1_000), signal: 'tcp', missing: 2 }]],
    ['with evidence of one sample', [...GOOD, unit('a', 10, 0, { proven: true, proof: provenBy(1) })]],
  ] as const)('is a PASS where nothing is missing: %s', (_, units) => {
    expect(short(units)).toEqual([]);
  });

  it.each([
    [
      'without traffic',
      [unit('a', 5), unit('b', 0)],
      [
        'no-traffic: no namespace has enough traffic to be judged',
        'no-traffic: 5 of the 300 requests that a PASS needs',
      ],
    ],
    [
      'with too little of it',
      [unit('a', 200), unit('b', 5)],
      ['no-traffic: 205 of the 300 requests that a PASS needs'],
    ],
    [
      'over its limit',
      [unit('a', 1_000, 11), unit('b', 1_000, 10)],
      ['inconclusive: a: more requests fail than the limit allows'],
    ],
    [
      'over its limit twice',
      [unit('a', 1_000, 11), unit('b', 1_000, 11), unit('b', 1_000, 12)],
      ['inconclusive: a, b: more requests fail than the limit allows'],
    ],
    [
      'without its telemetry',
      [...GOOD, unit('a', 1_000, 0, { missing: 2 })],
      [
        'telemetry-lost: a: far fewer requests than at the quietest time of the hour before; whether traffic or its telemetry is lost cannot be told',
      ],
    ],
    [
      'provably worse, and nobody to blame',
      [...GOOD, unit('a', 10, 0, { proven: true, proof: provenBy(2) })],
      ['inconclusive: a: provably worse than in the hour before, and nowhere to see whether the upgrade did it'],
    ],
  ] as const)('is none %s', (_, units, sentences) => {
    expect(short(units)).toEqual(sentences);
  });

  it('names the unit that has the longest way to go, of those that can still bring enough', () => {
    const past = hour('client', { a: { requests: 7_200 }, b: { requests: 7_200 } });
    const few = 'of the 100 requests that can be judged (client side)';
    expect(short([unit('a', 40), unit('c', 1_000)], RULES, past)).toEqual([`no-traffic: a: 40 ${few}`]);
    expect(short([unit('a', 60), unit('b', 40), unit('c', 1_000)], RULES, past)).toEqual([
      `no-traffic: b: 40 ${few}, and 1 more like it`,
    ]);
  });

  it('is held up by hard objectives that are not met, and by no others', () => {
    const rules = rulesWith({ objectives: [objective('p99', true), objective('soft', false), objective('met', true)] });
    const met = { state: 'met', standing: 0, reading: { kind: 'scalar', value: 1 } } as const;
    const objectives = new Map([['met', met]]);
    expect(short(GOOD, rules, NO_PAST, { objectives })).toEqual(['inconclusive: objective p99: no data']);
  });

  it('must be proved where the user asks for proof', () => {
    const few = [unit('a', 400), unit('b', 100_000)];
    expect(short(few, rulesWith({ evidence: 'proved' }))).toEqual([
      'inconclusive: a: not proved to be within the limit',
    ]);
    expect(short(few)).toEqual([]);
  });

  it('needs more to be proved where requests failed together before', () => {
    const past: Past = { ...NO_PAST, bursts: new Map([['client', new Map([['a', 50]])]]) };
    const rules = rulesWith({ evidence: 'proved' });
    expect(short([unit('a', 10_000)], rules, NO_PAST)).toEqual([]);
    expect(short([unit('a', 10_000)], rules, past)).toHaveLength(1);
  });

  it('may be as bad as before where people know of it', () => {
    const bad = [unit('a', 1_000, 50), unit('b', 1_000)];
    const past = hour('client', { a: { requests: 1_000, errors: 50 } });
    expect(short(bad, rulesWith({}, { overBefore: ['a'] }), past)).toEqual([]);
    expect(short(bad, RULES, past)).toHaveLength(1);
  });

  it('is none where requests find no route and nobody can tell why', () => {
    const untold = 'whether routes are lost, or somebody asks for what never was, cannot be told';
    expect(short([stray('edge/in')])).toEqual([
      `inconclusive: edge/in: 100 of 1,000 requests found no route (NR, 10 %), nothing is known of the hour before, gateway; 900 found one; ${untold}`,
    ]);
    expect(short([stray('edge/in'), stray('edge/out')])[0]).toContain(`900 found one, and 1 more like it; ${untold}`);
  });

  it('says the gravest first', () => {
    const past = hour('client', { c: { requests: 7_200 } });
    const codes = short([unit('a', 150, 10, { missing: 2 }), unit('c', 40)], RULES, past).map((text) =>
      text.slice(0, 20),
    );
    expect(codes).toEqual([
      'telemetry-lost: a: f',
      'inconclusive: a: mor',
      'no-traffic: c: 40 of',
      'no-traffic: 190 of t',
    ]);
  });
});

const hopeless = (units: readonly Unit[], past: Past, nowMs = NOW.nowMs, more: Partial<Ledger> = {}) =>
  isHopeless(ledgerWith({ units, ...more }), RULES, past, { ...NOW, nowMs });

describe('to wait until max-bake', () => {
  const plenty = hour('client', { a: { requests: 7_200 }, b: { requests: 7_200 } });
  it.each([
    ['is worth while where the hour before promises enough', [unit('a', 5), unit('b', 5)], plenty, false],
    ['is not where everything is thin', [unit('a', 5), unit('b', 5)], NO_PAST, true],
    [
      'is not where all together bring too little',
      [unit('a', 40), unit('b', 0)],
      hour('client', { a: { requests: 300 } }),
      true,
    ],
    [
      'is worth while where all together bring enough',
      [unit('a', 5), unit('b', 5)],
      hour('client', { a: { requests: 400 }, b: { requests: 300 } }),
      false,
    ],
    [
      'is not where enough is sent or connected alone',
      [unit('a', 10), { ...unit('a', 900), signal: 'outbound' }, { ...unit('a', 900), signal: 'tcp' }, unit('b', 0)],
      NO_PAST,
      true,
    ],
  ] as const)('%s', (_, units, past, said) => {
    expect(hopeless(units, past)).toBe(said);
  });
  it('is over at max-bake, since all windows opened', () => {
    const units = [unit('a', 5), unit('b', 5)];
    expect(hopeless(units, plenty, T0 + 30 * MINUTE - 1)).toBe(false);
    expect(hopeless(units, plenty, T0 + 30 * MINUTE)).toBe(true);
    expect(hopeless(units, plenty, T0 + 30 * MINUTE, { windows: new Map([['a', open(20)]]) })).toBe(false);
  });
});
