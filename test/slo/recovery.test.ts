import { describe, expect, it } from 'vitest';
import { recoveryOf } from '../../src/slo/recovery.ts';
import type { ReasonCode, UnitVerdict, Verdict } from '../../src/slo/verdict.ts';

const unit = (changes: Partial<UnitVerdict>): UnitVerdict => ({
  subject: 'a',
  signal: 'client',
  requests: 1_000,
  errors: 0,
  limit: 0.01,
  atLeast: 0,
  atMost: 0.006,
  state: 'pass',
  sentence: '',
  ...changes,
});
const verdict = (kind: Verdict['kind'], reasonCode: ReasonCode, units: readonly UnitVerdict[]): Verdict => ({
  kind,
  reasonCode,
  reason: '',
  units,
  requests: 0,
  errors: 0,
  unproved: [],
  warnings: [],
  windowStartMs: 0,
  windowEndMs: 0,
  queries: [],
});
const failure = verdict('FAIL', 'error-rate', [unit({ errors: 100, state: 'fail', atLeast: 0.08 })]);

describe('after a rollback', () => {
  it.each([
    ['no gate was run', undefined, 'recovery not measured'],
    ['the failed unit is well', verdict('PASS', 'ok', [unit({})]), 'recovered'],
    [
      'the failed unit is well, though another holds the gate',
      verdict('HOLD', 'inconclusive', [unit({}), unit({ subject: 'b', state: 'over-limit-unproved' })]),
      'recovered',
    ],
    ['it fails again', verdict('FAIL', 'error-rate', [unit({ state: 'fail' })]), 'not caused by the upgrade'],
    ['the whole mesh fails', verdict('HOLD', 'mesh-wide-incident', []), 'not caused by the upgrade'],
    [
      'it provably still breaches',
      verdict('HOLD', 'inconclusive', [unit({ errors: 100, atLeast: 0.08, state: 'over-limit-unproved' })]),
      'not caused by the upgrade',
    ],
    [
      'it is over its limit, and no more than it was in the hour before',
      verdict('HOLD', 'inconclusive', [
        unit({ errors: 30, atLeast: 0.02, state: 'over-limit-unproved', before: { requests: 1_000, errors: 30 } }),
      ]),
      'recovered',
    ],
    ['Prometheus is gone', verdict('HOLD', 'blind', []), 'recovery not measured'],
    ['its traffic is gone', verdict('PASS', 'ok', [unit({ requests: 0, state: 'thin' })]), 'recovery not measured'],
    [
      'it keeps its limit exactly, and is proven to reach it',
      verdict('HOLD', 'inconclusive', [unit({ errors: 10, atLeast: 0.01 })]),
      'recovered',
    ],
    [
      'it is over its limit, if not provably so',
      verdict('HOLD', 'inconclusive', [unit({ errors: 20, atLeast: 0.005, state: 'over-limit-unproved' })]),
      'recovery not measured',
    ],
    [
      'no proxy of it reports',
      verdict('PASS', 'ok', [unit({ requests: 0, state: 'no-data' })]),
      'recovery not measured',
    ],
    [
      'it is well, though its other side and other namespaces breach',
      verdict('HOLD', 'inconclusive', [
        unit({ signal: 'server', atLeast: 0.08 }),
        unit({ subject: 'b', atLeast: 0.08 }),
        unit({}),
      ]),
      'recovered',
    ],
    ['traffic was waived', verdict('PASS', 'no-traffic-accepted', [unit({})]), 'recovery not measured'],
  ] as const)('when %s', (_, after, said) => {
    expect(recoveryOf(failure, after, true)).toBe(said);
  });

  it('has recovered only where all that had failed is measured to be well, whatever became of the rest', () => {
    const both = verdict('FAIL', 'error-rate', [...failure.units, unit({ subject: 'b', state: 'fail' })]);
    const one = [unit({}), unit({ subject: 'b', requests: 5, state: 'thin' })];
    expect(recoveryOf(both, verdict('HOLD', 'no-traffic', one), true)).toBe('recovery not measured');
    const beside = verdict('FAIL', 'error-rate', [...failure.units, unit({ subject: 'b' })]);
    expect(recoveryOf(beside, verdict('PASS', 'ok', one), true)).toBe('recovered');
  });

  it('nothing is known to have failed: a PASS alone tells that all is well', () => {
    expect(recoveryOf(undefined, verdict('PASS', 'ok', [unit({})]), true)).toBe('recovered');
    expect(recoveryOf(undefined, verdict('HOLD', 'inconclusive', [unit({})]), true)).toBe('recovery not measured');
  });

  it('a failure without units (a proxy that never got ready) has recovered with a PASS', () => {
    const crash = verdict('FAIL', 'proxy-not-ready', []);
    expect(recoveryOf(crash, verdict('PASS', 'ok', [unit({})]), true)).toBe('recovered');
  });

  it.each(['objective', 'traffic-lost', 'routes-lost', 'error-rate'] as const)(
    'is not caused by the upgrade where requests fail alike on the source: %s',
    (reasonCode) => {
      expect(recoveryOf(failure, verdict('FAIL', reasonCode, []), true)).toBe('not caused by the upgrade');
      expect(recoveryOf(undefined, verdict('FAIL', reasonCode, []), true)).toBe('not caused by the upgrade');
    },
  );

  it.each(['injection-failed', 'config-rejected', 'proxy-not-ready', 'wrong-revision', 'sidecar-missing'] as const)(
    'acquits no upgrade where pods or istiod are to blame: %s',
    (reasonCode) => {
      expect(recoveryOf(failure, verdict('FAIL', reasonCode, []), true)).toBe('not recovered');
      expect(recoveryOf(verdict('FAIL', reasonCode, []), verdict('FAIL', 'error-rate', []), true)).toBe(
        'not recovered',
      );
    },
  );

  it('acquits no upgrade while something is not back', () => {
    expect(recoveryOf(failure, verdict('FAIL', 'error-rate', []), false)).toBe('not recovered');
    const breach = unit({ errors: 100, atLeast: 0.08, state: 'over-limit-unproved' });
    expect(recoveryOf(failure, verdict('HOLD', 'inconclusive', [breach]), false)).toBe('not recovered');
    expect(recoveryOf(failure, verdict('PASS', 'ok', [unit({})]), false)).toBe('recovered');
  });
});
