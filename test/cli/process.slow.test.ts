// The launcher as a process of its own: pipes, signals and exit codes.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { built } from '../helpers/built.ts'

const BIN = built('bin', 'moesim.js')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-process-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function start(argv: readonly string[], bin = BIN, flags: readonly string[] = []) {
  const child = spawn(process.execPath, [...flags, bin, ...argv], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessWithoutNullStreams
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  return { child, written }
}

/** Once the process listens for Ctrl-C, it tells how many seconds of work it has done: no clock, as the machine may be busy. */
const TELL_WORK = `process.on('newListener', (event) => {
  if (event === 'SIGINT') setInterval(() => process.send(process.cpuUsage().user / 1e6), 20).unref()
})`
/** The layers of the runs below begin within half of it. */
const WORK_BEFORE_CTRL_C_S = 2

/** A run that gets Ctrl-C in the middle of its work. */
function startAndInterrupt(argv: readonly string[]) {
  const started = start(argv, BIN, ['--import', `data:text/javascript,${encodeURIComponent(TELL_WORK)}`])
  const { child } = started
  child.on('message', (workS) => {
    if (Number(workS) > WORK_BEFORE_CTRL_C_S && !child.killed) child.kill('SIGINT')
  })
  return started
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code
}

test('the launcher prints the result to stdout and exits 0', async () => {
  const { child, written } = start(['list', 'topologies'])
  expect(await exitOf(child)).toBe(0)
  expect(written.stdout).toContain('\nmesh ')
  expect(written.stderr).toBe('')
})

test('bad input exits 2 with nothing on stdout', async () => {
  const { child, written } = start(['run', 'absent.yaml'])
  expect(await exitOf(child)).toBe(2)
  expect(written.stdout).toBe('')
  expect(written.stderr).toContain('absent.yaml error: cannot read')
})

test('a large result arrives whole in a pipe that is slow to read', async () => {
  const { child, written } = start(['run', '--format', 'json', '--tokens', '16', '--layers', '0,16,32'])
  child.stdout.pause()
  setTimeout(() => child.stdout.resume(), 1500)
  expect(await exitOf(child)).toBe(0)
  expect(JSON.parse(written.stdout)).toMatchObject({ schemaVersion: 1, baseline: 'ep' })
})

test('a reader that goes away is no failure', async () => {
  const { child, written } = start(['run', '--format', 'json', '--tokens', '16'])
  child.stdout.destroy()
  expect(await exitOf(child)).toBe(0)
  expect(written.stderr).toBe('')
})

test('a reader that goes away does not turn a failure into success', async () => {
  for (const stream of ['stdout', 'stderr'] as const) {
    const { child } = start(['run', '--tokens', 'none', '--layers', 'none'])
    child[stream].destroy()
    expect(await exitOf(child)).toBe(2)
  }
})

test('Ctrl-C ends a long run with 130 and leaves no file behind', async () => {
  const work = ['--model', 'deepseek-v3', '--tokens', '4096', '--iterations', '50']
  const { child, written } = startAndInterrupt(['run', ...work, '--output', 'result.json'])
  expect(await exitOf(child)).toBe(130)
  // The demo's trace is of another model: a warning says so before.
  expect(written.stderr.endsWith('interrupted\n')).toBe(true)
  expect(written.stdout).toBe('')
  expect(readdirSync(folder)).toEqual([])
})

test('threads change nothing that is printed', async () => {
  // Long enough for threads to be worth their start.
  const work = ['--model', 'deepseek-v3', '--tokens', '256', '--layers', 'sample:21', '--scheduler', 'ep']
  const runs = ['0', '2'].map((workers) =>
    start(['run', ...work, '--quiet', '--format', 'json', '--workers', workers]),
  )
  expect(await Promise.all(runs.map(({ child }) => exitOf(child)))).toEqual([0, 0])
  const [inline, threaded] = runs.map(({ written }) => written)
  expect(threaded).toEqual(inline)
  expect(JSON.parse(inline!.stdout).results).toHaveLength(1)
})

test.each(['0', '1'])('Ctrl-C ends a run with --workers %s inside a layer', async (workers) => {
  // A layer takes several times as long as it is left.
  const work = ['--model', 'deepseek-v3', '--tokens', '4096', '--iterations', '150', '--layers', '3,4']
  const { child, written } = startAndInterrupt(['run', ...work, '--quiet', '--workers', workers])
  expect(await exitOf(child)).toBe(130)
  expect(written).toEqual({ stdout: '', stderr: 'interrupted\n' })
})

test('without a build the launcher says how to get one', async () => {
  cpSync(BIN, join(folder, 'bin', 'moesim.mjs'))
  const { child, written } = start(['run'], join(folder, 'bin', 'moesim.mjs'))
  expect(await exitOf(child)).toBe(2)
  expect(written.stderr).toContain('npm run build')
})
