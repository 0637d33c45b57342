// Which suites are there, and how long may each take?
import { defineConfig } from 'vitest/config';
import ClosingLine from './scripts/closing-line.ts';

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/bundle/**', 'test/contract/**'],
          testTimeout: 30_000, // properties take long on a busy machine
        },
      },
      {
        // Ports against fakes and real adapters alike; entered through test/cluster/within.ts.
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.contract.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // dist/index.js as a runner starts it.
        extends: true,
        test: { name: 'bundle', include: ['test/bundle/**/*.bundle.ts'], testTimeout: 30_000 },
      },
      {
        // The bundle on the test cluster: entered through test/cluster/within.ts, one file at a time.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          fileParallelism: false,
          testTimeout: 600_000, // a hang ends; a slow machine does not
          hookTimeout: 300_000,
        },
      },
      {
        // The same, for what takes minutes to come about; no part of `npm test`.
        extends: true,
        test: { name: 'slow', include: ['test/slow/**/*.slow.ts'], fileParallelism: false, testTimeout: 300_000 },
      },
    ],
  },
});
