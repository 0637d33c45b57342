// `npm test`: every suite, and one last line that adds them up from the numbers each left in a file. A suite that ends
// badly without naming a failed test, or that leaves no numbers, counts as one failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { closingLine, countsOfSuite, type Counts } from './counts.ts';

const SUITES: readonly { readonly name: string; readonly inCluster: boolean }[] = [
  { name: 'unit', inCluster: false },
  { name: 'contract', inCluster: true },
  { name: 'bundle', inCluster: false },
  { name: 'e2e', inCluster: true },
];

const scratch = mkdtempSync(path.join(tmpdir(), 'istio-canary-upgrade-test-'));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
try {
  for (const suite of SUITES) {
    const counts = run(suite);
    process.stdout.write(`suite ${suite.name}: ${closingLine(counts)}\n`);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${closingLine(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

function run({ name, inCluster }: (typeof SUITES)[number]): Counts {
  const file = path.join(scratch, `${name}.json`);
  const vitest = ['run', '--project', name];
  const [command, args] = inCluster
    ? (['node', ['test/cluster/within.ts', 'vitest', ...vitest]] as const)
    : (['vitest', vitest] as const);
  const { status } = spawnSync(command, args, {
    cwd: path.join(import.meta.dirname, '..'),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TEST_COUNTS_FILE: file },
  });
  return countsOfSuite(status, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
}
