import { describe, expect, it } from 'vitest';
import { closingLine, countsOfSuite, sumOf } from '../../scripts/counts.ts';

describe('the counts of a suite', () => {
  it('are said in one line', () => {
    expect(closingLine({ passed: 12, failed: 1, skipped: 0, failures: ['a'] })).toBe('12 passed, 1 failed, 0 skipped');
  });

  it('are added up, each kind by itself', () => {
    expect(
      sumOf([
        { passed: 12, failed: 1, skipped: 0, failures: ['a'] },
        { passed: 3, failed: 1, skipped: 2, failures: ['b'] },
      ]),
    ).toEqual({ passed: 15, failed: 2, skipped: 2, failures: ['a', 'b'] });
  });

  it('are those it left in its file', () => {
    const text = '{"passed":3,"failed":1,"skipped":2,"failures":["a"]}';
    expect(countsOfSuite('unit', 1, text)).toEqual({ passed: 3, failed: 1, skipped: 2, failures: ['a'] });
  });

  const NO_NUMBERS = 'and left no numbers';
  it.each<[number | null, string | undefined, number, string, string]>([
    [1, undefined, 0, `1 ${NO_NUMBERS}`, 'it crashed before it wrote anything'],
    [0, undefined, 0, `0 ${NO_NUMBERS}`, 'it ended well and yet said nothing'],
    [null, '{"passed":3,"fai', 0, `null ${NO_NUMBERS}`, 'it was killed while it wrote'],
    [0, '{"passed":3,"failed":0,"failures":[]}', 0, `0 ${NO_NUMBERS}`, 'a count is missing'],
    [0, 'null', 0, `0 ${NO_NUMBERS}`, 'no object at all'],
    [1, '{"passed":3,"failed":0,"skipped":0,"failures":[]}', 3, '1, and no test says why', 'it ended badly'],
  ])('have one failure with status %j and the text %j, and %d passed: %s (%s)', (status, text, passed, why) => {
    const failures = [`unit ended with status ${why}`];
    expect(countsOfSuite('unit', status, text)).toEqual({ passed, failed: 1, skipped: 0, failures });
  });
});
