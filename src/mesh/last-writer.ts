// Who wrote a label last? Told from the field managers that the API server keeps; a removed label has none, so then whoever wrote last.
import type { ObjectMeta } from './kinds.ts';
import { holdersOf } from './managed-fields.ts';
import { OURSELVES } from './names.ts';

/** The field manager of the label, else the latest other writer of the object; undefined where nobody but us is known. */
export function lastWriterOf(
  { managedFields = [] }: ObjectMeta,
  label: string,
  where: 'metadata' | 'template',
): string | undefined {
  const others = managedFields.filter(({ manager }) => manager !== undefined && manager !== OURSELVES);
  const path = [...(where === 'metadata' ? [] : ['f:spec', 'f:template']), 'f:metadata', 'f:labels', `f:${label}`];
  const [owner] = holdersOf(others, path);
  const latest = others.toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''))[0];
  return (owner ?? latest)?.manager;
}
