// Bundles charts.ts with Vega into dist/client/charts.js, and the licences of what is inside beside it; or into another folder.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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

// Only what ended up in the bundle; packages of one author often share one text.
const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
const packages = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ''))
packages.delete('')
const namesByText = new Map()
for (const folder of [...packages].sort()) {
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].find((name) => existsSync(join(root, folder, name)))
  if (file === undefined) throw new Error(`${folder} has no licence file`)
  const text = readFileSync(join(root, folder, file), 'utf8').trim()
  namesByText.set(text, [...(namesByText.get(text) ?? []), basename(folder)])
}
const licences = [...namesByText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`)
writeFileSync(join(folder, 'licences.txt'), licences.join('\n---\n\n'))
