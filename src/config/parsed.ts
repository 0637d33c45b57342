// What does a parser answer? A typed value, or sentences that say what is wrong with the text.
import type { Result } from '../shared/result.ts';

/**
 * A value, or problems as sentences without a full stop; `parseConfig` adds which input, and an example unless a problem says behind a
 * semicolon what to do: `"5" has no unit; write 5s, 5m or 5h`.
 */
export type Parsed<T> = Result<T, string>;

export const ok = <T>(value: T): Parsed<T> => ({ kind: 'ok', value });
export const bad = (...problems: readonly string[]): Parsed<never> => ({ kind: 'problems', problems });

/** The text as it may be shown: quoted, one line, harmless characters only, at most about 60 of them. */
export function shown(text: string): string {
  const clipped = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return JSON.stringify(clipped).replaceAll(/[\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, '?');
}

/** The lines that say something, trimmed. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r\n|\n|\r/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Every line parsed by `parseOne`; the problems of all lines together. */
export const eachLine = <T>(text: string, parseOne: (line: string) => Parsed<T>): Parsed<readonly T[]> =>
  every(linesOf(text).map((line) => parseOne(line)));

/** The values of all, or the problems of all. */
export function every<T>(results: readonly Parsed<T>[]): Parsed<readonly T[]> {
  const values: T[] = [];
  const problems: string[] = [];
  for (const result of results) {
    if (result.kind === 'ok') values.push(result.value);
    else problems.push(...result.problems);
  }
  return problems.length > 0 ? bad(...problems) : ok(values);
}

/** The value turned by `change`, or the same problems. */
export const map = <T, U>(result: Parsed<T>, change: (value: T) => U): Parsed<U> =>
  result.kind === 'ok' ? ok(change(result.value)) : result;
