// A plugin of vitest: what tests import from src is the build of it that their processes and threads run as well.
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Plugin } from 'vitest/config'
import { buildFromSource } from '../../bin/build.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the build that the whole run tests. */
    readonly build?: string
  }
}

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Node loads it: a sixth less work than if vitest did, and the code that users run. */
export function builtSource(): Plugin {
  let build: string | undefined
  return {
    name: 'built-source',
    enforce: 'pre',
    configureVitest({ vitest, project }) {
      // These look at the files of the source itself.
      if (vitest.config.watch || vitest.config.coverage.enabled) return
      // Mutation tests bring a build of their own.
      build = process.env.MOESIM_BUILD ?? buildFromSource()
      project.provide('build', build)
    },
    resolveId(specifier, importer) {
      if (build === undefined || importer === undefined || !specifier.endsWith('.ts')) return undefined
      const path = relative(SRC, join(dirname(importer), specifier))
      if (path.startsWith('..')) return undefined
      const file = join(build, 'dist', path.replace(/\.ts$/, '.js'))
      return { id: pathToFileURL(file).href, external: true }
    },
  }
}
