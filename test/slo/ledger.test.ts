import { describe, expect, it } from 'vitest';
import { alphaBeside, alphaOf } from '../../src/slo/rules.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const of = (subjects: readonly string[], among?: number) => ({
  settings: settingsWith(),
  signals: BATCH_SIGNALS,
  subjects,
  ...(among === undefined ? {} : { among }),
});

describe('alpha', () => {
  it('is for the batch and divided by its units, and no share grows when one of its namespaces is gone', () => {
    const two = of(['web', 'payments']);
    const left = of(['web'], 2);
    expect([alphaOf(left), alphaBeside(left)]).toEqual([alphaOf(two), alphaBeside(two)]);
    expect(alphaOf(of(['web']))).toBe(2 * alphaOf(two));
  });
});
