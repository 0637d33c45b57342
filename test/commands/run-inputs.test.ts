import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import type { Carrying } from '../../src/commands/prepare.ts';
import type { RunConfig } from '../../src/config/config.ts';
import { FakeLog } from '../fakes/log.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

/** Of a run that ends before it moves anything. */
async function firstLine(command: Carrying, run: Partial<RunConfig> = {}): Promise<string | undefined> {
  const cluster = meshInMemory();
  cluster.allows = () => false;
  const log = new FakeLog();
  const made = fakeRun(cluster, command);
  const config = { ...made.config, run: { ...made.config.run, ...run } };
  await carryOn({ ...made, config, world: { ...made.world, log } }, command);
  expect(log.lines.filter((line) => line.startsWith('this run: '))).toHaveLength(1);
  return log.lines[0];
}

describe('what counts for one run alone', () => {
  it.each(['upgrade', 'start', 'complete', 'rollback'] as const)('is said once, at first, by %s', async (command) => {
    expect(await firstLine(command)).toBe(
      'this run: rollout-timeout 10m, max-restarting 20, lock-wait 0s, max-duration no limit, accept nothing, accept-hold none',
    );
  });

  it('is said as it was set', async () => {
    const set = {
      batch: 2,
      rolloutTimeoutMs: 90_000,
      maxDurationMs: 19_800_000,
      lockWaitMs: 120_000,
      accept: ['both-injection-labels', 'outdated-crds'],
      acceptHold: 'no-traffic',
    };
    expect(await firstLine('promote', set)).toBe(
      'this run: batch 2, rollout-timeout 1m30s, max-restarting 20, lock-wait 2m, max-duration 5h30m, accept both-injection-labels outdated-crds, accept-hold no-traffic',
    );
  });
});
