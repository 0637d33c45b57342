import { describe, expect, it } from 'vitest';
import { parseShare } from '../../src/config/share.ts';
import { problemsOf, valueOf } from './text.ts';

describe('a share', () => {
  it.each([
    ['1%', 0.01],
    ['0.5%', 0.005],
    ['0.7%', 0.007],
    ['100%', 1],
    ['0%', 0],
    ['25 %', 0.25],
  ])('%s is %d', (text, share) => {
    expect(valueOf(parseShare(text))).toBe(share);
  });

  it.each([
    ['1', 'write 1%', 'all, or a hundredth?'],
    ['0.01', 'write 0.01%', 'the same'],
    ['101%', 'more than 100%', 'more than all'],
    ['-1%', 'is not a share', 'less than nothing'],
    ['1,5%', 'is not a share', 'a comma'],
    ['%', 'is not a share', 'no number'],
    ['1e1%', 'is not a share', 'an exponent'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseShare(text))).toContain(problem);
  });
});
