// What does each line of `batches` take from the namespaces that are left?
import type { BatchRule } from './config.ts';
import { bad, eachLine, map, ok, shown, type Parsed } from './parsed.ts';
import { parseSelectorLine } from './selector.ts';
import { parseShare } from './share.ts';

/** One rule a line, at least one, and none behind a line that takes everything. */
export function parseBatchRules(text: string): Parsed<readonly BatchRule[]> {
  const rules = eachLine(text, parseBatchRule);
  if (rules.kind !== 'ok') return rules;
  const last = rules.value.findIndex((rule) => rule.kind.startsWith('rest'));
  return last >= 0 && last < rules.value.length - 1
    ? bad(`line ${last + 1} takes all the rest, so nothing is left for line ${last + 2}`)
    : rules;
}

/** `3`, `10%`, `rest`, `rest by 10`, `rest by 25%`, or names, globs and `label: key=value`. */
export function parseBatchRule(line: string): Parsed<BatchRule> {
  const rest = /^rest(?:\s+by\s+(\S+))?$/u.exec(line);
  const amount = rest === null ? line : rest[1];
  if (amount === undefined) return ok({ kind: 'rest' });
  if (/^\d+$/u.test(amount)) {
    return map(positive(amount), (count) => ({ kind: rest === null ? 'count' : 'rest-by-count', count }));
  }
  if (amount.endsWith('%')) {
    return map(positiveShare(amount), (share) => ({ kind: rest === null ? 'share' : 'rest-by-share', share }));
  }
  if (rest !== null || /^rest\b(?!-)/u.test(line)) {
    return bad(`${shown(line)} is not a batch; write \`rest\`, \`rest by 10\` or \`rest by 25%\``);
  }
  return map(parseSelectorLine(line), (selectors) => ({ kind: 'select', selectors }));
}

function positive(text: string): Parsed<number> {
  const count = Number(text);
  return count >= 1 && count <= 100_000 ? ok(count) : bad(`a batch of ${shown(text)} namespaces moves nothing`);
}

function positiveShare(text: string): Parsed<number> {
  const share = parseShare(text);
  return share.kind === 'ok' && share.value === 0 ? bad(`a batch of ${shown(text)} moves nothing`) : share;
}
