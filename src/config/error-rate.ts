// How many requests may fail, and for which namespaces is it another number?
import type { ErrorRateLimits } from './config.ts';
import { bad, linesOf, ok, shown, type Parsed } from './parsed.ts';
import { parseShare } from './share.ts';

/** Where only exceptions are given. */
const USUAL_LIMIT = 0.01;

/** One limit (`1%`) and any number of exceptions (`legacy-*: 5%`), in the order in which they are asked. */
export function parseErrorRate(text: string): Parsed<ErrorRateLimits> {
  const problems: string[] = [];
  const exceptions: { pattern: string; limit: number }[] = [];
  const limits: number[] = [];
  for (const line of linesOf(text)) {
    const [, pattern, share = line] = /^([^:\s]+)\s*:\s*(.*)$/u.exec(line) ?? [];
    const limit = parseShare(share);
    if (limit.kind !== 'ok') problems.push(...limit.problems);
    else if (limit.value === 1) problems.push(`${shown(line)} lets every request fail`);
    else if (pattern === undefined) limits.push(limit.value);
    else if (/^[a-z0-9*?-]+$/u.test(pattern)) exceptions.push({ pattern, limit: limit.value });
    else problems.push(`${shown(pattern)} is neither a namespace's name nor a glob with * and ?`);
  }
  if (limits.length > 1) problems.push('there is more than one limit; write exceptions as `legacy-*: 5%`');
  return problems.length > 0 ? bad(...problems) : ok({ limit: limits[0] ?? USUAL_LIMIT, exceptions });
}
