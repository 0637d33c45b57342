import { describe, expect, it } from 'vitest';
import { limitBefore, timeFindings, worstBatchMs } from '../../src/plan/time-needed.ts';
import { aPlan } from '../builders/plan.ts';
import { gateSettings } from '../builders/config.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Two batches of 5 minutes at least and 30 at most, no gateway, 10 minutes of soak. */
const plan = aPlan([['a'], ['b']], { gateways: [], gate: gateSettings(), soakMs: 10 * MINUTE });
const ROLLOUT = 10 * MINUTE;
const ids = (...args: Parameters<typeof timeFindings>): readonly string[] =>
  timeFindings(...args).map(({ id, severity }) => `${id} ${severity}`);

describe('the worst case of a batch', () => {
  it('is its rollout and its longest watch, and the same for the rollback', () => {
    expect(worstBatchMs(ROLLOUT, plan.gate)).toBe(80 * MINUTE);
  });
});

describe('the limit that comes first', () => {
  it.each([
    [{}, undefined, 'there is none'],
    [{ maxDurationMs: HOUR, credentialsMs: HOUR }, undefined, 'both are late enough'],
    [{ maxDurationMs: HOUR - 1 }, 'max-duration', 'the job ends before'],
    [{ credentialsMs: HOUR - 1 }, 'credentials', 'the credentials end before'],
    [{ maxDurationMs: 0, credentialsMs: 0 }, 'credentials', 'a longer job would not help'],
  ] as const)('of %j is %s: %s', (left, limit, _why) => {
    expect(limitBefore(HOUR, left)).toBe(limit);
  });
});

describe('preflight', () => {
  it.each([
    ['upgrade', {}, [], 'nothing ends it'],
    ['upgrade', { credentialsMs: 80 * MINUTE, maxDurationMs: 80 * MINUTE }, [], 'a batch and its rollback just fit'],
    ['upgrade', { credentialsMs: 80 * MINUTE - 1 }, ['credentials-too-short blocks'], 'not even one batch fits'],
    ['start', { credentialsMs: 80 * MINUTE - 1 }, ['credentials-too-short blocks'], 'gateways are watched too'],
    ['promote', { maxDurationMs: HOUR }, ['max-duration-too-short blocks'], 'the job would end in the middle'],
    ['promote', { credentialsMs: -HOUR }, ['credentials-too-short blocks'], 'they have run out'],
    ['complete', { credentialsMs: MINUTE }, [], 'it takes no time that can be told'],
    ['rollback', { credentialsMs: MINUTE }, [], 'it is never refused'],
  ] as const)('of %s with %j finds %j: %s', (command, left, found, _why) => {
    expect(ids(command, plan, ROLLOUT, left)).toEqual(found);
  });

  it('finds that a whole upgrade will not fit, which may be accepted', () => {
    const many = aPlan(
      Array.from({ length: 30 }, (_, index) => [`team-${String(index)}`]),
      { gateways: [], gate: gateSettings(), soakMs: 10 * MINUTE },
    );
    expect(ids('upgrade', many, ROLLOUT, { maxDurationMs: 150 * MINUTE })).toEqual([
      'max-duration-end-early overridable',
    ]);
    expect(ids('promote', many, ROLLOUT, { maxDurationMs: 150 * MINUTE })).toEqual([]);
  });

  it('names the setting that helps', () => {
    const [finding] = timeFindings('promote', plan, ROLLOUT, { credentialsMs: HOUR });
    expect(finding?.message).toBe(
      "the kubeconfig's credentials end in 1h, and a batch with its rollback may take 1h20m",
    );
    expect(finding?.remedy).toContain('--duration');
    expect(finding?.remedy).toContain('`max-bake`');
  });
});
