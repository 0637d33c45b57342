import { describe, expect, it } from 'vitest';
import { report } from '../../src/report/report.ts';
import { secretKeeper } from '../../src/shared/redact.ts';
import { aPlan, aVerdict } from '../builders/plan.ts';
import { aBasis, heldEnding, plannedEnding, refusedEnding } from './endings.ts';

const same = (text: string): string => text;

const fields = (text: string): readonly string[] => {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : [];
};

describe('the report file', () => {
  it('has every field on every ending, with null for what is not known', () => {
    const full = fields(report(aBasis(heldEnding()), same).report);
    expect(fields(report(aBasis(refusedEnding()), same).report)).toEqual(full);
    expect(JSON.parse(report(aBasis(refusedEnding()), same).report)).toMatchObject({
      schema: 1,
      ending: 'refused',
      green: false,
      exitCode: 2,
      plan: null,
      journal: null,
      verdict: null,
      state: null,
    });
  });

  it('holds plan, journal and verdict whole', () => {
    const ending = heldEnding();
    const parsed: unknown = JSON.parse(report(aBasis(ending), same).report);
    expect(parsed).toMatchObject({
      command: 'upgrade',
      startedAt: '2026-10-01T12:00:00.000Z',
      endedAt: '2026-10-01T12:34:56.000Z',
      plan: ending.plan,
      verdict: ending.verdict,
      journal: { state: 'held', batches: ending.journal?.batches },
    });
    expect(parsed).not.toHaveProperty('journal.plan');
  });
});

describe('what is shown before the last lines', () => {
  it.each([
    { ending: plannedEnding(), reason: 'it was asked for' },
    {
      ending: refusedEnding({ plan: aPlan([['canary'], ['orders', 'payments']]) }),
      reason: 'a refused one is to be looked at too',
    },
  ])('is the whole plan, of `plan`: $reason', ({ ending }) => {
    const { shown } = report(aBasis(ending, { command: 'plan' }), same);
    expect(shown[0]).toBe('Plan 0123456789ab');
    expect(shown.join('\n')).toMatch(/Batch 2 of 2: 2 namespaces, 2 pods\n {2}orders: .*\n {2}payments: /);
  });

  it('is nothing where no plan was asked for, or none could be made', () => {
    expect(report(aBasis(heldEnding()), same).shown).toEqual([]);
    expect(report(aBasis(refusedEnding(), { command: 'plan' }), same).shown).toEqual([]);
  });
});

describe('everything together', () => {
  it('annotates red endings only', () => {
    expect(report(aBasis(heldEnding()), same).failure).toMatch(/^held: batch 2 is held/);
    expect(report(aBasis(refusedEnding()), same).failure).toMatch(
      /^refused, and nothing was written: there is no input `tagg`, and 1 more\. Did you/,
    );
    expect(report(aBasis(plannedEnding()), same)).not.toHaveProperty('failure');
  });

  it('shows no secret, however it would have been escaped, and still is JSON', () => {
    const secret = 'p$ss_w<"o|rd';
    const secrets = secretKeeper();
    secrets.add(secret);
    const ending = heldEnding({
      sentence: `401 for ${secret}`,
      verdict: aVerdict({
        kind: 'HOLD',
        reasonCode: 'misconfigured',
        reason: `Prometheus said ${secret}`,
        queries: [secret],
      }),
    });
    const made = report(aBasis(ending), secrets.clean);
    for (const text of [made.summary, made.report, made.closing.join('\n'), made.failure ?? '']) {
      expect(secrets.finds(text)).toBe(false);
      expect(text).toContain('***');
      expect(text).not.toContain('ss_w');
    }
    expect(() => {
      JSON.parse(made.report);
    }).not.toThrow();
    expect(secrets.finds(made.outputs.reason)).toBe(true);
  });
});
