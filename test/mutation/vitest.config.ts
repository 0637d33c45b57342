// Which tests has a changed src/slo to get past? Those of the engine and of the gate that runs it, no others.
import { statSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const costOf = ({ moduleId }: TestSpecification): number =>
  statSync(moduleId).size * (moduleId.includes('/phases/') ? 100 : 1);

/** The first test that fails ends a mutant's run: those of the engine itself are the quicker ones, and the small files before the large. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => costOf(a) - costOf(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/slo/**/*.test.ts', 'test/phases/gate*.test.ts'],
    // It reads docs and the names of all tests, and runs nothing of the engine.
    exclude: ['test/slo/rules.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 60_000,
    reporters: ['dot'],
    sequence: { sequencer: QuickestFirst },
  },
});
