import { describe, expect, it } from 'vitest';
import { ENDINGS, type EndingKind } from '../../src/plan/ending.ts';
import { exitCodeOf } from '../../src/report/exit-code.ts';

const RED: Partial<Record<EndingKind, number>> = { broken: 1, refused: 2, held: 3, 'rolled-back': 4 };

describe('the exit code', () => {
  it.each(ENDINGS)('of %s follows the documented table', (kind) => {
    expect(exitCodeOf(kind, 'upgrade')).toBe(RED[kind] ?? 0);
  });

  it('is 0 for a rollback that was asked for', () => {
    expect(exitCodeOf('rolled-back', 'rollback')).toBe(0);
    expect(exitCodeOf('held', 'rollback')).toBe(3);
  });
});
