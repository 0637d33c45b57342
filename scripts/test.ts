// `npm test`: every suite, and one last line that adds them up from the numbers each left in a file. A suite that ends
// badly without naming a failed test, or that leaves no numbers, counts as one failure. What failed is named again at the
// end: of a log as long as this, that is what is kept and read.
// The files of e2e mostly wait, so they run side by side, each in a network of its own; what one prints comes when it has ended.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { closingLine, countsOfSuite, sumOf, type Counts } from './counts.ts';

const ROOT = path.join(import.meta.dirname, '..');
const WITHIN = ['node', 'test/cluster/within.ts'];
/** Clusters at once: one for each core, and no more than a laptop's memory holds. */
const SIDE_BY_SIDE = Math.min(availableParallelism(), 4);
const E2E = 'test/e2e';

const scratch = mkdtempSync(path.join(tmpdir(), 'istio-canary-upgrade-test-'));
let total: Counts;
try {
  const suites = [
    await suite('unit', () => run('unit')),
    await suite('contract', () => run('contract', WITHIN)),
    await suite('bundle', () => run('bundle')),
    await suite('e2e', sideBySide),
  ];
  total = sumOf(suites);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const failure of total.failures) process.stdout.write(`failed: ${failure}\n`);
process.stdout.write(`${closingLine(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function suite(name: string, counted: () => Promise<Counts>): Promise<Counts> {
  const counts = await counted();
  process.stdout.write(`suite ${name}: ${closingLine(counts)}\n`);
  return counts;
}

/** The larger files first, so that none of them is left alone at the end. */
async function sideBySide(): Promise<Counts> {
  const sizeOf = (file: string): number => statSync(path.join(ROOT, file)).size;
  const files = readdirSync(path.join(ROOT, E2E))
    .filter((name) => name.endsWith('.e2e.ts'))
    .map((name) => `${E2E}/${name}`)
    .toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const counts: Counts[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const printed: Buffer[] = [];
      process.stdout.write(`e2e: ${file} begins, ${String(files.length - next)} wait\n`);
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what a lane is
      counts.push(await run('e2e', WITHIN, [file], printed));
      process.stdout.write(Buffer.concat(printed));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return sumOf(counts);
}

/** One run of vitest; what it prints goes to `printed`, or to our own output at once. */
async function run(
  project: string,
  before: readonly string[] = [],
  files: readonly string[] = [],
  printed?: Buffer[],
): Promise<Counts> {
  const file = path.join(scratch, `${[project, ...files.map((each) => path.basename(each))].join('-')}.json`);
  const [command = '', ...args] = [...before, 'vitest', 'run', '--project', project, ...files];
  const stdio = printed === undefined ? ('inherit' as const) : ('pipe' as const);
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, TEST_COUNTS_FILE: file },
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => printed?.push(chunk));
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  return countsOfSuite(
    [project, ...files].join(' '),
    status,
    existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  );
}
