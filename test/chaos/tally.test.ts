import { describe, expect, it } from 'vitest';
import type { CaseResult } from './sweep.ts';
import { tally } from './tally.ts';

const killed = (at: number, over: Partial<CaseResult> = {}): CaseResult => ({
  command: 'rollback',
  at,
  moment: 'before',
  way: 'again',
  mutation: 'patch namespaces/web',
  problems: [],
  seconds: 1,
  ...over,
});
/** The run had fewer mutations, and nothing was killed. */
function passedOver(at: number, moment: CaseResult['moment']): CaseResult {
  const { mutation: _, ...rest } = killed(at, { moment });
  return rest;
}

describe('the tally of a sweep', () => {
  it('is whole where every interruption leads to the expected cluster', () => {
    const complete = killed(1, { command: 'complete' });
    expect(tally([killed(1), killed(1, { moment: 'after' }), complete])).toEqual({
      text:
        'rollback: 2 of 2 interruptions lead to the expected cluster\n' +
        'complete: 1 of 1 interruptions lead to the expected cluster',
      isWhole: true,
    });
  });

  it('names what was passed over, and is whole where the number was reached in another way', () => {
    const { text, isWhole } = tally([killed(2), passedOver(2, 'after')]);
    expect(text).toContain('1 of 1 interruptions');
    expect(text).toContain('no such mutation: after 2, then again');
    expect(isWhole).toBe(true);
  });

  it('is not whole where no run reached a number', () => {
    const { text, isWhole } = tally([killed(1), passedOver(2, 'before'), passedOver(2, 'after')]);
    expect(text).toContain('NEVER REACHED: 2');
    expect(isWhole).toBe(false);
  });

  it('is not whole where one leads elsewhere, or a run went wrong by itself', () => {
    const wrong = { ...passedOver(2, 'before'), problems: ['it ended held by itself'] };
    expect(tally([killed(1), wrong])).toEqual({
      text: 'rollback: 1 of 2 interruptions lead to the expected cluster',
      isWhole: false,
    });
  });

  it('is not whole where nothing was played', () => {
    expect(tally([])).toMatchObject({ isWhole: false });
  });
});
