// Who is being waited for, while a tool says nothing? `helm --wait` is silent for up to ten minutes, and a silent log looks like a dead run.
import type { World } from '../ports/world.ts';
import { span } from '../slo/sentence.ts';

/** People must see a sign of life each minute; half of it leaves room for a busy machine. */
const SILENCE_MS = 30_000;

/** Does the work, whose lines go to the log by way of `say`; where none came for a while, says that `what` is still waited for, and since when. */
export async function whileWaiting<T>(
  { clock, log }: Pick<World, 'clock' | 'log'>,
  what: string,
  work: (say: (line: string) => void) => Promise<T>,
): Promise<T> {
  const begunMs = clock.now();
  const over = new AbortController();
  let saidMs = begunMs;
  const say = (line: string): void => {
    saidMs = clock.now();
    log.line(line);
  };
  const speak = async (): Promise<void> => {
    for (;;) {
      const leftMs = saidMs + SILENCE_MS - clock.now();
      await clock.sleep(leftMs, over.signal);
      if (over.signal.aborted) return;
      if (clock.now() - saidMs >= SILENCE_MS) say(`waiting for ${what} since ${span(clock.now() - begunMs)}`);
    }
  };
  const speaking = speak();
  try {
    return await work(say);
  } finally {
    over.abort();
    await speaking;
  }
}
