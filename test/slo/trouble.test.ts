import { describe, expect, it } from 'vitest';
import { type Trouble, troubled } from '../../src/slo/trouble.ts';

type Kind = Parameters<typeof troubled>[1]['kind'];
/** One look in 15 s, each of which brought nothing. */
const after = (kinds: readonly Kind[]): Trouble | undefined =>
  kinds.reduce<Trouble | undefined>(
    (trouble, kind, index) => troubled(trouble, { kind, atMs: index * 15_000, reason: `${kind} ${String(index)}` }),
    undefined,
  );

describe('trouble with Prometheus', () => {
  it.each([
    ['stale samples blind', ['stale'], 'blind', 1],
    ['no answer blinds', ['unreachable'], 'blind', 1],
    ['a refusal is no blindness', ['misconfigured'], 'misconfigured', 1],
    ['looks in a row are counted, whatever blinds', ['stale', 'unreachable', 'stale'], 'blind', 3],
    [
      'they are counted anew where the trouble is of another kind',
      ['stale', 'stale', 'misconfigured'],
      'misconfigured',
      1,
    ],
    ['in both directions', ['misconfigured', 'misconfigured', 'unreachable'], 'blind', 1],
  ] as const)('%s: %j is %s', (_, kinds, kind, looks) => {
    expect(after(kinds)).toMatchObject({ kind, looks });
  });

  it('lasts since its first look, and tells the reason of its last', () => {
    expect(troubled(undefined, { kind: 'stale', atMs: 7, reason: 'old' })).toEqual({
      kind: 'blind',
      sinceMs: 7,
      looks: 1,
      reason: 'old',
    });
    expect(after(['stale', 'unreachable'])).toMatchObject({ sinceMs: 0, reason: 'unreachable 1' });
    expect(after(['stale', 'misconfigured'])).toMatchObject({ sinceMs: 0, reason: 'misconfigured 1' });
  });
});
