// What do the phases ask of the journal's keeper? To read it, and to write it only while it is still ours.
import type { Journal } from '../plan/journal.ts';

export type StoredJournal =
  | { readonly kind: 'absent' }
  | { readonly kind: 'found'; readonly journal: Journal }
  /** Not JSON, not our schema, or a newer one: `message` says which; nothing is guessed. */
  | { readonly kind: 'unreadable'; readonly message: string };

export interface JournalPort {
  load(): Promise<StoredJournal>;
  /** Compare-and-swap on what `load` or the last `save` saw; throws `LostLease` when someone else wrote in between. */
  save(journal: Journal): Promise<void>;
}
