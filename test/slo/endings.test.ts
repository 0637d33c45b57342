import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { NO_COUNTS } from '../../src/slo/counts.ts';
import { type Facts, holding, passing, unseeing } from '../../src/slo/endings.ts';
import { emptyUnit } from '../../src/slo/unit.ts';
import { unitVerdicts } from '../../src/slo/units.ts';
import { T0 } from '../builders/gate-play.ts';
import { BLIND, CLOSED, hour, ledgerWith, MINUTE, NOW, open, provenBy, rulesWith, unit } from '../builders/ledger.ts';

const KNOWN: Past = { ...NO_PAST, complete: true };
const facts = (more: Partial<Facts> = {}): Facts => {
  const all = { ledger: ledgerWith(), rules: rulesWith(), past: KNOWN, moment: NOW, ...more };
  const units = () => unitVerdicts(all.ledger, all.rules, all.past, new Set());
  return { ...all, units, around: () => ({ kind: 'unknown' }) };
};
const said = (end: ReturnType<typeof passing>) => end && `${end.kind} ${end.reasonCode}: ${end.reason}`;

const refused = (looks: number) => ({ kind: 'misconfigured', sinceMs: NOW.nowMs, looks, reason: 'HTTP 400' }) as const;
const since = (sinceMs: number) => ({ ...BLIND, sinceMs, looks: 9 });

describe('without sight', () => {
  it.each([
    ['there is no trouble', undefined, undefined],
    ['Prometheus refused once', refused(1), undefined],
    ['it refused twice', refused(2), 'HOLD misconfigured: the gate cannot judge by what Prometheus answers: HTTP 400'],
    ['it is silent for a little less than five minutes', since(T0 + 1), undefined],
    ['it is silent for five minutes', since(T0), 'HOLD blind: nothing could be measured for 5m: HTTP 503'],
  ])('the gate looks on, or holds: %s', (_, trouble, end) => {
    const ledger = trouble === undefined ? ledgerWith() : ledgerWith({ trouble });
    expect(said(unseeing(facts({ ledger })))).toBe(end);
  });

  it('of the hour before, the gate holds as soon as for want of the present', () => {
    const past = { ...NO_PAST, trouble: { ...BLIND, reason: 'the hour before: HTTP 503' } };
    const moment = { ...NOW, nowMs: NOW.nowMs - 1 };
    expect(unseeing(facts({ past, moment }))).toBeUndefined();
    expect(said(unseeing(facts({ past })))).toMatch(/^HOLD blind: the hour before could not be read for 5m: /u);
  });
});

describe('a PASS', () => {
  it('says what failed, and at most how much that can be', () => {
    expect(said(passing(facts()))).toBe('PASS ok: 0 of 2,000 requests failed (0 %, at most 0.27 % at 99 %)');
  });

  it('takes its bound from the unit whose requests failed together most', () => {
    const past: Past = { ...KNOWN, bursts: new Map([['client', new Map([['b', 5]])]]) };
    expect(said(passing(facts({ past })))).toBe('PASS ok: 0 of 2,000 requests failed (0 %, at most 1.3 % at 99 %)');
  });

  it('says how many signals proved nothing: too little traffic, or none where there was some', () => {
    const ledger = ledgerWith({ units: [unit('a', 1_000), unit('b', 5), unit('c', 0)] });
    const past = { ...hour('client', { c: { requests: 50 } }), complete: true };
    expect(said(passing(facts({ ledger, past })))).toMatch(/; 2 of 3 signals had too little traffic to judge$/u);
  });

  it.each([
    ['the hour before', { past: NO_PAST }],
    ['the rest of the bake', { ledger: ledgerWith({ toMs: T0 + 4 * MINUTE }) }],
    ['evidence to be confirmed', { ledger: ledgerWith({ istiodStanding: { rejects: 0, failures: 1 } }) }],
    ['traffic', { ledger: ledgerWith({ units: [unit('a', 5), unit('b', 5)] }) }],
  ])('waits for %s', (_, more) => {
    expect(passing(facts(more))).toBeUndefined();
  });

  describe('without traffic, where people accept that', () => {
    const rules = rulesWith({ onNoTraffic: 'pass' });
    const hopeful = { ...hour('client', { a: { requests: 7_200 } }), complete: true };
    const stray = { ...emptyUnit('b', 'gateway', 0.01), counts: { ...NO_COUNTS, requests: 90, noRoute: 60 } };
    it('says what is missing', () => {
      const ledger = ledgerWith({ units: [unit('a', 5), unit('b', 0)] });
      expect(said(passing(facts({ rules, ledger })))).toBe(
        'PASS no-traffic-accepted: too little traffic to judge, accepted by on-no-traffic: no namespace has enough traffic to be judged; 5 of the 300 requests that a PASS needs',
      );
    });
    it.each([
      ['a failure among few requests', [unit('a', 5), unit('b', 20, 5)], KNOWN],
      ['lost routes', [unit('a', 5), stray], KNOWN],
      ['more than traffic missing', [unit('a', 5, 0, { missing: 2 }), unit('b', 0)], KNOWN],
      ['traffic that may still come', [unit('a', 5), unit('b', 0)], hopeful],
    ] as const)('accepts nothing else: %s', (_, units, past) => {
      expect(passing(facts({ rules, ledger: ledgerWith({ units }), past }))).toBeUndefined();
    });
    it('accepts as many failures as the limit allows, at max-bake', () => {
      const nowMs = T0 + 30 * MINUTE;
      const ledger = ledgerWith({ units: [unit('a', 200, 2), unit('b', 0)], toMs: nowMs, newestMs: nowMs });
      expect(passing(facts({ rules, ledger, moment: { ...NOW, nowMs } }))?.reasonCode).toBe('no-traffic-accepted');
    });
  });
});

