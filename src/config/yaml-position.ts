// Where in a YAML text is something, what does it say, and what does not parse? Complaints never repeat the text,
// which may hold secrets.
import { isNode, type LineCounter, type Scalar, type YAMLError } from 'yaml';

/** Says where a node begins: `line 3, column 5`. */
export type Position = (node: unknown) => string;

const say = (lines: LineCounter, offset: number): string => {
  const { line, col } = lines.linePos(offset);
  return `line ${Math.max(line, 1)}, column ${Math.max(col, 1)}`;
};

/** Positions of one document's nodes; a node that is not there is where the text begins. */
export const positionIn =
  (lines: LineCounter): Position =>
  (node) =>
    say(lines, isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** A scalar's text; numbers as written, since `007` and `1e3` must not become others; empty for null. */
export function scalarText({ value, source }: Scalar): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return value === null ? '' : (source ?? '');
}

/** The parser's complaints in our words: its own would repeat the text. */
export const yamlProblems = (errors: readonly YAMLError[], lines: LineCounter): readonly string[] =>
  errors.map((error) => `${say(lines, error.pos[0])}: ${WORDS[error.code] ?? 'this is not YAML'}`);

const WORDS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit',
  TAB_AS_INDENT: 'a tab cannot indent YAML',
  DUPLICATE_KEY: 'this key is there twice',
  MISSING_CHAR: 'a character such as a quote, a bracket or a colon is missing',
  BAD_ALIAS: 'an alias names no anchor; quote a value that begins with *',
  MULTILINE_IMPLICIT_KEY: 'a key spans several lines; a quote or a colon is missing',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping begins inside a line; quote a value that has a colon in it',
  MULTIPLE_DOCS: 'there is more than one document',
};
