import { describe, expect, it } from 'vitest';
import { preflight } from '../../src/commands/preflight.ts';
import { worstBatchMs } from '../../src/plan/time-needed.ts';
import { aPlan } from '../builders/plan.ts';
import { aSnapshot } from '../builders/snapshot.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const HOUR_MS = 3_600_000;
const plan = aPlan([['payments']]);

const asked = async (waitedMs: number): Promise<readonly string[]> => {
  const run = fakeRun(meshInMemory(), 'promote');
  const pace = { rolloutTimeoutMs: 600_000, maxRestarting: 20, deadlines: new Map() };
  const maxDurationMs = worstBatchMs(plan, 1, pace) + HOUR_MS;
  const late = {
    ...run,
    startedAtMs: run.world.clock.now() - waitedMs,
    config: { ...run.config, run: { ...run.config.run, maxDurationMs } },
  };
  return (await preflight(late, 'promote', aSnapshot(), plan, 1)).map(({ id }) => id);
};

describe('max-duration', () => {
  it('begins with the run, and not when another one has handed over the lease', async () => {
    expect(await asked(HOUR_MS)).not.toContain('max-duration-too-short');
    expect(await asked(HOUR_MS + 1)).toContain('max-duration-too-short');
  });
});
