// `npm run test:sweep`: kills an upgrade, one that fails and takes itself back, a rollback and a complete at every one of their
// mutations, says n of n, and fails where one was never reached. With a command (`-- failing`) and numbers (`-- upgrade 1 20`, or
// every third: `-- upgrade 1 20 3`) it plays only these; with `before` or `after`, `again` or `back`, only those. With `relabel` all of
// it by that strategy, with an installation of the target.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isInside } from '../cluster/namespace.ts';
import { openArena } from './arena.ts';
import { type Case, type CaseResult, casesOf, COMMANDS, play, walkThrough } from './sweep.ts';
import { tally } from './tally.ts';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const WORDS = process.argv.slice(2);
const [first, last, step = 1] = WORDS.filter((word) => /^\d+$/u.test(word)).map(Number);
const one = <T extends string>(...of: readonly T[]): readonly T[] => {
  const named = of.filter((word) => WORDS.includes(word));
  return named.length === 0 ? of : named;
};

const isWanted = ({ at, moment, way }: Case): boolean =>
  at >= (first ?? 1) &&
  (at - (first ?? 1)) % step === 0 &&
  at <= (last ?? first ?? Number.POSITIVE_INFINITY) &&
  one('before', 'after').includes(moment) &&
  one('again', 'back').includes(way === 'again' ? 'again' : 'back');

async function sweep(): Promise<readonly CaseResult[]> {
  const arena = await openArena(WORDS.includes('relabel') ? 'relabel' : 'tag');
  const results: CaseResult[] = [];
  try {
    const course = await walkThrough(arena);
    for (const command of COMMANDS) say(`${command}: ${String(course.mutations[command].length)} mutations`);
    for (const command of one(...COMMANDS)) {
      for (const each of casesOf(command, course).filter(isWanted)) {
        const result = await play(arena, course, each);
        results.push(result);
        say(lineOf(result));
      }
    }
  } finally {
    await arena.stop();
  }
  return results;
}

function lineOf({ command, at, moment, way, mutation, problems, seconds }: CaseResult): string {
  const on = way === 'again' ? 'the same command again' : 'rollback';
  const verdict = problems.length === 0 ? 'ok' : `BROKEN\n    ${problems.join('\n    ')}`;
  if (mutation === undefined && problems.length === 0)
    return `${command} had no mutation ${String(at)} this time (${seconds.toFixed(1)} s)`;
  return `${command} killed ${moment} ${String(at)} (${mutation ?? 'none'}), then ${on}: ${verdict} (${seconds.toFixed(1)} s)`;
}

if (isInside()) {
  const results = await sweep();
  const { text, isWhole } = tally(results);
  say(`\n${text}`);
  process.exitCode = isWhole ? 0 : 1;
} else {
  const within = join(import.meta.dirname, '..', 'cluster', 'within.ts');
  const args = [within, process.execPath, import.meta.filename, ...WORDS];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
