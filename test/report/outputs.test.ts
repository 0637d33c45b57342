import { describe, expect, it } from 'vitest';
import { ENDINGS } from '../../src/plan/ending.ts';
import { OUTPUT_NAMES, outputsOf } from '../../src/report/outputs.ts';
import { aPlan, aVerdict } from '../builders/plan.ts';
import { aBasis, heldEnding, plannedEnding, refusedEnding } from './endings.ts';

describe('outputs', () => {
  it.each(ENDINGS)('are all there when the ending is %s, even if nothing is known', (kind) => {
    const outputs = outputsOf(
      aBasis({ kind, reasonCode: 'x', sentence: 'what happened', next: 'what to do', findings: [] }),
    );
    expect(Object.keys(outputs)).toEqual([...OUTPUT_NAMES]);
    expect(outputs).toMatchObject({ ending: kind, reason: 'what happened', batches: '', moved: '', unproved: '' });
  });

  it('tell the whole of an ending', () => {
    expect(outputsOf(aBasis(heldEnding()))).toEqual({
      ending: 'held',
      verdict: 'FAIL',
      'reason-code': 'error-rate',
      reason: 'batch 2 is held: FAIL (error-rate), payments: 37 of 1,204 requests failed',
      batch: '2',
      'next-batch': '2',
      batches:
        '[{"number":1,"count":1,"sample":["canary"]},{"number":2,"count":2,"sample":["orders","payments"]},{"number":3,"count":1,"sample":["web"]}]',
      moved: '2',
      total: '4',
      'plan-hash': '0123456789ab',
      'source-revision': '1-31',
      'target-revision': '1-32',
      'error-rate': '0.016788',
      requests: '2204',
      unproved: '["orders"]',
      'resume-command': 'promote --batch 2',
      report: '',
    });
  });

  it('take the plan from the journal where the ending has none of its own', () => {
    const { plan: _plan, ...ending } = heldEnding();
    expect(outputsOf(aBasis(ending))['plan-hash']).toBe('0123456789ab');
  });

  it('know no verdict and no state after a refusal', () => {
    expect(outputsOf(aBasis(refusedEnding()))).toMatchObject({
      verdict: '',
      moved: '',
      'error-rate': '',
      requests: '',
      'resume-command': '',
    });
  });

  it.each([
    { errors: 0, requests: 1000, rate: '0', reason: 'no errors is a number, not an unknown' },
    { errors: 1, requests: 10_000_000, rate: '0', reason: 'never in exponents' },
    { errors: 37, requests: 1204, rate: '0.030731', reason: 'a share, not a percentage' },
    { errors: 5, requests: 5, rate: '1', reason: 'everything failed' },
    { errors: 0, requests: 0, rate: '', reason: 'without requests there is no rate' },
  ])('say $errors of $requests as "$rate": $reason', ({ errors, requests, rate }) => {
    const ending = heldEnding({ verdict: aVerdict({ errors, requests }) });
    expect(outputsOf(aBasis(ending))['error-rate']).toBe(rate);
  });

  it('list at most 256 batches, with three names each', () => {
    const batches = Array.from({ length: 300 }, (_, index) =>
      [1, 2, 3, 4].map((n) => `ns-${String(index)}-${String(n)}`),
    );
    const listed: unknown = JSON.parse(outputsOf(aBasis(plannedEnding({ plan: aPlan(batches) }))).batches);
    expect(listed).toHaveLength(256);
    expect(listed).toHaveProperty('[0]', { number: 1, count: 4, sample: ['ns-0-1', 'ns-0-2', 'ns-0-3'] });
  });
});
