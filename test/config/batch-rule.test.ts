import { describe, expect, it } from 'vitest';
import { parseBatchRule, parseBatchRules } from '../../src/config/batch-rule.ts';
import { problemsOf, valueOf } from './text.ts';

describe('a line of batches', () => {
  it.each([
    ['3', { kind: 'count', count: 3 }],
    ['10%', { kind: 'share', share: 0.1 }],
    ['rest', { kind: 'rest' }],
    ['rest by 10', { kind: 'rest-by-count', count: 10 }],
    ['rest by 25%', { kind: 'rest-by-share', share: 0.25 }],
    ['rest-api', { kind: 'select', selectors: [{ kind: 'glob', pattern: 'rest-api' }] }],
    ['canary-*', { kind: 'select', selectors: [{ kind: 'glob', pattern: 'canary-*' }] }],
    [
      'shop label: tier=gold',
      {
        kind: 'select',
        selectors: [
          { kind: 'glob', pattern: 'shop' },
          { kind: 'label', key: 'tier', value: 'gold' },
        ],
      },
    ],
  ])('%s', (line, rule) => {
    expect(valueOf(parseBatchRule(line))).toEqual(rule);
  });

  it.each([
    ['0', 'moves nothing', 'an empty batch'],
    ['0%', 'moves nothing', 'the same'],
    ['rest by 0', 'moves nothing', 'it would never end'],
    ['110%', 'more than 100%', 'more than all'],
    ['rest by', 'is not a batch', 'by what?'],
    ['rest by ten', 'is not a batch', 'a number'],
    ['rest in 3', 'is not a batch', 'not the grammar'],
    ['Shop', 'neither a namespace', 'upper case'],
  ])('%j is refused: %s (%s)', (line, problem) => {
    expect(problemsOf(parseBatchRule(line))).toContain(problem);
  });
});

describe('batches', () => {
  it('are read line by line', () => {
    expect(valueOf(parseBatchRules('1\n10%\nrest by 25%')).map(({ kind }) => kind)).toEqual([
      'count',
      'share',
      'rest-by-share',
    ]);
  });

  it('leave nothing for a line behind `rest`', () => {
    expect(problemsOf(parseBatchRules('1\nrest\n10%'))).toContain('nothing is left for line 3');
  });
});
