// Which tests has a changed src/slo to get past? Those of the engine and of the gate that runs it, no others.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/slo/**/*.test.ts', 'test/phases/gate*.test.ts'],
    // It reads docs and the names of all tests, and runs nothing of the engine.
    exclude: ['test/slo/rules.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 60_000,
    reporters: ['dot'],
  },
});
