import { describe, expect, it } from 'vitest';
import type { PlannedGateway, UpgradePlan } from '../../src/plan/plan.ts';
import { limitBefore, timeFindings, worstCase } from '../../src/plan/time-needed.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { gateSettings } from '../builders/config.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Two batches of 5 minutes at least and 30 at most, no gateway, 10 minutes of soak. */
const plan = aPlan([['a'], ['b']], { gateways: [], gate: gateSettings(), soakMs: 10 * MINUTE });
const pace = { rolloutTimeoutMs: 10 * MINUTE, maxRestarting: 20, deadlines: new Map<string, number>() };
const ids = (...args: Parameters<typeof timeFindings>): readonly string[] =>
  timeFindings(...args).map(({ id, severity }) => `${id} ${severity}`);

/** Batches of one namespace each, with so many workloads. */
const sized = (...workloads: readonly number[]): UpgradePlan => ({
  ...plan,
  batches: workloads.map((many, index) => ({
    number: index + 1,
    namespaces: [aPlannedNamespace(`team-${String(index + 1)}`, { workloads: many })],
  })),
});
const gateway: PlannedGateway = {
  kind: 'restart',
  workload: { kind: 'Deployment', namespace: 'ingress', name: 'gw' },
};

describe('the worst case', () => {
  it.each<readonly [string, UpgradePlan, number, Partial<typeof pace>, number, number]>([
    ['one wave: its rollout, its longest watch, and the same for the rollback', sized(1), 1, {}, 40, 40],
    ['as many as may restart at once', sized(20), 1, {}, 40, 40],
    ['the first of two waves takes its minute, the last one hangs', sized(21), 1, {}, 41, 41],
    ['fewer at once are more waves', sized(250), 1, { maxRestarting: 10 }, 64, 64],
    ['the rollback takes back what was moved before, too', sized(20, 20), 2, {}, 40, 41],
    ['and not what was not', sized(20, 20), 1, {}, 40, 40],
    ['a workload has a longer deadline', sized(1), 1, { deadlines: new Map([['team-1', 60 * MINUTE]]) }, 90, 90],
    ['a shorter one shortens nothing', sized(1), 1, { deadlines: new Map([['team-1', MINUTE]]) }, 40, 40],
    ['it is of a later batch', sized(1, 1), 1, { deadlines: new Map([['team-2', 60 * MINUTE]]) }, 40, 40],
    ['the gateways', { ...sized(1), gateways: [gateway] }, 0, {}, 40, 40],
    ['they go back with the batch', { ...sized(20), gateways: [gateway] }, 1, {}, 40, 41],
  ])('%s', (_why, given, batch, over, forward, back) => {
    expect(worstCase(given, batch, { ...pace, ...over })).toEqual({ forward: forward * MINUTE, back: back * MINUTE });
  });
});

describe('a large mesh', () => {
  const large = sized(10, 100, 250, 250, 250, 140);

  it('of a thousand workloads fits into a hosted job', () => {
    expect(ids('upgrade', large, pace, { maxDurationMs: 5.5 * HOUR }, 1)).toEqual([]);
    expect(ids('upgrade', sized(1_000), pace, { maxDurationMs: 5.5 * HOUR }, 1)).toEqual([]);
  });

  it('whose later batch would not fit may be begun, once that is accepted', () => {
    const [finding] = timeFindings('upgrade', large, pace, { maxDurationMs: 2 * HOUR }, 1);
    expect(finding).toMatchObject({
      id: 'max-duration-end-early',
      severity: 'overridable',
      message:
        '`max-duration` ends in 2h, and batch 4 with a rollback of everything may take 2h2m: it would not be begun',
    });
    expect(finding?.remedy).toContain('max-restarting');
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
    ['promote', { maxDurationMs: HOUR }, ['max-duration-too-short blocks'], 'the job would end in the middle'],
    ['promote', { credentialsMs: -HOUR }, ['credentials-too-short blocks'], 'they have run out'],
    ['complete', { credentialsMs: MINUTE }, [], 'it takes no time that can be told'],
    ['rollback', { credentialsMs: MINUTE }, [], 'it is never refused'],
  ] as const)('of %s with %j finds %j: %s', (command, left, found, _why) => {
    expect(ids(command, plan, pace, left, 1)).toEqual(found);
  });

  it.each([
    ['gateways that are still to be moved, which are watched too', 0, ['credentials-too-short blocks']],
    ['no gateways, or gateways that have moved: the first batch is not its own', 1, []],
    ['nothing, where all has moved', undefined, []],
  ])('of start is for %s', (_what, next, found) => {
    const withGateway = { ...plan, gateways: [gateway] };
    expect(ids('start', withGateway, pace, { credentialsMs: 80 * MINUTE - 1 }, next)).toEqual(found);
  });

  it('finds that a whole upgrade will not fit, which may be accepted', () => {
    const many = aPlan(
      Array.from({ length: 30 }, (_, index) => [`team-${String(index)}`]),
      { gateways: [], gate: gateSettings(), soakMs: 10 * MINUTE },
    );
    expect(ids('upgrade', many, pace, { maxDurationMs: 150 * MINUTE }, 1)).toEqual([
      'max-duration-end-early overridable',
    ]);
    expect(ids('promote', many, pace, { maxDurationMs: 150 * MINUTE }, 1)).toEqual([]);
  });

  it('names the setting that helps', () => {
    const [finding] = timeFindings('promote', plan, pace, { credentialsMs: HOUR }, 1);
    expect(finding?.message).toBe("the kubeconfig's credentials end in 1h, and batch 1 with a rollback may take 1h20m");
    expect(finding?.remedy).toContain('--duration');
    expect(finding?.remedy).toContain('`max-bake`');
  });
});
