import { describe, expect, it } from 'vitest';
import { parseMatchers } from '../../src/config/matcher.ts';
import { problemsOf, valueOf } from './text.ts';

describe('label matchers', () => {
  it.each([
    ['cluster=prod-eu', [{ name: 'cluster', op: '=', value: 'prod-eu' }]],
    ['cluster="prod eu"', [{ name: 'cluster', op: '=', value: 'prod eu' }]],
    ['region=~eu-.*', [{ name: 'region', op: '=~', value: 'eu-.*' }]],
    ['replica != b', [{ name: 'replica', op: '!=', value: 'b' }]],
    ['env!~dev|test', [{ name: 'env', op: '!~', value: 'dev|test' }]],
    ['a=b"}x', [{ name: 'a', op: '=', value: 'b"}x' }]],
    ['a==b', [{ name: 'a', op: '=', value: '=b' }]],
  ])('%j', (text, expected) => {
    expect(valueOf(parseMatchers(text))).toEqual(expected);
  });

  it.each([
    ['cluster', 'write it as `cluster=prod-eu`', 'no value'],
    ['cluster: prod', 'is not a label matcher', 'a colon'],
    ['1a=b', 'is not a label matcher', 'no label begins with a digit'],
    ['reporter=source', 'the gate itself uses', 'it would change what is judged'],
    ['__name__=up', 'the gate itself uses', 'the same'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseMatchers(text))).toContain(problem);
  });
});
