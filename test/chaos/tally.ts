// What has a sweep shown? Counts what was interrupted, and names what was not: "n of n" must hide nothing.
import { type CaseResult, COMMANDS } from './sweep.ts';

export interface Tally {
  /** A line for each command that was swept. */
  readonly text: string;
  /** Every interruption led to the expected cluster, and there was one at each of the numbers asked for. */
  readonly isWhole: boolean;
}

/**
 * A run may have a mutation less than the one that was counted, where that one lost a race and wrote twice: a case or two of the last
 * number are then passed over. A number that no run reached is a hole: of it nothing is known.
 */
export function tally(results: readonly CaseResult[]): Tally {
  const swept = COMMANDS.map((command) => results.filter((result) => result.command === command));
  const parts = swept.filter((mine) => mine.length > 0).map(tallyOf);
  if (parts.length === 0) return { text: 'nothing was interrupted: no mutation has such a number', isWhole: false };
  return { text: parts.map(({ text }) => text).join('\n'), isWhole: parts.every(({ isWhole }) => isWhole) };
}

function tallyOf(mine: readonly CaseResult[]): Tally {
  const played = mine.filter(({ mutation, problems }) => mutation !== undefined || problems.length > 0);
  const good = played.filter(({ problems }) => problems.length === 0).length;
  const passedOver = mine.filter((result) => !played.includes(result));
  const reached = new Set(played.map(({ at }) => at));
  const holes = [...new Set(passedOver.map(({ at }) => at))].filter((at) => !reached.has(at));
  const others = passedOver.filter(({ at }) => reached.has(at));
  const text = [
    `${mine[0]?.command ?? ''}: ${String(good)} of ${String(played.length)} interruptions lead to the expected cluster`,
    ...(others.length === 0 ? [] : [`passed over, as the run had no such mutation: ${others.map(nameOf).join(', ')}`]),
    ...(holes.length === 0 ? [] : [`NEVER REACHED: ${holes.join(', ')}`]),
  ];
  return { text: text.join('; '), isWhole: good === played.length && holes.length === 0 };
}

const nameOf = ({ moment, at, way }: CaseResult): string => `${moment} ${String(at)}, then ${way}`;
