// The build of the source as it is now, for processes, threads and pages: dist may be of an older source.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { buildFromSource } from '../../bin/build.mjs'
import { nodeIo } from '../../src/cli/node/io.ts'

/** Undefined where each file of tests makes sure of its own: see built-source.ts. */
const buildOfRun = inject('build')
let buildOfFile: string | undefined

export function forgetBuild(): void {
  buildOfFile = undefined
}

/** A path in the built package: bin, dist, configs, traces. */
export function built(...parts: readonly string[]): string {
  buildOfFile ??= buildOfRun ?? buildFromSource()
  return join(buildOfFile, ...parts)
}

const { bundled, workers } = nodeIo
// The one place that sees every use of dist by the source under test.
Object.assign(nodeIo, {
  bundled: (...parts: readonly string[]) => (parts[0] === 'dist' ? built(...parts) : bundled(...parts)),
  workers: {
    ...workers,
    get file() {
      // Mutation tests have no bundle: what they change is not in it.
      const bundled = built('dist', 'bundle', 'run', 'worker.js')
      return existsSync(bundled) ? bundled : built('dist', 'run', 'worker.js')
    },
  },
})
