// Which series are this cluster's? Label matchers that go into every selector.
import type { LabelMatcher } from './config.ts';
import { bad, eachLine, ok, shown, type Parsed } from './parsed.ts';

/** Labels that the gate itself selects by; another matcher on them would change what is judged. */
const OURS = new Set([
  '__name__',
  'reporter',
  'response_code',
  'response_flags',
  'grpc_response_status',
  'destination_service_namespace',
  'destination_workload_namespace',
  'source_workload_namespace',
  'le',
]);

/** `cluster=prod-eu` a line; also `!=`, `=~`, `!~`; quotes around the value are dropped. */
export const parseMatchers = (text: string): Parsed<readonly LabelMatcher[]> => eachLine(text, parseMatcher);

function parseMatcher(line: string): Parsed<LabelMatcher> {
  const [, name, operator, rest] = /^([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*)$/u.exec(line) ?? [];
  const op = OPERATORS.find((known) => known === operator);
  if (name === undefined || op === undefined || rest === undefined) {
    return bad(`${shown(line)} is not a label matcher; write it as \`cluster=prod-eu\``);
  }
  if (OURS.has(name)) return bad(`${shown(line)} selects by a label that the gate itself uses`);
  return ok({ name, op, value: /^".*"$/u.test(rest) ? rest.slice(1, -1) : rest });
}

const OPERATORS = ['=', '!=', '=~', '!~'] as const;
