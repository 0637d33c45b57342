import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import type { Ledger } from '../../src/slo/ledger.ts';
import { pasteQuery } from '../../src/slo/queries.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { emptyUnit, type Unit } from '../../src/slo/unit.ts';
import { unitVerdicts } from '../../src/slo/units.ts';
import { verdictOf } from '../../src/slo/verdict-of.ts';
import type { Signal } from '../../src/slo/verdict.ts';
import { counts, T0 } from '../builders/gate-play.ts';
import { CLOSED, hour, ledgerWith, MINUTE, NOW, open, rulesWith, unit } from '../builders/ledger.ts';

const END = { kind: 'HOLD', reasonCode: 'inconclusive', reason: 'so' } as const;
const verdict = (ledger: Ledger, rules: Rules = rulesWith(), past: Past = NO_PAST, own?: readonly string[]) =>
  verdictOf(
    {
      ledger,
      rules,
      past,
      moment: NOW,
      around: () => ({ kind: 'unknown' }),
      units: () => unitVerdicts(ledger, rules, past, new Set()),
    },
    END,
    own,
  );
const of = (subject: string, signal: Signal, requests: number, errors = 0): Unit => ({
  ...emptyUnit(subject, signal, 0.01),
  counts: counts(requests, errors),
});
const opened = (startMs: number) =>
  new Map([
    ['a', open(20, startMs)],
    ['b', CLOSED],
    ['c', open(20)],
  ]);

const queryFor = (signal: Signal) => pasteQuery({ signal, subjects: ['a'], matchers: [] }, T0, NOW.nowMs);

describe('a verdict', () => {
  it('has each inbound request once', () => {
    const units = [of('a', 'client', 900, 9), of('a', 'server', 700, 7), of('b', 'server', 50, 1)];
    expect(verdict(ledgerWith({ units }))).toMatchObject({ ...END, requests: 950, errors: 10 });
  });

  it('names the subjects that could prove nothing, by no signal', () => {
    const past = hour('client', { c: { requests: 50 } });
    const units = [
      unit('a', 1_000),
      of('b', 'client', 5),
      of('c', 'client', 0),
      of('d', 'client', 5),
      of('d', 'server', 900),
    ];
    const rules = rulesWith({}, { subjects: ['a', 'b', 'c', 'd'] });
    expect(verdict(ledgerWith({ units }), rules, past).unproved).toEqual(['b', 'c']);
  });

  it('covers the time since the first window opened, to what was counted last', () => {
    const { windowStartMs, windowEndMs } = verdict(ledgerWith({ windows: opened(T0 + MINUTE), toMs: T0 + 3 * MINUTE }));
    expect({ windowStartMs, windowEndMs }).toEqual({ windowStartMs: T0, windowEndMs: T0 + 3 * MINUTE });
  });

  it('covers no time, and asks nothing, before a window opened and a look was had', () => {
    const { toMs: _, newestMs: __, ...unseen } = ledgerWith({ windows: new Map([['a', CLOSED]]) });
    const found = verdict(unseen);
    expect(found).toMatchObject({ windowStartMs: NOW.nowMs, windowEndMs: NOW.nowMs, queries: [] });
    expect(found).not.toHaveProperty('dataAgeMs');
  });

  it.each([
    ['a minute old', NOW.nowMs - MINUTE, MINUTE],
    ['from a clock that is ahead', NOW.nowMs + MINUTE, 0],
  ])('says how old its newest sample is: %s', (_, newestMs, dataAgeMs) => {
    expect(verdict(ledgerWith({ newestMs }))).toMatchObject({ dataAgeMs });
  });

  it('warns of what may mislead', () => {
    expect(verdict(ledgerWith({ unusable: 3 })).warnings).toEqual([expect.stringContaining('3')]);
    expect(verdict(ledgerWith()).warnings).toEqual([]);
  });
});

describe('the queries of a verdict', () => {
  const signals = ['client', 'server', 'outbound'] as const;
  const rules = rulesWith({}, { signals });

  it('come in the order of the signals, but for that of the worst unit, which is first', () => {
    const asked = (worst?: Signal) => {
      const units = signals.map((signal) => of('a', signal, 1_000, signal === worst ? 50 : 0));
      return verdict(ledgerWith({ units }), rules).queries;
    };
    expect(asked()).toEqual(signals.map(queryFor));
    expect(asked('server')).toEqual([queryFor('server'), queryFor('client'), queryFor('outbound')]);
    expect(asked('outbound')).toEqual([queryFor('outbound'), queryFor('client'), queryFor('server')]);
  });

  it('are none of a signal that nobody has', () => {
    expect(verdict(ledgerWith(), rules).queries).toHaveLength(1);
    expect(verdict(ledgerWith({ units: [] }), rules).queries).toEqual([]);
  });

  it('ask for the ten worst of many', () => {
    const units = Array.from({ length: 12 }, (_, index) => unit(`ns-${String(index).padStart(2, '0')}`, 1_000, index));
    const [query = ''] = verdict(ledgerWith({ units })).queries;
    const asked = new Set(query.match(/ns-\d\d/gu));
    expect([...asked].toSorted()).toEqual(units.slice(2).map(({ subject }) => subject));
  });

  it('follow those that its reason rests on', () => {
    expect(verdict(ledgerWith(), rulesWith(), NO_PAST, ['mine'])).toMatchObject({
      queries: ['mine', expect.stringContaining('istio_requests_total')],
    });
  });
});
