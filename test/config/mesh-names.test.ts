import { describe, expect, it } from 'vitest';
import { parseNamespace, parseRevision, parseTag } from '../../src/config/mesh-names.ts';
import { problemsOf, valueOf } from './text.ts';

describe('the name of a revision', () => {
  it.each(['1-32-0', 'default', 'canary', 'a', 'a'.repeat(56)])('can be %s', (name) => {
    expect(valueOf(parseRevision(name))).toBe(name);
  });

  it.each([
    ['1.32.0', 'such as "1-32-0"', 'a version: dots are not allowed in a label'],
    ['v1.32.0', 'is a version', 'the same'],
    ['-a', 'cannot be a name', 'begins with -'],
    ['a-', 'cannot be a name', 'ends with -'],
    ['Canary', 'cannot be a name', 'upper case'],
    ['a_b', 'cannot be a name', 'underscore'],
    ['a b', 'cannot be a name', 'space'],
    ['a'.repeat(57), 'longer than 56', 'Service istiod-<revision> has 63 characters at most'],
  ])('cannot be %j: %s (%s)', (name, problem) => {
    expect(problemsOf(parseRevision(name))).toContain(problem);
  });
});

describe('other names', () => {
  it('of tags have at most 43 characters, because of Service istiod-revision-tag-<tag>', () => {
    expect(valueOf(parseTag('t'.repeat(43)))).toHaveLength(43);
    expect(problemsOf(parseTag('t'.repeat(44)))).toContain('longer than 43');
  });

  it('of namespaces have at most 63', () => {
    expect(valueOf(parseNamespace('istio-system'))).toBe('istio-system');
    expect(problemsOf(parseNamespace('n'.repeat(64)))).toContain('longer than 63');
  });
});
