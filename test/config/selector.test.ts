import { describe, expect, it } from 'vitest';
import { parseSelectors } from '../../src/config/selector.ts';
import { problemsOf, valueOf } from './text.ts';

const glob = (pattern: string) => ({ kind: 'glob', pattern });

describe('namespace selectors', () => {
  it.each([
    ['payments', [glob('payments')]],
    ['team-*\n\n shop? ', [glob('team-*'), glob('shop?')]],
    ['a, b c', [glob('a'), glob('b'), glob('c')]],
    ['label: tier=gold', [{ kind: 'label', key: 'tier', value: 'gold' }]],
    ['label:tier=', [{ kind: 'label', key: 'tier', value: '' }]],
    ['label: example.com/team=a.b_c', [{ kind: 'label', key: 'example.com/team', value: 'a.b_c' }]],
    ['a label: tier=gold b', [glob('a'), { kind: 'label', key: 'tier', value: 'gold' }, glob('b')]],
  ])('%j', (text, expected) => {
    expect(valueOf(parseSelectors(text))).toEqual(expected);
  });

  it.each([
    ['Payments', 'neither a namespace', 'no namespace has upper case'],
    ['tier=gold', 'neither a namespace', 'a label without `label:`'],
    ['label: tier', 'write it as `label: key=value`', 'no value'],
    ['label: a/b/c=d', 'is not a label', 'two prefixes'],
    ['team-[ab]', 'neither a namespace', 'no character classes'],
    ['a\nB\nC!', '"C!"', 'every bad line is named'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseSelectors(text))).toContain(problem);
  });
});
