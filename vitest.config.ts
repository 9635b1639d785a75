// How the tests run: everything under test/, no colour, so that exact outputs compare alike everywhere.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['test/**/*.bench.ts'] },
    env: { NO_COLOR: '1' },
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: 30_000,
    maxWorkers: '100%',
    coverage: { include: ['src/**/*.ts'] },
  },
})
