import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternation, matcherText, quote, selector } from '../../src/slo/promql.ts';

describe('a quoted value', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    [String.raw`back\slash`, String.raw`"back\\slash"`],
    ['two\nlines', String.raw`"two\nlines"`],
  ])('of %j is %s', (value, text) => {
    expect(quote(value)).toBe(text);
  });

  it('never ends early, whatever it holds', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const inner = quote(value).slice(1, -1);
        expect(inner.replaceAll(/\\[\\"n]/g, '')).not.toMatch(/["\n\\]/);
      }),
    ));
});

describe('an alternation', () => {
  it('matches exactly its names', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.string(), (names, other) => {
        const matches = new RegExp(`^(?:${alternation(names)})$`);
        for (const name of names) expect(name).toMatch(matches);
        expect(matches.test(other)).toBe(names.includes(other));
      }),
    ));

  it('of no names is refused: it would select series without the label', () => {
    expect(() => alternation([])).toThrow('no names');
  });
});

it('a selector carries every matcher, escaped', () => {
  const matchers = [
    { name: 'cluster', op: '=', value: 'eu"1' },
    { name: 'namespace', op: '!~', value: 'kube-.*' },
  ] as const;
  expect(selector('m', matchers)).toBe(String.raw`m{cluster="eu\"1",namespace!~"kube-.*"}`);
  expect(matcherText([])).toBe('');
});
