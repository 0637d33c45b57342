import { describe, expect, it } from 'vitest';
import { rolloutVerdict, stageVerdict, withMeasured, withRollout } from '../../src/phases/rollout-verdict.ts';
import { aVerdict } from '../builders/plan.ts';

const crash = { kind: 'failed', reasonCode: 'proxy-not-ready', reason: 'the proxy of pod a/b crash-loops' } as const;

describe('what a rollout says of its batch', () => {
  it('is a FAIL for what the proxy did, a HOLD for what it did not, and nothing when it is done', () => {
    expect(rolloutVerdict(crash, 0)).toMatchObject({ kind: 'FAIL', reasonCode: 'proxy-not-ready' });
    expect(rolloutVerdict({ kind: 'stuck', reason: 'no node' }, 0)).toMatchObject({ kind: 'HOLD' });
    expect(rolloutVerdict({ kind: 'done', workloads: 1, pods: 1 }, 0)).toBeUndefined();
  });
  it('comes with what was never restarted', () => {
    const verdict = aVerdict({ kind: 'HOLD', reasonCode: 'rollout-stuck' });
    const notRestarted = ['Deployment a/b'];
    expect(stageVerdict(verdict, { kind: 'stuck', reason: 'no node', notRestarted })).toEqual({
      verdict,
      notRestarted,
    });
    expect(stageVerdict(verdict, { kind: 'stuck', reason: 'no node' })).toEqual({ verdict });
    expect(stageVerdict(verdict, { kind: 'done', workloads: 1, pods: 1 })).toEqual({ verdict });
    expect(stageVerdict(verdict, undefined)).toEqual({ verdict });
  });
  it('keeps what the gate had counted when the rollout failed', () => {
    const verdict = rolloutVerdict(crash, 0);
    if (verdict === undefined) throw new Error('no verdict');
    const seen = aVerdict({ kind: 'HOLD', reasonCode: 'interrupted', requests: 1204, errors: 37 });
    expect(withMeasured(verdict, seen)).toMatchObject({ ...crash, kind: 'FAIL', requests: 1204, errors: 37 });
  });
});

describe('what the gate says of a batch that still rolls', () => {
  const fail = aVerdict({ kind: 'FAIL', reasonCode: 'error-rate' });
  it('names what the rollout still lacked', () => {
    expect(withRollout(fail, { kind: 'stopped', unfinished: ['a/b: 1 of 2 pods'] }).warnings).toContain(
      'when this was judged: a/b: 1 of 2 pods',
    );
    expect(withRollout(fail, crash).warnings).toContain(`when this was judged: ${crash.reason}`);
  });
  it('adds nothing to a PASS, or where nothing was lacking', () => {
    const pass = aVerdict({ kind: 'PASS', reasonCode: 'ok' });
    expect(withRollout(pass, crash)).toBe(pass);
    expect(withRollout(fail, { kind: 'stopped' }).warnings).toEqual(fail.warnings);
  });
});
