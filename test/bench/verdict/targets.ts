// What is the gate asked to reach, and does it? Each target with what was seen.
import { settingsWith } from '../../builders/gate-settings.ts';
import { catchesBetter, clearlyMore, limitCell } from './compare.ts';
import { FLAGGER_DEFAULT, JUDGES } from './judges.ts';
import { LOOKS_OF_A_BAKE, type Result, type Tally } from './tally.ts';

export interface Target {
  readonly target: string;
  readonly seen: string;
  readonly held: boolean;
}

const MOST_FALSE = 0.01;
const CAUGHT_WITHIN_S = 45;

export function targets(results: readonly Result[]): readonly Target[] {
  const { minRequests } = settingsWith();
  const atLimit = results.filter(({ cell }) => cell.name.startsWith('the limit'));
  const outages = results.filter(({ cell }) => cell.incident?.kind === 'outage');
  return [
    ...(['steady', 'bursty', 'ramping'] as const).map((shape) => falseAt(shape, atLimit)),
    caughtSoon(results),
    {
      target: `no PASS below ${String(minRequests)} requests`,
      ...fewest(results, minRequests),
    },
    {
      target: 'no rollback without Prometheus',
      ...ofAll(outages, ({ rolledBack }) => rolledBack, 'rolled back'),
    },
    neverSlower(results),
  ];
}

const mine = ({ tallies: [tally] }: Result): Tally | undefined => tally;
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

/** Who was held early counts as if it had been rolled back: more looks might have done it. */
const mostRolledBack = ({ rolledBack, heldSoon }: Tally): number => rolledBack + heldSoon;

function falseAt(shape: string, atLimit: readonly Result[]): Target {
  const all = atLimit
    .filter(({ cell }) => cell.shape === shape)
    .flatMap(({ cell, tallies: [tally] }) => (tally === undefined ? [] : [{ cell, tally }]))
    .toSorted((a, b) => mostRolledBack(b.tally) - mostRolledBack(a.tally));
  const [worst] = all;
  const looks = String(LOOKS_OF_A_BAKE);
  const target = `at the limit, ${shape}: at most 1 % rolled back, or held before the ${looks}th look; no PASS before it`;
  if (worst === undefined) return { target, seen: 'not run', held: false };
  const { tally, cell } = worst;
  const fewestLooks = Math.min(...all.map((each) => each.tally.fewestLooks ?? Infinity));
  const soon = `${percent(tally.rolledBack, tally.batches)} rolled back, ${percent(tally.heldSoon, tally.batches)} held soon`;
  const passes = fewestLooks === Infinity ? 'no PASS' : `no PASS before ${String(fewestLooks)} looks`;
  return {
    target,
    seen: `at worst ${soon} (${cell.name}, ${String(cell.rate)} requests/s); ${passes}`,
    held: mostRolledBack(tally) / tally.batches <= MOST_FALSE && fewestLooks >= LOOKS_OF_A_BAKE,
  };
}

function caughtSoon(results: readonly Result[]): Target {
  const target = `10 × the limit, steady, 5 requests/s: caught within ${String(CAUGHT_WITHIN_S)} s of the window's start`;
  const result = results.find(
    ({ cell }) => cell.name === '10 × the limit' && cell.shape === 'steady' && cell.rate === 5,
  );
  const tally = result === undefined ? undefined : mine(result);
  const { median, p95 } = tally?.fromWindowS ?? {};
  if (median === undefined || p95 === undefined) return { target, seen: 'not run', held: false };
  return {
    target,
    seen: `${median.toFixed(0)} s in the median, ${p95.toFixed(0)} s at the 95th percentile`,
    held: p95 <= CAUGHT_WITHIN_S,
  };
}

function fewest(results: readonly Result[], least: number): Pick<Target, 'seen' | 'held'> {
  const found = Math.min(...results.map((result) => mine(result)?.fewestPassed ?? Infinity));
  if (found === Infinity) return { seen: 'no PASS', held: false };
  return { seen: `the fewest on which it passed: ${String(found)}`, held: found >= least };
}

function ofAll(
  results: readonly Result[],
  count: (tally: Tally) => number,
  what: string,
): Pick<Target, 'seen' | 'held'> {
  const tallies = results.flatMap((result) => mine(result) ?? []);
  const found = tallies.reduce((sum, tally) => sum + count(tally), 0);
  const all = tallies.reduce((sum, { batches }) => sum + batches, 0);
  return { seen: `${String(found)} of ${all.toLocaleString('en-US')} ${what}`, held: found === 0 && all > 0 };
}

/**
 * Where Flagger's default raises no more false alarms than this gate, it neither catches more nor sooner. Long bursts are none of what
 * the gate promises: one of them is enough for both.
 */
function neverSlower(results: readonly Result[]): Target {
  const theirs = JUDGES.findIndex(({ name }) => name === FLAGGER_DEFAULT);
  const breaches = results.filter(({ cell }) => cell.breach && cell.shape !== 'long bursts');
  const lost = breaches.filter((result) => {
    const [our, flagger] = [mine(result), result.tallies[theirs]];
    const limit = limitCell(result.cell, results);
    const [ourFalse, itsFalse] = [limit?.tallies[0], limit?.tallies[theirs]];
    if (our === undefined || flagger === undefined || ourFalse === undefined || itsFalse === undefined) return false;
    return !clearlyMore(itsFalse.rolledBack, ourFalse.rolledBack, ourFalse.batches) && catchesBetter(flagger, our);
  });
  const where = lost.map(({ cell: { name, shape, rate } }) => `${name}, ${shape}, ${String(rate)}/s`);
  return {
    target: `never slower than Flagger's default where that raises no more false alarms, long bursts apart`,
    seen: lost.length === 0 ? `in none of ${String(breaches.length)} cells` : `slower in: ${where.join('; ')}`,
    held: lost.length === 0 && breaches.length > 0,
  };
}
