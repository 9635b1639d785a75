// What tests and `npm run dev` run beside vitest's own process: the source as it is now, never an older build.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildFromSource } from '../../bin/build.mjs'
import { nodeIo } from '../../src/cli/node/io.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCE = 'src/cli/start.ts'
const COPIED = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'bin']

/** A package with one line of source. */
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'moesim-build-'))
  for (const path of COPIED) cpSync(join(ROOT, path), join(root, path), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  for (const name of ['typescript', '@types', 'esbuild', '@esbuild'])
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name))
  write('src/report/page/client/make.mjs', '')
  write('src/run/worker.ts', '')
  write('src/index.ts', '')
  write(SOURCE, printing(1))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** The package run from its source: what it prints, and its exit code. */
async function dev() {
  const child = spawn(process.execPath, ['bin/dev.mjs'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout }
}

const printing = (number: number) => `export const start = (): void => console.log(${number})\n`
const printed = (number: number) => ({ code: 0, stdout: `${number}\n` })
const builds = () => readdirSync(join(root, 'node_modules', '.cache', 'moesim'))

test('an edit is in the next run; what nothing has asked for in a day goes when something is built', async () => {
  expect(await dev()).toEqual(printed(1))
  const [old] = builds()
  write(SOURCE, printing(2))
  expect(await dev()).toEqual(printed(2))
  write(SOURCE, printing(1))
  expect(await dev()).toEqual(printed(1))
  expect(builds()).toHaveLength(2)
  const yesterday = Date.now() / 1000 - 25 * 3600
  for (const build of builds())
    utimesSync(join(root, 'node_modules', '.cache', 'moesim', build), yesterday, yesterday)
  expect(await dev()).toEqual(printed(1))
  write(SOURCE, printing(3))
  expect(await dev()).toEqual(printed(3))
  expect(builds()).toHaveLength(2)
  expect(builds()).toContain(old)
})

test('without its bundle a build starts all the same', async () => {
  expect(await dev()).toEqual(printed(1))
  const [build = ''] = builds()
  rmSync(join(root, 'node_modules', '.cache', 'moesim', build, 'dist', 'bundle'), { recursive: true })
  expect(await dev()).toEqual(printed(1))
})

test('runs that build at once do not disturb each other', async () => {
  expect(await Promise.all([dev(), dev()])).toEqual([printed(1), printed(1)])
  expect(builds()).toHaveLength(1)
})

test('source that cannot be read is no build, and leaves nothing behind', async () => {
  write(SOURCE, 'export const start = (: void => 1\n')
  expect(await dev()).toEqual({ code: 1, stdout: '' })
  expect(builds()).toEqual([])
})

test('threads and pages under test come from such a build, not from dist', () => {
  const build = buildFromSource()
  expect(nodeIo.workers.file).toBe(join(build, 'dist', 'bundle', 'run', 'worker.js'))
  expect(nodeIo.bundled('dist', 'client', 'charts.js')).toBe(join(build, 'dist', 'client', 'charts.js'))
  expect(readFileSync(join(build, 'bin', 'moesim.js'), 'utf8')).toContain('../dist/bundle/cli/start.js')
})
