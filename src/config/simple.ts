// How are plain values read: numbers, choices, yes and no, lists of words?
import { bad, eachLine, ok, shown, type Parsed } from './parsed.ts';
import { nearest } from './nearest.ts';

/** A whole number from 1. */
export const parseCount = (text: string): Parsed<number> =>
  /^\d{1,9}$/u.test(text) && Number(text) >= 1 ? ok(Number(text)) : bad(`${shown(text)} is not a whole number from 1`);

/** Exactly `true` or `false`. */
export const parseYesNo = (text: string): Parsed<boolean> =>
  text === 'true' || text === 'false' ? ok(text === 'true') : bad(`${shown(text)} is neither true nor false`);

/** A parser for one of `choices`. */
export function parseChoice<const T extends string>(choices: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const choice = choices.find((each) => each === text);
    if (choice !== undefined) return ok(choice);
    const near = nearest(text, choices);
    const hint = near === undefined ? '' : `; perhaps \`${near}\` was meant`;
    return bad(`${shown(text)} is none of ${choices.map((each) => `\`${each}\``).join(', ')}${hint}`);
  };
}

/** One word without spaces. */
export const parseWord = (text: string): Parsed<string> =>
  /^\S+$/u.test(text) ? ok(text) : bad(`${shown(text)} is more than one word`);

/** One line of text. */
export const parseLine = (text: string): Parsed<string> =>
  /[\r\n]/u.test(text) ? bad('this is more than one line') : ok(text);

/** Finding ids, one a line. */
export const parseIds = (text: string): Parsed<readonly string[]> =>
  eachLine(text, (line) =>
    /^[a-z0-9][a-z0-9-]*$/u.test(line) ? ok(line) : bad(`${shown(line)} is not the id of a finding`),
  );

/** `next`, or a batch's number. */
export const parseBatch = (text: string): Parsed<'next' | number> =>
  text === 'next'
    ? ok('next')
    : /^[1-9]\d{0,5}$/u.test(text)
      ? ok(Number(text))
      : bad(`${shown(text)} is neither \`next\` nor a batch's number`);

/** A plan's hash as `plan` prints it: 12 hex digits. */
export const parsePlanHash = (text: string): Parsed<string> =>
  /^[0-9a-f]{12}$/iu.test(text) ? ok(text.toLowerCase()) : bad(`${shown(text)} is not a plan's hash: 12 hex digits`);
