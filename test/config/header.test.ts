import { describe, expect, it } from 'vitest';
import { parseHeaders, parseParams } from '../../src/config/header.ts';
import { problemsOf, valueOf } from './text.ts';

describe('headers', () => {
  it('are `Name: value` lines', () => {
    expect(valueOf(parseHeaders('X-Scope-OrgID: prod|eu\nAuthorization:Basic YTpi'))).toEqual({
      'X-Scope-OrgID': 'prod|eu',
      Authorization: 'Basic YTpi',
    });
  });

  it.each([
    ['hunter2', 'line 1 is not `Name: value`', 'no colon'],
    ['X-A: hunter2\nx-a: hunter2', 'set twice', 'names ignore case'],
    ['Host: hunter2', 'belongs to the request', 'ours'],
    ['X-A:', 'is empty', 'no value'],
    ['X-A: hunter2\u0007', 'no header may have', 'a control character'],
    ['X-A: hunter2é', 'no header may have', 'beyond ASCII'],
  ])('%j is refused without its value: %s (%s)', (text, problem) => {
    expect(problemsOf(parseHeaders(text))).toContain(problem);
    expect(problemsOf(parseHeaders(text))).not.toContain('hunter2');
  });
});

describe('parameters', () => {
  it('are `name=value` lines', () => {
    expect(valueOf(parseParams('dedup=true\npartial_response=false\nx='))).toEqual({
      dedup: 'true',
      partial_response: 'false',
      x: '',
    });
  });

  it.each([
    ['dedup', 'line 1 is not `name=value`', 'no value'],
    ['query=up', 'set by every query', 'ours'],
    ['time=1', 'set by every query', 'ours'],
    ['a=1\na=2', 'set twice', 'which one?'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseParams(text))).toContain(problem);
  });
});
