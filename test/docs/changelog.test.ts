// The version moves with the numbers: the changelog begins with the version at hand, and knows the recorded results.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readFile } from './documents.ts'

const DIGITS = 12

/** Versions, newest first, with the digits of the recorded numbers. */
const entries = [
  ...readFile('docs/CHANGELOG.md').matchAll(/^## (\d+\.\d+\.\d+)\n\nNumbers: .*?SHA-256 `([0-9a-f]+)`/gm),
].map(([, version, digits]) => ({ version: version!, digits: digits! }))

const versionIn = (path: string) => (JSON.parse(readFile(path)) as { version: string }).version

test('the changelog begins with the version of package.json and its lock', () => {
  expect(entries[0]!.version).toBe(versionIn('package.json'))
  expect(versionIn('package-lock.json')).toBe(versionIn('package.json'))
})

test('the recorded numbers are those of the newest version: where they changed, move the version and say why', () => {
  const sha256 = createHash('sha256').update(readFile('.ci/speedups.json')).digest('hex')
  expect(entries[0]!.digits).toBe(sha256.slice(0, DIGITS))
})

test('versions descend', () => {
  const parts = entries.map(({ version }) => version.split('.').map(Number))
  const isBelow = (a: readonly number[], b: readonly number[]) =>
    a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!
  expect(parts).toEqual([...parts].sort((a, b) => isBelow(b, a)))
  expect(new Set(entries.map(({ version }) => version)).size).toBe(entries.length)
})
