import { describe, expect, it } from 'vitest';
import { secretKeeper } from '../../src/shared/redact.ts';

const TOKEN = 'to"ken/+é1234';

describe('a kept secret', () => {
  it.each([
    { text: `Bearer ${TOKEN}`, reason: 'as it is' },
    { text: JSON.stringify({ token: TOKEN }), reason: 'inside JSON' },
    { text: `https://x/?t=${encodeURIComponent(TOKEN)}`, reason: 'inside a URL' },
    { text: `${TOKEN}${TOKEN}`, reason: 'twice in a row' },
  ])('is taken out $reason', ({ text }) => {
    const keeper = secretKeeper();
    keeper.add(`  ${TOKEN}\n`);
    expect(keeper.finds(text)).toBe(true);
    expect(keeper.clean(text)).not.toMatch(/1234/);
    expect(keeper.finds(keeper.clean(text))).toBe(false);
  });

  it('is taken out line by line too', () => {
    const keeper = secretKeeper();
    keeper.add('-----BEGIN KEY-----\nMIIEvAIBADANBg\nx\n-----END KEY-----');
    expect(keeper.clean('error near MIIEvAIBADANBg, x')).toBe('error near ***, x');
  });

  it('goes before a shorter one that it contains', () => {
    const keeper = secretKeeper();
    keeper.add('abcd');
    keeper.add('abcd-efgh');
    expect(keeper.clean('abcd-efgh abcd')).toBe('*** ***');
  });

  it('is not kept when it is too short to be one', () => {
    const keeper = secretKeeper();
    expect(keeper.add('1')).toEqual([]);
    expect(keeper.add('')).toEqual([]);
    expect(keeper.clean('batch 1')).toBe('batch 1');
  });

  it('need not be known where it is a JSON Web Token', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
    expect(secretKeeper().clean(`invalid token "${jwt}".`)).toBe('invalid token "***".');
    expect(secretKeeper().clean('eyJ is how they begin, v1.27.3 is none')).toBe(
      'eyJ is how they begin, v1.27.3 is none',
    );
  });

  it('survives text that is no valid Unicode', () => {
    expect(() => secretKeeper().add('abc\ud800def')).not.toThrow();
  });
});
