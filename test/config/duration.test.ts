import { describe, expect, it } from 'vitest';
import { parseDuration, parsePositiveDuration, parseRehearsal } from '../../src/config/duration.ts';
import { problemsOf, valueOf } from './text.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h0m5s', 3_605_000],
    ['0s', 0],
    ['336h', 1_209_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(valueOf(parseDuration(text))).toBe(ms);
  });

  it.each([
    ['5', 'write 5s, 5m or 5h', 'a number alone says nothing'],
    ['', 'is not a duration', 'nothing is not zero'],
    ['5 m', 'is not a duration', 'a space inside'],
    ['1.5h', 'is not a duration', 'no decimals: write 1h30m'],
    ['30m1h', 'is not a duration', 'units from large to small'],
    ['-5m', 'is not a duration', 'negative'],
    ['5ms', 'is not a duration', 'milliseconds are no unit here'],
    ['5M', 'is not a duration', 'months or minutes?'],
    ['337h', 'longer than 14 days', 'timers end there'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseDuration(text))).toContain(problem);
  });

  it('of nothing is refused where it would never end or never wait', () => {
    expect(problemsOf(parsePositiveDuration('0s'))).toContain('more than nothing');
    expect(valueOf(parsePositiveDuration('1s'))).toBe(1000);
  });
});

describe('how far back a plan looks', () => {
  it.each([
    ['1h', 3_600_000],
    ['24h', 86_400_000],
    ['60m', 3_600_000],
  ])('may be %s', (text, ms) => {
    expect(valueOf(parseRehearsal(text))).toBe(ms);
  });

  it.each([
    ['90m', 'an hour is judged whole'],
    ['25h', 'a day is enough, and each hour costs a dozen queries'],
    ['0h', 'nothing was never'],
    ['6', 'six what?'],
  ])('may not be %s: %s', (text) => {
    expect(problemsOf(parseRehearsal(text))).not.toBe('');
  });
});
