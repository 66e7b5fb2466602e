import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'node_modules/**'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // .ci/run counts from this report.
    reporters:
      process.env.SLUICE_TEST_REPORT === undefined
        ? ['default']
        : ['default', ['json', { outputFile: process.env.SLUICE_TEST_REPORT }]],
  },
})
