// Runs a tool of the tests, written in TypeScript, on a build of the source as it is now:
// node bin/tool.mjs test/fuzz/main.ts --seconds 60
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { buildFromSource } from './build.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SRC = join(ROOT, 'src')
const [entry, ...args] = process.argv.slice(2)
const built = buildFromSource()
// Beside the build, so that imports of packages are looked up from there.
const outfile = join(built, `${entry.replaceAll(/\W/g, '-')}-${process.pid}.mjs`)

/** The source is not bundled: Node loads its build, which finds configs and workers beside itself. */
const sourceIsBuilt = {
  name: 'source-is-built',
  setup({ onResolve, onLoad }) {
    // Helpers find their fixtures beside the files that they were written in.
    onLoad({ filter: /\.m?[jt]s$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }))
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, importer }) => {
      const inside = relative(SRC, join(dirname(importer), path))
      if (importer === '' || inside.startsWith('..')) return undefined
      const file = join(built, 'dist', inside.replace(/\.ts$/, '.js'))
      return { path: pathToFileURL(file).href, external: true }
    })
  },
}

await build({
  ...{ entryPoints: [join(ROOT, entry)], outfile, bundle: true, logLevel: 'warning' },
  ...{ platform: 'node', format: 'esm', target: 'node20', packages: 'external', plugins: [sourceIsBuilt] },
})
process.once('exit', () => rmSync(outfile, { force: true }))
process.argv.splice(1, process.argv.length - 1, outfile, ...args)
await import(pathToFileURL(outfile).href)
