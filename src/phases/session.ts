// How does a phase write down what it is about to do? Every change to the journal goes through `record`.
import { advance, type JournalEvent } from '../plan/advance.ts';
import type { Journal } from '../plan/journal.ts';
import type { JournalPort } from '../ports/journal.ts';
import type { World } from '../ports/world.ts';

export interface Session {
  readonly world: World;
  /** As last saved. */
  readonly journal: () => Journal;
  /** Saved when it resolves. Throws `LostLease` when another run has written since, and, for intents, whatever the run was aborted with. */
  readonly record: (event: JournalEvent) => Promise<void>;
}

/** Events that announce a mutation: past an abort none may be recorded, so none is done. */
const INTENTS = new Set<JournalEvent['kind']>(['write', 'intend', 'restarting']);

export function openSession(world: Omit<World, 'intend'>, store: JournalPort, first: Journal): Session {
  let journal = first;
  const record = async (event: JournalEvent): Promise<void> => {
    if (INTENTS.has(event.kind)) world.signal.throwIfAborted();
    const next = advance(journal, event, new Date(world.clock.now()).toISOString());
    await store.save(next);
    journal = next;
  };
  return {
    world: { ...world, intend: async (what) => record({ kind: 'intend', what }) },
    journal: () => journal,
    record,
  };
}
