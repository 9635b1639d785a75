// Appending to real files: what is there is kept, what is cut off is cut, failures are in words.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAppend } from '../../../src/cli/node/append.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-append-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file is made, grows at its end, and is cut to what is to be kept', async () => {
  const path = join(folder, 'log')
  const first = await openAppend(path, 0)
  await first.append('one\n')
  expect(readFileSync(path, 'utf8')).toBe('one\n')
  await first.append('two\n')
  await first.close()
  const second = await openAppend(path, 4)
  await second.append('three\n')
  await second.close()
  expect(readFileSync(path, 'utf8')).toBe('one\nthree\n')
})

test('a file shorter than what is to be kept is left as it is', async () => {
  const path = join(folder, 'log')
  writeFileSync(path, 'one\n')
  const log = await openAppend(path, 100)
  await log.append('two\n')
  await log.close()
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

test('what cannot be opened or written fails with a reason', async () => {
  await expect(openAppend(folder, 0)).rejects.toMatchObject({ reason: 'is a directory' })
  await expect(openAppend(join(folder, 'no', 'log'), 0)).rejects.toMatchObject({
    reason: 'no such file or directory',
  })
})
