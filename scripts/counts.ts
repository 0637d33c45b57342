// What are a test run's counts, and how are they said? One form for one suite and for all of them together.

/** Tests by how they ended; mutable so that runs can be added up. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, each in one line: its file, its name, and what it said first. */
  failures: string[];
}

/** The line every test run ends with. */
export const closingLine = (counts: Counts): string =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;

export function sumOf(all: readonly Counts[]): Counts {
  const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { passed, failed, skipped, failures } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    total.failures.push(...failures);
  }
  return total;
}

/** Counts from a reporter's file, or undefined where the text is not that: a run that crashed leaves nothing or a torso. */
function parseCounts(text: string): Counts | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  if (!('passed' in data) || !('failed' in data) || !('skipped' in data) || !('failures' in data)) return undefined;
  const { passed, failed, skipped, failures } = data;
  if (typeof passed !== 'number' || typeof failed !== 'number' || typeof skipped !== 'number') return undefined;
  return Array.isArray(failures) ? { passed, failed, skipped, failures: failures.map(String) } : undefined;
}

/**
 * What the exit status of the suite `name` and the text it left add up to: a bad end that no failed test explains is
 * one failure.
 */
export function countsOfSuite(name: string, status: number | null, text: string | undefined): Counts {
  const counts = text === undefined ? undefined : parseCounts(text);
  const ended = `${name} ended with status ${String(status)}`;
  if (counts === undefined) return { passed: 0, failed: 1, skipped: 0, failures: [`${ended} and left no numbers`] };
  if (status === 0 || counts.failed > 0) return counts;
  return { ...counts, failed: 1, failures: [`${ended}, and no test says why`] };
}
