// How does a journal become text, and back? One JSON document; an unknown schema or a damaged text is said, never guessed.
import type { Journal } from './journal.ts';

/** The schema this code writes. */
export const SCHEMA = 1;
export type Decoded =
  | { readonly kind: 'found'; readonly journal: Journal }
  | { readonly kind: 'unreadable'; readonly message: string };

export const encodeJournal = (journal: Journal): string => JSON.stringify(journal);

export function decodeJournal(text: string): Decoded {
  const parsed = parse(text);
  if (parsed === undefined) return unreadable('the journal is not JSON: it was damaged or edited');
  const schema: unknown = Reflect.get(parsed, 'schema');
  if (typeof schema !== 'number') return unreadable('the journal has no schema number: it was damaged or edited');
  if (schema > SCHEMA)
    return unreadable(
      `the journal has schema ${String(schema)}, and this version reads up to ${String(SCHEMA)}: a newer version of this tool wrote it`,
    );
  if (!isJournal(parsed)) return unreadable('the journal lacks fields it must have: it was damaged or edited');
  return { kind: 'found', journal: parsed };
}

const unreadable = (message: string): Decoded => ({ kind: 'unreadable', message });

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The fields every decision rests on; the rest is as this code wrote it. */
function isJournal(value: object): value is Journal {
  const is = (name: string, type: 'string' | 'number' | 'object'): boolean =>
    typeof Reflect.get(value, name) === type && Reflect.get(value, name) !== null;
  const list = (name: string): boolean => Array.isArray(Reflect.get(value, name));
  const plan: unknown = Reflect.get(value, 'plan');
  const planned =
    typeof plan === 'object' &&
    plan !== null &&
    ['source', 'target', 'tag', 'hash', 'clusterUid', 'istioNamespace'].every(
      (name) => typeof Reflect.get(plan, name) === 'string',
    );
  return (
    planned &&
    is('id', 'string') &&
    is('state', 'string') &&
    is('fence', 'number') &&
    ['batches', 'written', 'timeline'].every(list)
  );
}
