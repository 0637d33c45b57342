// How does a phase wait for something it has caused? By asking again, within a deadline, saying so when it takes long.
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';

const BETWEEN_LOOKS_MS = 250;
const BETWEEN_LINES_MS = 15_000;

type Waiting = Pick<World, 'clock' | 'log' | 'signal'>;

/** Resolves when `isSo` says yes. Throws `BrokenWorld` naming `what` when it has not within `timeoutMs`. */
export async function until(
  world: Waiting,
  timeoutMs: number,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  if (await comesTrue(world, timeoutMs, what, isSo)) return;
  throw new BrokenWorld(`waited ${Math.round(timeoutMs / 1000)} s for ${what}`, {
    remedy: 'See what holds it up (finalizers, the controller manager), then run the same command again.',
  });
}

/** Whether `isSo` says yes within `timeoutMs`. Throws what the run was told to stop by. */
export async function comesTrue(
  { clock, log, signal }: Waiting,
  timeoutMs: number,
  what: string,
  isSo: () => Promise<boolean>,
  betweenMs = BETWEEN_LOOKS_MS,
): Promise<boolean> {
  const begun = clock.now();
  let lastLine = begun;
  while (!(await isSo())) {
    signal.throwIfAborted();
    const waited = clock.now() - begun;
    if (waited >= timeoutMs) return false;
    if (clock.now() - lastLine >= BETWEEN_LINES_MS) {
      log.line(`waiting for ${what} since ${Math.round(waited / 1000)} s`);
      lastLine = clock.now();
    }
    await clock.sleep(betweenMs, signal);
  }
  return true;
}
