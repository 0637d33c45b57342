// Who holds a field of an object? Read off managedFields, which the API server keeps for every write
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
import type { ObjectMeta } from './kinds.ts';

type ManagedFields = NonNullable<ObjectMeta['managedFields']>;

/** The entries that hold it. @example holdersOf(managedFields, ['f:metadata', 'f:labels', 'f:istio.io/rev']) */
export const holdersOf = (managedFields: ManagedFields, path: readonly string[]): ManagedFields =>
  managedFields.filter(({ fieldsV1 }) => holds(fieldsV1, path));

function holds(fields: unknown, path: readonly string[]): boolean {
  let at: unknown = fields;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !(key in at)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}
