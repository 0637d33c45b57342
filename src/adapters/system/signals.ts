// Has somebody asked us to stop? SIGINT and SIGTERM become one abort; what is done about it is decided elsewhere.
import { Interrupted } from '../../shared/errors.ts';

export interface Interruption {
  /** Aborts at the first signal; its reason is `Interrupted` and names it. */
  readonly signal: AbortSignal;
  /** No longer listens. */
  dispose(): void;
}
/** What is used of `process`. */
export interface Signalled {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Listens until disposed. A runner that cancels sends SIGINT and, 7.5 s later, SIGTERM: both ask for the same stop. The
 * same signal twice is a person who will not wait, and ends the process: the journal knows what was begun.
 */
export function listenForSignals(target: Signalled, onFirst: (name: string) => void = () => undefined): Interruption {
  const controller = new AbortController();
  const seen = new Set<string>();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => {
      if (seen.has(name)) {
        target.exit(1);
        return;
      }
      seen.add(name);
      if (controller.signal.aborted) return;
      controller.abort(new Interrupted(`${name} asked this run to stop`));
      onFirst(name);
    };
    target.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    dispose: () => {
      for (const { name, listener } of listeners) target.off(name, listener);
    },
  };
}
