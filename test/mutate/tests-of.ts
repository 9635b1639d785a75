// Which tests are nearest to a file of the source: those that import it, then its folder's, the quick ones first.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const IMPORT = /(?:\bfrom\s+|\bimport\s*\(\s*)'(\.[^']+\.ts)'/g

const allTests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => join('test', path))

const importsOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((match) => join(dirname(path), match[1]!))

const below = (folder: string) => allTests.filter((path) => path.startsWith(join('test', folder, '/')))
/** What is recorded of whole runs notices more than any other test, slow as it is. */
const isSlow = (path: string) => /\.slow\./.test(path) && !/recorded/.test(path)

export const quickTestsBelow = (folder: string): string[] => below(folder).filter((path) => !isSlow(path))

/** `file`: below src. In stages: a mutant that survives one goes on to the next. */
export function testsOf(file: string, isQuick: boolean): string[][] {
  const [folder = ''] = file.split('/')
  const source = join('src', file)
  const own = below(folder)
  const importers = own.filter((path) => importsOf(path).includes(source))
  const mirrored = join('test', dirname(file), '/')
  const near = existsSync(mirrored) ? own.filter((path) => path.startsWith(mirrored)) : []
  const stages = [importers, near, own]
  const ordered = [
    ...stages.map((paths) => paths.filter((path) => !isSlow(path))),
    ...(isQuick ? [] : [own.filter(isSlow)]),
  ]
  const seen = new Set<string>()
  return ordered.map((paths) => {
    const fresh = paths.filter((path) => !seen.has(path))
    for (const path of fresh) seen.add(path)
    return fresh
  })
}
