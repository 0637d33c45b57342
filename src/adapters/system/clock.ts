// What time is it, really? The machine's clock as a port.
import { setTimeout } from 'node:timers/promises';
import type { ClockPort } from '../../ports/clock.ts';

/** Sleeping ends at once on an abort and never rejects. */
export const systemClock: ClockPort = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    if (signal?.aborted === true) return;
    try {
      await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    }
  },
};
