import { describe, expect, it } from 'vitest';
import { parseGateways } from '../../src/config/gateways.ts';
import { problemsOf, valueOf } from './text.ts';

describe('gateways', () => {
  it.each([
    ['auto', { kind: 'auto' }],
    ['none', { kind: 'none' }],
    [
      'ingress/public\ningress/in.ternal',
      {
        kind: 'listed',
        gateways: [
          { namespace: 'ingress', name: 'public' },
          { namespace: 'ingress', name: 'in.ternal' },
        ],
      },
    ],
  ])('%j', (text, expected) => {
    expect(valueOf(parseGateways(text))).toEqual(expected);
  });

  it.each([
    ['public', 'write `namespace/name`', 'which namespace?'],
    ['auto\na/b', '"auto"', 'auto stands alone'],
    ['a/b/c', 'is not a gateway', 'one slash too many'],
    ['A/b', 'is not a gateway', 'upper case'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseGateways(text))).toContain(problem);
  });
});
