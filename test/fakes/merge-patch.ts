// What does a patch make of an object? RFC 7386, and as much of server-side apply as unknown schemas allow: maps are
// merged, lists are replaced.

export type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A new object; null deletes a field. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isData(patch)) return patch;
  const result: Data = isData(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
