// What do the tallies say to people? The tables of docs/benchmarks.md. Formatting only; the targets are in targets.ts.
import type { Cell } from './cells.ts';
import { betterRivals } from './compare.ts';
import { JUDGES } from './judges.ts';
import type { Quantiles, Result, Tally } from './tally.ts';
import { targets } from './targets.ts';

const BEGIN = '<!-- verdicts: written by npm run bench:verdict -->';
const END = '<!-- end of verdicts -->';

const TIMES =
  'the median / 95th percentile of the seconds since the last new pod became Ready, and the median of the looks, until the';

interface Run {
  readonly batches: number;
  readonly batchesAtLimit: number;
  readonly seed: number;
  readonly command: string;
}

const grouped = (count: number): string => count.toLocaleString('en-US');

/** The document with this text between its markers. */
export function withSection(document: string, text: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the document has lost the markers ${BEGIN} … ${END}`);
  return `${document.slice(0, from + BEGIN.length)}\n\n${text}\n\n${document.slice(to)}`;
}

export function report(results: readonly Result[], { batches, batchesAtLimit, seed, command }: Run): string {
  const harmless = results.filter(({ cell }) => !cell.breach);
  const broken = results.filter(({ cell }) => cell.breach);
  return [
    `${String(results.length)} cells of ${grouped(batches)} batches, of ${grouped(batchesAtLimit)} where the ratio is at the limit; seed ${String(seed)}: \`${command} -- --batches ${String(batches)} --seed ${String(seed)}\`.`,
    '### Targets',
    table(
      ['target', 'seen', ''],
      targets(results).map(({ target, seen, held }) => [target, seen, held ? 'held' : '**missed**']),
    ),
    '### Nothing is wrong: how many batches were rolled back?',
    `Every rollback here is a false one. In brackets: batches held, where people are asked; only this gate can hold. Then ${TIMES} PASS.`,
    table(
      ['what fails', 'how', 'requests/s', ...JUDGES.map(({ name }) => name), 'better than this gate'],
      harmless.map((result) => [...head(result.cell), ...result.tallies.map(falseAlarms), better(result, results)]),
    ),
    '### The upgrade broke it: how many batches were rolled back, and how soon?',
    `Behind the share ${TIMES} rollback. Then what became of the rest: passed is wrong, held is not.`,
    table(
      ['what fails', 'how', 'requests/s', ...JUDGES.map(({ name }) => name), 'better than this gate'],
      broken.map((result) => [...head(result.cell), ...result.tallies.map(caught), better(result, results)]),
    ),
  ].join('\n\n');
}

const head = ({ name, shape, rate }: Cell): readonly string[] => [name, shape, String(rate)];

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share of the batches; a share that is there is never written as none or all. */
function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  if (part === 0 || part === whole) return `${String(percent)} %`;
  if (percent < 0.05) return '< 0.1 %';
  return percent >= 99.95 ? '> 99.9 %' : `${percent.toFixed(1)} %`;
}

function times({ median, p95 }: Quantiles, looks: Quantiles): string {
  if (median === undefined || p95 === undefined) return '';
  return ` in ${median.toFixed(0)} / ${p95.toFixed(0)} s, ${looks.median === 1 ? '1 look' : `${String(looks.median)} looks`}`;
}

function falseAlarms({ batches, passed, rolledBack, held, passS, passLooks }: Tally): string {
  const heldToo = held === 0 ? '' : ` (${share(held, batches)} held)`;
  return `${share(rolledBack, batches)}${heldToo}${passed === 0 ? '' : `; PASS${times(passS, passLooks)}`}`;
}

function caught({ batches, rolledBack, passed, held, rollbackS, rollbackLooks }: Tally): string {
  return [
    `${share(rolledBack, batches)}${times(rollbackS, rollbackLooks)}`,
    ...(passed > 0 ? [`${share(passed, batches)} passed`] : []),
    ...(held > 0 ? [`${share(held, batches)} held`] : []),
  ].join('; ');
}

/** Who does better in this row, and what it costs there: how often the same judge rolls back at the limit itself. */
function better(result: Result, results: readonly Result[]): string {
  const rivals = betterRivals(result, results);
  if (rivals.length === 0) return '–';
  return rivals
    .map(({ name, atTheLimit }) =>
      atTheLimit === undefined
        ? name
        : `${name} (false at the limit: ${share(atTheLimit.rolledBack, atTheLimit.batches)})`,
    )
    .join('; ');
}
