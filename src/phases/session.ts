// How does a phase write down what it is about to do? Every change to the journal goes through `record`.
import { advance } from '../plan/advance.ts';
import type { JournalEvent } from '../plan/journal-event.ts';
import type { Journal } from '../plan/journal.ts';
import type { JournalPort } from '../ports/journal.ts';
import type { World } from '../ports/world.ts';

export interface Session {
  readonly world: World;
  /** As last saved. */
  readonly journal: () => Journal;
  /**
   * Saved when it resolves; several events in one write, so that no run is killed between them. Throws `LostLease` when another run has
   * written since, and, for intents, whatever the run was aborted with.
   */
  readonly record: (...events: readonly JournalEvent[]) => Promise<void>;
}

/** Events that announce a mutation: past an abort none may be recorded, so none is done. */
const INTENTS = new Set<JournalEvent['kind']>(['write', 'intend', 'restarting']);

export function openSession(world: Omit<World, 'intend'>, store: JournalPort, first: Journal): Session {
  let journal = first;
  const record = async (...events: readonly JournalEvent[]): Promise<void> => {
    if (events.some(({ kind }) => INTENTS.has(kind))) world.signal.throwIfAborted();
    const at = new Date(world.clock.now()).toISOString();
    const next = events.reduce((before, event) => advance(before, event, at), journal);
    await store.save(next);
    journal = next;
  };
  return {
    world: { ...world, intend: async (what) => record({ kind: 'intend', what }) },
    journal: () => journal,
    record,
  };
}
