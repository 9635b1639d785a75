// The launcher as a process of its own: pipes, signals and exit codes.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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
const WORK_BEFORE_CTRL_C_S = 1.5

/** A run that gets Ctrl-C, or another signal, in the middle of its work. */
function startAndInterrupt(argv: readonly string[], signal: NodeJS.Signals = 'SIGINT') {
  const started = start(argv, BIN, ['--import', `data:text/javascript,${encodeURIComponent(TELL_WORK)}`])
  const { child } = started
  child.on('message', (workS) => {
    if (Number(workS) > WORK_BEFORE_CTRL_C_S && !child.killed) child.kill(signal)
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

describe('standard output on a full disk', () => {
  const onFullDisk = async (argv: readonly string[], skip: (note: string) => void) => {
    if (!existsSync('/dev/full')) skip('there is no /dev/full here')
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [BIN, ...argv], { cwd: folder, stdio: ['ignore', full, 'pipe'] })
    let stderr = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const code = await exitOf(child)
    closeSync(full)
    return { code, stderr }
  }
  const FULL = 'error: cannot write to standard output: no space left on the device\n'

  test.each([
    ['run', '--tokens', '4', '--layers', 'sample:1', '--quiet'],
    ['run', '--tokens', '4', '--layers', 'sample:1', '--quiet', '--format', 'json'],
    ['list', 'topologies'],
    ['schema', 'hardware'],
    ['--help'],
    ['--version'],
  ])('ends %s %s with one line and exit 2', async (...argv) => {
    const context = { skip: (note: string) => expect.unreachable(note) }
    expect(await onFullDisk(argv, context.skip)).toEqual({ code: 2, stderr: FULL })
  })

  test('never makes a check look like a changed speedup', async ({ skip }) => {
    const run = { experiment: 'demo', tokens: '4', layers: 'sample:1' }
    const results = { ep: { latency: 1 } }
    const cases = [{ name: 'one', run, results }]
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ schemaVersion: 1, metrics: ['latency'], cases }))
    const { code, stderr } = await onFullDisk(['check', 'c.json', '--changed-input', '--quiet'], skip)
    expect({ code, stderr }).toEqual({ code: 2, stderr: FULL })
  })

  test('is noticed where the disk fills up in the middle of a text', async () => {
    // The limit on the size of a file stands for the end of the disk: a write is cut short there. The unit is 1024 bytes.
    const shell = `trap '' XFSZ; ulimit -f 2; exec "$0" "$@" > out.json`
    const argv = [
      process.execPath,
      BIN,
      'run',
      '--tokens',
      '4',
      '--layers',
      '0',
      '--format',
      'json',
      '--quiet',
    ]
    const child = spawn('bash', ['-c', shell, ...argv], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    expect(await exitOf(child)).toBe(2)
    expect(stderr).toBe(
      'error: cannot write to standard output: the file is larger than this process may write\n',
    )
  })
})

test.each([
  ['SIGTERM', 143, 'terminated'],
  ['SIGHUP', 129, 'hung up'],
] as const)('%s ends a long run with %i and leaves no file behind', async (signal, code, word) => {
  const work = ['--model', 'deepseek-v3', '--tokens', '4096', '--iterations', '50']
  const { child, written } = startAndInterrupt(['run', ...work, '--output', 'result.json'], signal)
  expect(await exitOf(child)).toBe(code)
  expect(written.stderr.endsWith(`${word}\n`)).toBe(true)
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
