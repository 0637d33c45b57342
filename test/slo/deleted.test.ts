import { describe, expect, it } from 'vitest';
import { NO_PAST } from '../../src/slo/comparison.ts';
import { ledgerWithout, rulesWithout } from '../../src/slo/deleted.ts';
import { observe, openLedger } from '../../src/slo/ledger.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { aTick, counts, STEP_MS, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const RULES: Rules = {
  settings: settingsWith(),
  subjects: ['payments', 'cart'],
  signals: ['client'],
  unmoved: [],
  watched: ['web', 'bank'],
  scrapeIntervalMs: STEP_MS,
  lagMs: 0,
};

describe('a namespace that is deleted', () => {
  it('is neither judged nor watched any more, and what is left keeps its share of the risk', () => {
    const rules = rulesWithout(new Set(['cart', 'web']), RULES);
    expect(rules).toEqual({ ...RULES, subjects: ['payments'], watched: ['bank'], among: 2 });
    expect(rulesWithout(new Set(['payments']), rules)).toMatchObject({ subjects: [], among: 2 });
  });

  it('needs nobody to be under watch', () => {
    const { watched: _, ...unwatched } = RULES;
    expect(rulesWithout(new Set(['cart']), unwatched)).toMatchObject({ subjects: ['payments'], watched: [] });
  });

  it('takes along what was counted of it, and nothing else', () => {
    const tick = aTick({
      counts: new Map([['client', new Map(['payments', 'cart', 'web', 'bank'].map((name) => [name, counts(100, 1)]))]]),
    });
    const due = new Map(RULES.subjects.map((subject) => [subject, T0]));
    const ledger = observe(openLedger(RULES), tick, due, RULES, NO_PAST);
    const left = ledgerWithout(new Set(['cart', 'web']), ledger);
    expect(left.units).toEqual(ledger.units.filter(({ subject }) => subject === 'payments'));
    expect([...left.windows.keys()]).toEqual(['payments']);
    expect(left.watch).toEqual(ledger.watch.filter(({ subject }) => subject === 'bank'));
    expect([left.units.length, left.watch.length]).toEqual([1, 1]);
  });
});
