// Who watches the fake cluster, and what have they not read yet?
import type { KubeObject } from '../../src/mesh/kinds.ts';

type Event =
  | { readonly kind: 'put' | 'gone'; readonly object: KubeObject }
  /** Something may have been missed. */
  | { readonly kind: 'relist' };
interface Follower {
  readonly inScope: (object: KubeObject) => boolean;
  readonly queue: Event[];
  wake: () => void;
}

export class Followers {
  readonly #followers = new Set<Follower>();

  /** Changes from now on, until `signal` aborts. */
  add(inScope: Follower['inScope'], signal: AbortSignal): AsyncIterable<Event> {
    const follower: Follower = { inScope, queue: [], wake: () => undefined };
    this.#followers.add(follower);
    const leave = (): void => {
      this.#followers.delete(follower);
      follower.wake();
    };
    signal.addEventListener('abort', leave, { once: true });
    return this.#read(follower, signal, leave);
  }

  /** An object that leaves a follower's scope is gone for that follower. */
  tell(before: KubeObject | undefined, after: KubeObject | undefined): void {
    for (const follower of this.#followers) {
      const was = before !== undefined && follower.inScope(before);
      const is = after !== undefined && follower.inScope(after);
      if (is) follower.queue.push({ kind: 'put', object: after });
      else if (was) follower.queue.push({ kind: 'gone', object: after ?? before });
      else continue;
      follower.wake();
    }
  }

  relist(): void {
    for (const follower of this.#followers) {
      follower.queue.splice(0, Number.POSITIVE_INFINITY, { kind: 'relist' });
      follower.wake();
    }
  }

  async *#read(follower: Follower, signal: AbortSignal, leave: () => void): AsyncGenerator<Event> {
    try {
      while (!signal.aborted) {
        const event = follower.queue.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', leave);
      leave();
    }
  }
}
