// Bundles the program, its worker and the library into dist/bundle, or into another folder: a process opens a third of the files, and
// starts in two thirds of the time. Parts that only some commands need stay files of their own, and so do packages that are large.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeLicences } from './licences.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [, , folder = join(root, 'dist', 'bundle')] = process.argv
/** What most commands load, and comes in many files. */
const INSIDE = ['chalk', 'cli-table3', 'commander', 'csv-parse', 'string-width', 'yaml', 'zod']

/** All packages but those are left where npm puts them. */
const outside = {
  name: 'outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)[0]
      const isOwn = !importer.includes('node_modules')
      return isOwn && !path.startsWith('node:') && !INSIDE.includes(name) && importer !== ''
        ? { path, external: true }
        : undefined
    })
  },
}

const { metafile } = await build({
  absWorkingDir: root,
  // All as deep as src/cli/node/io.ts is below the package, as it looks for configs from there.
  entryPoints: {
    'cli/start': 'src/cli/start.ts',
    'run/worker': 'src/run/worker.ts',
    'lib/index': 'src/index.ts',
  },
  outdir: folder,
  chunkNames: 'chunks/[name]-[hash]',
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', plugins: [outside] },
  // Packages in CommonJS ask for modules of Node.
  banner: {
    js: "import {createRequire as requiring} from 'node:module';const require=requiring(import.meta.url);",
  },
  ...{ minifyWhitespace: true, sourcemap: 'linked', sourcesContent: false },
  ...{ legalComments: 'none', metafile: true, logLevel: 'warning' },
})
writeLicences(root, metafile, folder)
