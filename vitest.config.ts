// How the tests run: everything under test/, no colour, so that exact outputs compare alike everywhere.
import { defineConfig } from 'vitest/config'

/** A test that hangs is stopped in the end; on a busy machine, any other may take its time. */
const LIMIT_MS = 20 * 60_000

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['test/**/*.bench.ts'] },
    env: { NO_COLOR: '1' },
    setupFiles: ['test/helpers/setup.ts'],
    // Loading the source anew for each file would be a third of the work: tests change nothing that others see.
    isolate: false,
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: LIMIT_MS,
    maxWorkers: '100%',
    // Keyed by what is in a file: saves a third of the start.
    experimental: { fsModuleCache: true },
    coverage: { include: ['src/**/*.ts'] },
  },
})
