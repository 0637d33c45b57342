import { describe, expect, it } from 'vitest';
import { closingLine, countsOfSuite, sumOf } from '../../scripts/counts.ts';

describe('the counts of a suite', () => {
  it('are said in one line', () => {
    expect(closingLine({ passed: 12, failed: 1, skipped: 0 })).toBe('12 passed, 1 failed, 0 skipped');
  });

  it('are added up, each kind by itself', () => {
    expect(
      sumOf([
        { passed: 12, failed: 1, skipped: 0 },
        { passed: 3, failed: 0, skipped: 2 },
      ]),
    ).toEqual({ passed: 15, failed: 1, skipped: 2 });
  });

  it('are those it left in its file', () => {
    const text = '{"passed":3,"failed":1,"skipped":2}';
    expect(countsOfSuite(1, text)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it.each<[number | null, string | undefined, number, string]>([
    [1, undefined, 0, 'it crashed before it wrote anything'],
    [0, undefined, 0, 'it ended well and yet said nothing'],
    [null, '{"passed":3,"fai', 0, 'it was killed while it wrote'],
    [0, '{"passed":3,"failed":0}', 0, 'a count is missing'],
    [0, 'null', 0, 'no object at all'],
    [1, '{"passed":3,"failed":0,"skipped":0}', 3, 'it ended badly, and no test says why'],
  ])('have one failure with status %j and the text %j, and %d passed: %s', (status, text, passed) => {
    expect(countsOfSuite(status, text)).toEqual({ passed, failed: 1, skipped: 0 });
  });
});
