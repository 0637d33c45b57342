// Which namespaces are meant by a line such as `payments`, `team-*` or `label: tier=gold`?
import type { NamespaceSelector } from './config.ts';
import { bad, every, linesOf, map, ok, shown, type Parsed } from './parsed.ts';

/** The selectors of every line; several in a line are separated by spaces or commas. */
export const parseSelectors = (text: string): Parsed<readonly NamespaceSelector[]> =>
  map(every(linesOf(text).map((line) => parseSelectorLine(line))), (lines) => lines.flat());

/** The selectors of one line, at least one. */
export function parseSelectorLine(line: string): Parsed<readonly NamespaceSelector[]> {
  const words = line
    .replaceAll(/\blabel:\s*/gu, 'label:')
    .split(/[\s,]+/u)
    .filter((word) => word !== '');
  return words.length === 0 ? bad(`${shown(line)} names no namespace`) : every(words.map((word) => parseOne(word)));
}

function parseOne(word: string): Parsed<NamespaceSelector> {
  if (word.startsWith('label:')) return parseLabel(word.slice('label:'.length));
  if (/^[a-z0-9*?](?:[a-z0-9*?-]*[a-z0-9*?])?$/u.test(word) && word.length <= 63) {
    return ok({ kind: 'glob', pattern: word });
  }
  return bad(`${shown(word)} is neither a namespace's name, nor a glob with * and ?, nor \`label: key=value\``);
}

function parseLabel(text: string): Parsed<NamespaceSelector> {
  const match = /^([A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?)=([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/u.exec(
    text,
  );
  const key = match?.[1];
  if (key === undefined || key.split('/').length > 2) {
    return bad(`${shown(`label: ${text}`)} is not a label; write it as \`label: key=value\``);
  }
  return ok({ kind: 'label', key, value: match?.[3] ?? '' });
}