describe('at max-bake', () => {
  const late = { ...NOW, nowMs: T0 + 30 * MINUTE };
  const fresh = { newestMs: late.nowMs, toMs: late.nowMs };
  const few = ledgerWith({ ...fresh, units: [unit('a', 5), unit('b', 0)] });
  it.each([
    ['a little before', { ledger: few, moment: { ...late, nowMs: late.nowMs - 1 } }],
    ['while pods still restart', { ledger: few, moment: { ...late, rolloutOver: false } }],
    ['while a window is closed', { ledger: { ...few, windows: new Map([['a', CLOSED]]) }, moment: late }],
  ])('and not before: %s', (_, more) => {
    expect(holding(facts(more))).toBeUndefined();
  });

  it('counts from when the last window opened', () => {
    const windows = new Map([
      ['a', open(20)],
      ['b', open(20, T0 + 2 * MINUTE)],
    ]);
    const moment = { ...late, nowMs: T0 + 32 * MINUTE };
    const ledger = { ...few, windows, newestMs: moment.nowMs };
    expect(said(holding(facts({ ledger, moment })))).toMatch(/^HOLD no-traffic: after 30m: /u);
  });

  it.each([
    ['no sample', ledgerWith(), 'HOLD blind: after 30m: no fresh sample'],
    ['no sample, and why', ledgerWith({ trouble: BLIND }), 'HOLD blind: after 30m: no fresh sample (HTTP 503)'],
    [
      'all that is missing',
      few,
      'HOLD no-traffic: after 30m: no namespace has enough traffic to be judged; 5 of the 300 requests that a PASS needs',
    ],
    [
      'the numbers of what is over its limit',
      ledgerWith({ ...fresh, units: [unit('b', 1_000), unit('a', 1_000, 11)] }),
      expect.stringMatching(
        /^HOLD inconclusive: after 30m: a: 11 of 1,000 requests failed .*; a: more requests fail than the limit allows$/u,
      ),
    ],
    [
      'no numbers where all are within theirs',
      ledgerWith({ ...fresh, units: [unit('b', 1_000), unit('a', 1_000, 9, { proven: true, proof: provenBy(2) })] }),
      'HOLD inconclusive: after 30m: a: provably worse than in the hour before, and nowhere to see whether the upgrade did it',
    ],
    [
      'no numbers where telemetry is lost, which is the graver',
      ledgerWith({ ...fresh, units: [unit('b', 1_000, 0, { missing: 2 }), unit('a', 1_000, 11)] }),
      expect.stringMatching(
        /^HOLD telemetry-lost: after 30m: b: far fewer requests .* cannot be told; a: more requests fail than the limit allows$/u,
      ),
    ],
    [
      'evidence that nobody confirmed',
      ledgerWith({ ...fresh, istiodStanding: { rejects: 0, failures: 1 } }),
      'HOLD inconclusive: after 30m: still waiting for evidence to be confirmed',
    ],
    [
      'samples that did not come, and such evidence',
      ledgerWith({
        ...fresh,
        istiodStanding: { rejects: 0, failures: 1 },
        windows: new Map([
          ['a', open(2)],
          ['b', open(2)],
        ]),
      }),
      'HOLD inconclusive: after 30m: still waiting for 1 more samples, evidence to be confirmed',
    ],
  ])('the gate holds, and says for want of what: %s', (_, ledger, end) => {
    expect(said(holding(facts({ ledger, moment: late })))).toEqual(end);
  });

  it('does not wait five minutes more for the hour before', () => {
    const trouble = { ...BLIND, sinceMs: late.nowMs - MINUTE, reason: 'the hour before: HTTP 503' };
    const past = { ...NO_PAST, trouble };
    expect(said(holding(facts({ ledger: ledgerWith(fresh), past, moment: late })))).toMatch(
      /^HOLD blind: the hour before could not be read for 1m: /u,
    );
  });

  it('holds for the hour before where it was never asked for', () => {
    expect(said(holding(facts({ ledger: ledgerWith(fresh), past: NO_PAST, moment: late })))).toBe(
      'HOLD inconclusive: after 30m: still waiting for the hour before',
    );
  });
});
