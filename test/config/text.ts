// What does a parser say of a text? Helpers that make tables of them short.
import type { Parsed } from '../../src/config/parsed.ts';

/** The value, or a loud stop: for rows that must parse. */
export function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.kind === 'ok') return parsed.value;
  throw new Error(`does not parse: ${parsed.problems.join('; ')}`);
}

/** The problems in one string; empty where there are none. */
export const problemsOf = (parsed: Parsed<unknown>): string => (parsed.kind === 'ok' ? '' : parsed.problems.join('\n'));
