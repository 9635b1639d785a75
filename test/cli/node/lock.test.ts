// Lock files: held by one, given back, and taken from the dead.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFile } from '../../../src/cli/node/lock.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-lock-'))
  path = join(folder, 'a.lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (host: string, pid: number) => writeFileSync(path, JSON.stringify({ host, pid, lock: 'x' }))

async function take(): Promise<string | undefined> {
  const lock = await lockFile(path)
  if (!lock.isHeld) return lock.holder
  await lock.release()
  expect(readdirSync(folder)).toEqual([])
  return undefined
}

test('is held by one until it is released', async () => {
  const lock = await lockFile(path)
  expect(lock.isHeld).toBe(true)
  expect(await take()).toBe(`process ${process.pid}, this one`)
  if (lock.isHeld) await lock.release()
  expect(existsSync(path)).toBe(false)
  expect(await take()).toBeUndefined()
})

test('is not taken from a process that lives, here or on another machine', async () => {
  write(hostname(), process.ppid)
  expect(await take()).toBe(`process ${process.ppid} on ${hostname()}`)
  write('elsewhere', 1)
  expect(await take()).toBe('process 1 on elsewhere')
  writeFileSync(path, '')
  expect(await take()).toBe('another process')
})

test('is taken from a process that is gone, whatever way it went', async () => {
  write(hostname(), spawnSync('true').pid)
  expect(await take()).toBeUndefined()
  // An earlier process with our number.
  write(hostname(), process.pid)
  expect(await take()).toBeUndefined()
  // Another machine that has not touched it for minutes.
  write('elsewhere', 1)
  const old = Date.now() / 1000 - 600
  utimesSync(path, old, old)
  expect(await take()).toBeUndefined()
})

test('a folder that is not there is a reason in words', async () => {
  await expect(lockFile(join(folder, 'no', 'a.lock'))).rejects.toMatchObject({
    reason: 'no such file or directory',
  })
})
