// Bundles charts.ts with Vega into dist/client/charts.js, and the licences of what is inside beside it; or into another folder.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeLicences } from '../../../../bin/licences.mjs'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const [, , folder = join(root, 'dist', 'client')] = process.argv
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/report/page/client/charts.ts'],
  outfile: join(folder, 'charts.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

writeLicences(root, metafile, folder)
