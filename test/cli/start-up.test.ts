// What is loaded before a command is known: little, so that --help comes at once.
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

/** Import and export declarations that are there when the program runs: those of types alone are not. */
const STATIC = /^(?:import|export) (?!type )(?:[^'"()]*? from )?'([^']+)'/gm

function loadedBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string) => {
    if (files.has(file)) return
    files.add(file)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier))
      else if (!specifier.startsWith('node:')) packages.add(specifier)
    }
  }
  visit(entry)
  return { files, packages }
}

test('starting loads the commands, and neither the simulator nor what reads configs', () => {
  const { files, packages } = loadedBy(join(SRC, 'cli/start.ts'))
  expect([...packages].sort()).toEqual(['chalk', 'commander'])
  const folders = new Set([...files].map((file) => relative(SRC, file).split('/')[0]))
  for (const heavy of ['schedulers', 'sim', 'hardware', 'engine', 'model', 'papers', 'sweep', 'run'])
    expect(folders).not.toContain(heavy)
  expect(files.size).toBeLessThan(80)
})
