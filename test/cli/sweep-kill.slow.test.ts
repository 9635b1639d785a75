// A sweep as a process of its own, killed again and again, and on a disk that fills up.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import seedrandom from 'seedrandom'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { built } from '../helpers/built.ts'

const BIN = built('bin', 'moesim.js')
const POINTS = 50

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-sweep-'))
  const text = `name: killed
hardware: fse-dp-2x2
model: olmoe-1b-7b
workload: {tokens: 4}
layers: [0]
schedulers: [ep, fse-dp]
sweep:
  axes:
    hardware.sram: {from: 8 MiB, to: 26 MiB, count: 10}
    hardware.link.bandwidth: {from: 96 GB/s, to: 960 GB/s, count: 5}
`
  writeFileSync(join(folder, 'killed.yaml'), text)
})
afterEach(() => rmSync(folder, { recursive: true }))

function start(argv: readonly string[]) {
  const child = spawn(process.execPath, [BIN, ...argv], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const written = { stderr: '' }
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  return { child, closed, written }
}

async function finish(argv: readonly string[]): Promise<string> {
  const { closed, written } = start(argv)
  expect(await closed).toEqual([0, null])
  return written.stderr
}

const sizeOf = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0
const bytesOf = (file: string) => readFileSync(join(folder, file))

async function merged(dir: string): Promise<Buffer> {
  await finish(['sweep', 'merge', dir, '--pareto', 'latency,dieArea', '--output', `${dir}.jsonl`])
  return bytesOf(`${dir}.jsonl`)
}

test('killed six times at random moments and resumed, a sweep gives the bytes of one that ran through', async () => {
  const random = seedrandom.alea('kills')
  const file = 'killed-sweep/points.jsonl'
  for (let kill = 0; kill < 6; kill++) {
    const before = sizeOf(file)
    const { child, closed } = start(['sweep', 'killed.yaml', '--quiet', '--workers', `${kill % 3}`])
    // Some are killed while they start, most of them after their first new points.
    const isEarly = kill % 4 === 3
    while (!isEarly && sizeOf(file) === before && child.exitCode === null) await wait(3)
    await wait(random() * (isEarly ? 600 : 40))
    child.kill('SIGKILL')
    expect(await closed).toEqual([null, 'SIGKILL'])
    expect(sizeOf(file)).toBeGreaterThanOrEqual(isEarly ? before : before + 1)
  }
  const resumed = await finish(['sweep', 'killed.yaml', '--workers', '2', '--output', 'last.csv'])
  const [, done, skipped] = /^(\d+) points?, (\d+) done before/m.exec(resumed)!.map(Number)
  expect(done! + skipped!).toBe(POINTS)
  expect(skipped).toBeGreaterThanOrEqual(5)

  const through = ['--output-dir', 'through', '--output', 'through.csv', '--workers', '0']
  await finish(['sweep', 'killed.yaml', ...through])
  expect(bytesOf('last.csv').equals(bytesOf('through.csv'))).toBe(true)
  // Shards of another process each, too.
  await Promise.all(
    [1, 2].map((i) => finish(['sweep', 'killed.yaml', '--output-dir', 'shards', '--shard', `${i}/2`])),
  )
  const expected = await merged('through')
  expect(expected.toString().trimEnd().split('\n')).toHaveLength(POINTS)
  expect((await merged('killed-sweep')).equals(expected)).toBe(true)
  expect((await merged('shards')).equals(expected)).toBe(true)
})

test('SIGTERM ends a sweep with 143 and SIGHUP with 129, with and without threads: the lock is gone, and what is done is kept', async () => {
  const endings = [
    ['SIGTERM', 143, '0'],
    ['SIGTERM', 143, '1'],
    ['SIGHUP', 129, '1'],
  ] as const
  for (const [signal, code, workers] of endings) {
    const before = sizeOf('killed-sweep/points.jsonl')
    const { child, closed, written } = start(['sweep', 'killed.yaml', '--quiet', '--workers', workers])
    while (sizeOf('killed-sweep/points.jsonl') === before && child.exitCode === null) await wait(3)
    child.kill(signal)
    expect(await closed).toEqual([code, null])
    expect(written.stderr).toBe(signal === 'SIGTERM' ? 'terminated\n' : 'hung up\n')
    expect(readdirSync(join(folder, 'killed-sweep')).sort()).toEqual([
      'frozen.json',
      'points.jsonl',
      'sweep.json',
    ])
  }
  const lines = bytesOf('killed-sweep/points.jsonl').toString().trimEnd().split('\n').length
  expect(lines).toBeGreaterThanOrEqual(endings.length)
  expect(await finish(['sweep', 'killed.yaml'])).toContain(`${POINTS - lines} points, ${lines} done before`)
})

test('a disk that fills up ends a sweep with a clear message and exit 2, and what is done stays', async () => {
  // The limit on the size of a file stands for the end of the disk: a write is cut short there. The unit is 1024 bytes.
  const shell = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`
  const argv = [process.execPath, BIN, 'sweep', 'killed.yaml', '--quiet', '--workers', '0']
  const child = spawn('bash', ['-c', shell, ...argv], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  expect((await once(child, 'close'))[0]).toBe(2)
  expect(stderr).toBe(
    'killed-sweep/points.jsonl error: cannot write: the file is larger than this process may write; points that are done are kept: the same command goes on from there\n1 error\n',
  )
  const kept = bytesOf('killed-sweep/points.jsonl')
  expect(kept.length).toBeGreaterThan(50_000)
  expect(kept.at(-1)).toBe(10)
  const lines = kept.toString().trimEnd().split('\n').length
  expect(await finish(['sweep', 'killed.yaml'])).toContain(`${POINTS - lines} points, ${lines} done before`)
})
