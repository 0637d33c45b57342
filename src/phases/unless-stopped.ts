// How does a phase stop waiting for work that knows of no signal? It goes on without it, and hears no more of it.

/**
 * What `work` comes to, or undefined once `signal` has aborted and `patience` is over, which is none where not given. Whatever becomes of
 * `work` after that, a rejection too, is nobody's any more.
 */
export async function unlessStopped<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
  patience: (over: AbortSignal) => Promise<void> = async () => undefined,
): Promise<T | undefined> {
  if (signal === undefined) return work;
  const over = new AbortController();
  const told = new Promise<void>((tell) => {
    signal.addEventListener('abort', () => tell(), { once: true, signal: over.signal });
    if (signal.aborted) tell();
  });
  try {
    return await Promise.race([work, told.then(async () => patience(over.signal)).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/** What `work` comes to; throws what `signal` was aborted with, and waits no longer. For work that writes nothing. */
export async function stoppable<T extends object>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const done = await unlessStopped(signal, work);
  if (done === undefined) throw signal.reason;
  return done;
}
