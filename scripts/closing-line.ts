// How many tests passed, failed and were skipped in this vitest run? Says so in the run's last line, or, where
// `TEST_COUNTS_FILE` names a file, leaves the numbers there for scripts/test.ts to add up. It judges nothing.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { closingLine, type Counts } from './counts.ts';

/** A vitest reporter: every test counts once; a file that failed before its tests ran, and a stray error, count as failed. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[] = []): void {
    const counts: Counts = { passed: 0, failed: strayErrors.length, skipped: 0 };
    for (const module of modules) {
      const failedBefore = counts.failed;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
      if (module.state() === 'failed' && counts.failed === failedBefore) counts.failed += 1;
    }
    const file = process.env['TEST_COUNTS_FILE'];
    if (file === undefined || file === '') process.stdout.write(`${closingLine(counts)}\n`);
    else writeFileSync(file, JSON.stringify(counts));
  }
}
