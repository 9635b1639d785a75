// The real file port: plain reasons, whole writes, nothing left behind.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { readText } from '../../../src/io.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-io-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (...parts: string[]) => join(folder, ...parts)

test('writes a file that reads back, and leaves no temporary file beside it', async () => {
  await nodeIo.write(at('a.txt'), 'first')
  await nodeIo.write(at('a.txt'), 'second ± 1')
  expect(await readText(nodeIo, at('a.txt'), 100)).toBe('second ± 1')
  expect(readdirSync(folder)).toEqual(['a.txt'])
})

test('a failed write leaves neither a part nor a temporary file', async () => {
  mkdirSync(at('taken'))
  await expect(nodeIo.write(at('taken'), 'text')).rejects.toThrow('is a directory')
  await expect(nodeIo.write(at('absent', 'b.txt'), 'text')).rejects.toThrow('no such file or directory')
  expect(readdirSync(folder)).toEqual(['taken'])
})

test('writes a file that arrives in pieces, and leaves nothing of one that breaks off', async () => {
  async function* pieces(isBroken: boolean) {
    yield new TextEncoder().encode('one ')
    yield new TextEncoder().encode('two')
    if (isBroken) throw new Error('broken off')
  }
  await nodeIo.write(at('a.txt'), pieces(false))
  await expect(nodeIo.write(at('a.txt'), pieces(true))).rejects.toThrow('broken off')
  await expect(nodeIo.write(at('b.txt'), pieces(true))).rejects.toThrow('broken off')
  expect(await readText(nodeIo, at('a.txt'), 100)).toBe('one two')
  expect(readdirSync(folder)).toEqual(['a.txt'])
})

test('reads from the middle of a file, as far as it goes', async () => {
  writeFileSync(at('a.txt'), '0123456789')
  const between = async (start: number, end: number) =>
    new TextDecoder().decode(await nodeIo.readRange(at('a.txt'), start, end))
  expect(await between(2, 5)).toBe('234')
  expect(await between(8, 20)).toBe('89')
  expect(await between(20, 30)).toBe('')
  await expect(nodeIo.readRange(at('absent'), 0, 1)).rejects.toThrow('no such file or directory')
  await expect(nodeIo.readRange(folder, 0, 1)).rejects.toThrow('is a directory')
})

test('replaces what a symbolic link points to and keeps the link', async () => {
  writeFileSync(at('real.txt'), 'old')
  symlinkSync(at('real.txt'), at('link.txt'))
  await nodeIo.write(at('link.txt'), 'new')
  expect(readFileSync(at('real.txt'), 'utf8')).toBe('new')
})

test('writes into a device instead of replacing it', async () => {
  await nodeIo.write('/dev/null', 'text')
  expect(await nodeIo.stat('/dev/null')).toMatchObject({ kind: 'other' })
})

test.each([
  ['a missing folder', ['absent', 'out.json'], 'no such file or directory'],
  ['a folder in place of a file', [], 'is a directory'],
  ['a file in place of a folder', ['file', 'out.json'], 'not a directory'],
])('says before any work that it cannot write to %s', async (_name, parts, reason) => {
  writeFileSync(at('file'), '')
  await expect(nodeIo.assertWritable(at(...parts))).rejects.toThrow(reason)
})

test('a path that can be written passes the check without being made', async () => {
  await nodeIo.assertWritable(at('new.json'))
  expect(existsSync(at('new.json'))).toBe(false)
})

test('nothing at a path is no error for stat, and one with its reason for read and list', async () => {
  expect(await nodeIo.stat(at('absent'))).toBeUndefined()
  await expect(readText(nodeIo, at('absent'), 10)).rejects.toThrow(
    `${at('absent')}: no such file or directory`,
  )
  await expect(readText(nodeIo, folder, 10)).rejects.toThrow('is a directory')
  await expect(nodeIo.list(at('absent'))).rejects.toThrow('no such file or directory')
})

test('lists files and folders by kind', async () => {
  mkdirSync(at('sub'))
  writeFileSync(at('a.csv'), '')
  const entries = await nodeIo.list(folder)
  expect([...entries].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: 'a.csv', kind: 'file' },
    { name: 'sub', kind: 'directory' },
  ])
})

test('finds what ships with moesim', () => {
  expect(existsSync(nodeIo.bundled('package.json'))).toBe(true)
})

test('hashes data fed in pieces like the whole', () => {
  const hash = nodeIo.hash()
  hash.update('ab')
  hash.update(new TextEncoder().encode('c'))
  expect(hash.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('makes a folder with those it lies in, once', async () => {
  await Promise.all([nodeIo.makeDirectory(at('a', 'b', 'c')), nodeIo.makeDirectory(at('a', 'b', 'd'))])
  await nodeIo.makeDirectory(at('a', 'b', 'c'))
  expect(readdirSync(at('a', 'b')).sort()).toEqual(['c', 'd'])
  writeFileSync(at('file'), '')
  await expect(nodeIo.makeDirectory(at('file'))).rejects.toThrow('there is a file of that name')
  await expect(nodeIo.makeDirectory(at('file', 'sub'))).rejects.toThrow(
    'a part of the path is not a directory',
  )
})

test.skipIf(!existsSync('/proc/self'))('gives up where a file system makes no folders', async () => {
  await expect(nodeIo.makeDirectory('/proc/no-such/sub')).rejects.toThrow('no such file or directory')
})

test('says so of a name that no file can have', async () => {
  await expect(nodeIo.makeDirectory('a\0b')).rejects.toThrow('no file can have that name')
})
