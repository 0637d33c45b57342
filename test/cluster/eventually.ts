// How does a test wait for something on the cluster? By asking until it is so; whoever waits in vain is told for what.
import { setTimeout as pause } from 'node:timers/promises';

export async function eventually(what: string, isSo: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`after ${withinMs / 1000} s there was still not: ${what}`);
    await pause(100);
  }
}
