// What are a test run's counts, and how are they said? One form for one suite and for all of them together.

/** Tests by how they ended; mutable so that runs can be added up. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The line every test run ends with. */
export const closingLine = (counts: Counts): string =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;

/** Counts from a reporter's file, or undefined where the text is not that: a run that crashed leaves nothing or a torso. */
export function parseCounts(text: string): Counts | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  if (!('passed' in data) || !('failed' in data) || !('skipped' in data)) return undefined;
  const { passed, failed, skipped } = data;
  if (typeof passed !== 'number' || typeof failed !== 'number' || typeof skipped !== 'number') return undefined;
  return { passed, failed, skipped };
}
