import { describe, expect, it } from 'vitest';
import { closingLine, parseCounts } from '../../scripts/counts.ts';

describe('counts of a test run', () => {
  it('are said in one line', () => {
    expect(closingLine({ passed: 12, failed: 1, skipped: 0 })).toBe('12 passed, 1 failed, 0 skipped');
  });

  it('are read back from the file they were left in', () => {
    expect(parseCounts('{"passed":3,"failed":0,"skipped":2}')).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  it.each([
    ['', 'the run crashed before it wrote anything'],
    ['{"passed":3,"fai', 'the run was killed while it wrote'],
    ['{"passed":3,"failed":0}', 'a count is missing'],
    ['null', 'no object at all'],
  ])('are unknown in %j: %s', (text) => {
    expect(parseCounts(text)).toBeUndefined();
  });
});
