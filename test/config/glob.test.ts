import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/config/glob.ts';

describe('a glob', () => {
  it.each([
    ['payments', 'payments', true, 'equal'],
    ['payments', 'payments-v2', false, 'the whole name counts'],
    ['team-*', 'team-', true, '* may be empty'],
    ['team-*', 'team-a-b', true, '* crosses -'],
    ['*-legacy', 'a-legacy-legacy', true, 'the last occurrence fits'],
    ['a*b*c', 'a-b-b-c', true, 'backtracks'],
    ['a*b*c', 'a-b-b-d', false, 'and gives up'],
    ['team-?', 'team-a', true, '? is one character'],
    ['team-?', 'team-', false, 'not none'],
    ['team-?', 'team-ab', false, 'not two'],
    ['*', '', true, 'anything'],
    ['', '', true, 'nothing is nothing'],
    ['', 'a', false, 'nothing is not something'],
    ['a.c', 'abc', false, 'no regular expression'],
    ['[ab]', 'a', false, 'no character class'],
  ])('%j and %j: %s (%s)', (pattern, name, expected) => {
    expect(matchesGlob(pattern, name)).toBe(expected);
  });

  it('agrees with the regular expression it stands for', () => {
    const text = string({ unit: constantFrom('a', 'b', '-'), maxLength: 12 });
    const pattern = string({ unit: constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 });
    assert(
      property(pattern, text, (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u');
        expect(matchesGlob(glob, name)).toBe(expression.test(name));
      }),
    );
  });
});
