// What do so many clean requests say? As in docs/gate.md, "What your traffic can prove", by the alpha that the engine gives a unit of such
// a batch.
import { describe, expect, it } from 'vitest';
import { atMost } from '../../src/slo/evidence.ts';
import { alphaOf } from '../../src/slo/rules.ts';
import { provingRequests } from '../../src/slo/rehearsal.ts';
import { percent } from '../../src/slo/sentence.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { counts, play } from '../builders/gate-play.ts';

const namespaces = (many: number): readonly string[] => Array.from({ length: many }, (_, at) => `ns-${String(at)}`);
const alphaAmong = (many: number): number =>
  alphaOf({ settings: settingsWith(), subjects: namespaces(many), signals: BATCH_SIGNALS });

describe('0 errors in 300 requests', () => {
  it.each([
    [1, '2.2 %'],
    [3, '2.6 %'],
    [10, '3 %'],
  ])('bound the ratio, in a batch of %i namespaces, by %s at 99 %%', (many, bound) => {
    expect(percent(atMost({ errors: 0, requests: 300 }, alphaAmong(many)))).toBe(bound);
  });

  it('are a PASS that is "not disproved; at most 2.6 %", and not proved', () => {
    const each = new Map(namespaces(3).map((name) => [name, counts(15, 0)]));
    const judgement = play({ ticks: Array.from({ length: 20 }, () => each), subjects: namespaces(3) });
    expect(judgement).toMatchObject({ kind: 'verdict', verdict: { kind: 'PASS' } });
    const [unit] = judgement.kind === 'verdict' ? judgement.verdict.units : [];
    expect(unit?.sentence).toContain('0 of 300 requests failed (0 %, not disproved; at most 2.6 % at 99 %)');
  });
});

it.each([
  [1, 661],
  [3, 776],
  [10, 902],
])(
  'proving at most 1 %% in a batch of %i namespaces takes %i clean requests, about 900 in one of ten',
  (many, least) => {
    const alpha = alphaAmong(many);
    expect(provingRequests(0.01, alpha)).toBe(least);
    expect(atMost({ errors: 0, requests: least }, alpha)).toBeLessThanOrEqual(0.01);
    expect(atMost({ errors: 0, requests: least - 1 }, alpha)).toBeGreaterThan(0.01);
  },
);
