// How does a journal become text, and back? One JSON document; an unknown schema or a damaged text is said, never guessed.
import { cleaned } from '../shared/redact.ts';
import type { BatchRecord, Journal } from './journal.ts';
import { journalShape } from './journal-shape.ts';

/** The schema this code writes. */
export const SCHEMA = 1;
export type Decoded =
  | { readonly kind: 'found'; readonly journal: Journal }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Where others' words stand: Prometheus', a webhook's, a proxy's. Nothing is ever read back from them but to be shown. */
const WORDS: ReadonlySet<string> = new Set(['reason', 'sentence', 'warnings', 'queries', 'text']);

/** Compact JSON that `decodeJournal` reads back as the same journal, but for what `clean` takes out of others' words. */
export const encodeJournal = (journal: Journal, clean: (text: string) => string = (text) => text): string =>
  JSON.stringify(journal, (key, value: unknown) => (WORDS.has(key) ? cleaned(value, clean) : value));

/** The journal in a text, of this schema or an older one; a newer one is refused, for it may mean what we do not know. */
export function decodeJournal(text: string): Decoded {
  const parsed = parse(text);
  if (parsed === undefined) return unreadable('the journal is not a JSON object: it was damaged or edited');
  const schema: unknown = Reflect.get(parsed, 'schema');
  if (typeof schema !== 'number') return unreadable('the journal has no schema number: it was damaged or edited');
  if (schema > SCHEMA) {
    return unreadable(
      `the journal has schema ${String(schema)}, and this version reads up to ${String(SCHEMA)}: a newer version of this tool wrote it`,
    );
  }
  // Schema 1 is the first: a later one turns older journals into its own form here, step by step.
  if (schema !== SCHEMA) return unreadable(`the journal has schema ${String(schema)}, which never was one`);
  const problem = journalShape(parsed, '');
  return isStored(parsed, problem)
    ? { kind: 'found', journal: withFailed(parsed) }
    : unreadable(`the journal was damaged or edited: ${problem ?? ''}`);
}

/** As version 0.1 wrote it: a FAIL was marked on its batch, and of the rest only the last verdict was kept. */
type Stored = Omit<Journal, 'failed' | 'batches'> & {
  readonly failed?: Journal['failed'];
  readonly batches: readonly (BatchRecord & { readonly failed?: true })[];
};
const isStored = (_value: object, problem: string | undefined): _value is Stored => problem === undefined;

function withFailed({ batches, ...stored }: Stored): Journal {
  const before: Journal['failed'] = [
    ...(stored.gatewayVerdict?.kind === 'FAIL' ? (['gateways'] as const) : []),
    ...batches.filter(({ failed }) => failed === true).map(({ number }) => number),
    ...(stored.soakVerdict?.kind === 'FAIL' ? (['soak'] as const) : []),
  ];
  return {
    ...stored,
    failed: stored.failed ?? before,
    batches: batches.map(({ failed: _failed, ...batch }) => batch),
  };
}

const unreadable = (message: string): Decoded => ({ kind: 'unreadable', message });

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
