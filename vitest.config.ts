// How the tests run: everything under test/, no colour, so that exact outputs compare alike everywhere.
import { defineConfig } from 'vitest/config'
import { builtSource } from './test/helpers/built-source.ts'
import { SlowFirst } from './test/helpers/slow-first.ts'

/** A test that hangs is stopped in the end; on a busy machine, any other may take its time. */
const LIMIT_MS = 20 * 60_000

export default defineConfig({
  plugins: [builtSource()],
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
    sequence: { sequencer: SlowFirst },
    execArgv: [
      '--enable-source-maps',
      // Short-lived objects die before they are copied, and collecting them takes no thread: a tenth less work.
      ...['--max-semi-space-size=64', '--single-threaded-gc'],
      // As bin/moesim.js has it.
      '--max-inlined-bytecode-size-cumulative=200',
    ],
    coverage: { include: ['src/**/*.ts'] },
  },
})
