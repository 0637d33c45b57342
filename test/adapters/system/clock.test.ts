import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';

const HOUR = 3_600_000;

describe('sleeping', () => {
  it('ends at once when it is aborted, without an exception', async () => {
    const controller = new AbortController();
    const slept = systemClock.sleep(HOUR, controller.signal);
    controller.abort(new Error('stop'));
    await expect(slept).resolves.toBeUndefined();
  });

  it('does not even begin under an abort', async () => {
    await expect(systemClock.sleep(HOUR, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('lasts as long as asked', async () => {
    const before = systemClock.now();
    await systemClock.sleep(5);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
  });
});
