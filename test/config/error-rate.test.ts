import { describe, expect, it } from 'vitest';
import { parseErrorRate } from '../../src/config/error-rate.ts';
import { problemsOf, valueOf } from './text.ts';

describe('the error rate', () => {
  it.each([
    ['1%', { limit: 0.01, exceptions: [] }],
    ['0%', { limit: 0, exceptions: [] }],
    ['0.5%\nlegacy-*: 5%', { limit: 0.005, exceptions: [{ pattern: 'legacy-*', limit: 0.05 }] }],
    [
      'a: 2%\n* : 3%',
      {
        limit: 0.01,
        exceptions: [
          { pattern: 'a', limit: 0.02 },
          { pattern: '*', limit: 0.03 },
        ],
      },
    ],
  ])('%j', (text, expected) => {
    expect(valueOf(parseErrorRate(text))).toEqual(expected);
  });

  it.each([
    ['1', 'write 1%', 'no unit'],
    ['1%\n2%', 'more than one limit', 'which one?'],
    ['legacy-*: 5', 'write 5%', 'no unit in an exception'],
    ['legacy-*=5%', 'is not a share', 'a colon separates'],
    ['Legacy: 5%', 'neither a namespace', 'upper case'],
    ['100%', 'lets every request fail', 'no limit at all'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseErrorRate(text))).toContain(problem);
  });
});
