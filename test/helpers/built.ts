// A build of the source as it is now, in the place of dist, which may be of an older source: for processes, threads and pages.
import { join } from 'node:path'
import { buildFromSource } from '../../bin/build.mjs'
import { nodeIo } from '../../src/cli/node/io.ts'

let build: string | undefined

/** What the tests of one file run is one build, which the first of them that needs it makes. */
export function forgetBuild(): void {
  build = undefined
}

/** A path in the built package: bin, dist, configs, traces. */
export function built(...parts: readonly string[]): string {
  build ??= buildFromSource()
  return join(build, ...parts)
}

const { bundled, workers } = nodeIo
// The one place that sees every use of dist by the source under test.
Object.assign(nodeIo, {
  bundled: (...parts: readonly string[]) => (parts[0] === 'dist' ? built(...parts) : bundled(...parts)),
  workers: {
    ...workers,
    get file() {
      return built('dist', 'run', 'worker.js')
    },
  },
})
