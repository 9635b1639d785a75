// Scripts of the repository that work with the build: traces, schemas, fits.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { built } from '../helpers/built.ts'

const FOLDERS = ['bin', 'configs', 'traces']
const scripts = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.mjs'))
    .map((path) => join(folder, path)),
)

test('what a script imports of the build is there', () => {
  const imported = scripts.flatMap((script) =>
    [...readFileSync(script, 'utf8').matchAll(/from '(\.[^']*\/dist\/[^']*)'/g)].map(([, path]) =>
      relative('.', join(dirname(script), path!)),
    ),
  )
  expect(imported.length).toBeGreaterThan(3)
  expect(imported.filter((path) => !existsSync(built(path)))).toEqual([])
})
