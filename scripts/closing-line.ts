// How many tests passed, failed and were skipped in this vitest run? Says so in the run's last line, or, where
// `TEST_COUNTS_FILE` names a file, leaves them there, with what failed, for scripts/test.ts to add up. It judges nothing.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { closingLine, type Counts } from './counts.ts';

/** A vitest reporter: every test counts once; a file that failed before its tests ran, and a stray error, count as failed. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly SerializedError[] = []): void {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
    const failed = (where: string, errors: readonly SerializedError[] = []): void => {
      counts.failed += 1;
      counts.failures.push([where, errors[0]?.message.split('\n')[0] ?? 'did not end'].join(': '));
    };
    for (const error of strayErrors) failed('outside of a test', [error]);
    for (const module of modules) {
      const failedBefore = counts.failed;
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed' || state === 'skipped') counts[state] += 1;
        else failed(`${module.relativeModuleId} > ${test.fullName}`, errors);
      }
      if (module.state() === 'failed' && counts.failed === failedBefore)
        failed(module.relativeModuleId, module.errors());
    }
    const file = process.env['TEST_COUNTS_FILE'];
    if (file === undefined || file === '') process.stdout.write(`${closingLine(counts)}\n`);
    else writeFileSync(file, JSON.stringify(counts));
  }
}
