import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../src/slo/judge.ts';
import { type Ledger, openLedger } from '../../src/slo/ledger.ts';
import type { Rules } from '../../src/slo/rules.ts';
import { tickLine } from '../../src/slo/tick-line.ts';
import { counts, kindOf, play, T0 } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const RULES: Rules = {
  settings: settingsWith(),
  subjects: ['payments'],
  signals: ['client'],
  unmoved: [],
  scrapeIntervalMs: 15_000,
  lagMs: 0,
};
const open = openLedger(RULES);
const looked: Ledger = {
  ...open,
  units: open.units.map((unit) => ({ ...unit, counts: counts(1_204, 37) })),
  newestMs: T0 - 12_000,
};
const going = (needs: readonly string[]): Judgement => ({ kind: 'continue', needs, worst: undefined });

describe('the line of a look', () => {
  it.each([
    ['nothing, at first', open, going([]), '0 requests, 0 failed (0 %); no data yet; needs one more look'],
    [
      'what is counted, how old it is, and what is needed',
      looked,
      going(['30s more of bake', 'fresh samples']),
      '1,204 requests, 37 failed (3.1 %); data 12s old; needs 30s more of bake, fresh samples',
    ],
    [
      'why nothing could be seen',
      { ...looked, trouble: { kind: 'blind', sinceMs: T0, looks: 1, reason: 'HTTP 503' } },
      going(['fresh samples']),
      '1,204 requests, 37 failed (3.1 %); data 12s old; blind: HTTP 503; needs fresh samples',
    ],
  ] as const)('tells %s', (_, ledger, judgement, said) => {
    expect(tickLine('batch 1', ledger, judgement, T0)).toBe(`gate, batch 1: ${said}`);
  });

  it('names the worst unit while there is no verdict, and the verdict once there is', () => {
    const one = play({ ticks: [new Map([['payments', counts(100, 2)]])], subjects: ['payments'] });
    const worst = one.kind === 'continue' ? one.worst?.sentence : '';
    expect(worst).toMatch(/^payments: 2 of 100 requests/);
    expect(tickLine('batch 1', looked, one, T0)).toContain(`(3.1 %); worst ${worst ?? ''}; data 12s old; needs `);

    const bad = Array.from({ length: 4 }, () => new Map([['payments', counts(100, 50)]]));
    const over = play({ ticks: bad, subjects: ['payments'] });
    expect(kindOf(over)).toBe('FAIL');
    expect(tickLine('batch 1', looked, over, T0)).toMatch(/; data 12s old; FAIL \(error-rate\): payments: .*$/);
  });
});
