import { describe, expect, it } from 'vitest';
import { beginningOf, endOf } from '../../src/shared/cut.ts';
import { secretKeeper } from '../../src/shared/redact.ts';

const TOKEN = 'to"ken/+é1234';

const SECRET = 'opaque-t0ken/9f8e7d6c5b4a';
const keeperOf = (...secrets: readonly string[]): ReturnType<typeof secretKeeper> => {
  const keeper = secretKeeper();
  for (const secret of secrets) keeper.add(secret);
  return keeper;
};
const said = `denied: ${SECRET} is not known here`;

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

  it.each([
    ['Google', 'ya29.c.b0AXv0zTPz-k_8x'],
    ['EKS', 'k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0x'],
    ['OpenShift', 'sha256~Zx9-k_8xZx9-k_8xZx9-k_8xZx9-k_8xZx9-k_8xZx9'],
    ['GitHub', 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['GitHub, fine-grained', 'github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuV'],
  ])('need not be known where it is a token of %s', (_whose, token) => {
    expect(secretKeeper().clean(`got "${token}", 401`)).toBe('got "***", 401');
  });

  it('is taken out wherever a cut went through it', () => {
    for (let length = 0; length <= said.length; length++) {
      const texts = [beginningOf(said, length), endOf(said, length), JSON.stringify({ a: endOf(said, length) })];
      for (const text of texts.map((each) => `HTTP 403: ${keeperOf(SECRET).clean(each)}; ask again`)) {
        for (let at = 0; at + 4 <= SECRET.length; at++) expect(text).not.toContain(SECRET.slice(at, at + 4));
      }
    }
  });

  it('leaves words at a cut alone', () => {
    const text = 'the opaque-t0 of it, opaque… and …4a';
    expect(keeperOf('another-one-1234', '4321').clean(text)).toBe(text);
    expect(keeperOf(SECRET).clean('opaque-t0 of it')).toBe('opaque-t0 of it');
  });

  it('is taken out at a cut in the forms in which it travels, too', () => {
    const long = 'a"b/cdefgh+ijkl';
    expect(keeperOf(long).clean(beginningOf(`t=${encodeURIComponent(long)}`, 15))).toBe('t=***…');
    expect(keeperOf(long).clean(endOf(JSON.stringify(long), 14))).toBe('…***"');
  });

  it('goes as a half before a shorter one that it begins or ends with', () => {
    expect(keeperOf('abcd', 'abcd-efgh-ijkl').clean('abcd-efgh-i…, and abcd')).toBe('***…, and ***');
    expect(keeperOf('ijkl', 'abcd-efgh-ijkl').clean('…cd-efgh-ijkl, and ijkl')).toBe('…***, and ***');
  });

  it('survives text that is no valid Unicode', () => {
    expect(() => secretKeeper().add('abc\ud800def')).not.toThrow();
  });
});
