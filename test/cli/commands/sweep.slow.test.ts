// `moesim sweep` on the command line: its output, and what it says where it cannot go on.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import type { CliIo } from '../../../src/cli/ports.ts'
import { IoError } from '../../../src/io.ts'
import { type CliSetting, runCli } from '../../helpers/run-cli.ts'

const EXPERIMENT = `name: small
hardware: fse-dp-2x2
model: qwen3-30b-a3b
trace: qwen3-30b-a3b-demo
workload: {tokens: 8}
layers: [0]
schedulers: [ep, fse-dp]
sweep:
  axes:
    workload.tokens: [8, 16]
    hardware.sram: [2 kB, 8 MiB]
`

let folder: string
let file: string
let out: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-sweep-'))
  file = join(folder, 'small.yaml')
  out = join(folder, 'out')
  writeFileSync(file, EXPERIMENT)
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Of a scheduler in the JSONL. */
interface Written {
  readonly id: string
  readonly pareto: boolean
  readonly metrics: { readonly latency: { readonly value: number } }
}

const sweep = (argv: readonly string[] = [], setting: CliSetting = {}) =>
  runCli(['sweep', file, '--output-dir', out, ...argv], setting)

const points = () => join(out, 'points.jsonl')
const frozen = () => join(out, 'frozen.json')

test('prints a row for each scheduler at each point, and why a point cannot run', async () => {
  const { exitCode, stdout, stderr } = await sweep(['--pareto', 'latency,peakSramPerDie', '--wide'])
  expect(exitCode).toBe(0)
  expect(stderr).toBe(`4 points, 2 cannot run; kept in ${out}\n`)
  const rows = stdout.split('\n').filter((line) => /^ +\d/.test(line))
  expect(rows.map((row) => row.trim().split(/ {2,}/).slice(0, 4))).toEqual([
    ['1', '8', '2 kB', 'cannot run'],
    ['2', '8', '8 MiB', 'ep'],
    ['2', '8', '8 MiB', 'fse-dp'],
    ['3', '16', '2 kB', 'cannot run'],
    ['4', '16', '8 MiB', 'ep'],
    ['4', '16', '8 MiB', 'fse-dp'],
  ])
  expect(rows.some((row) => row.endsWith('*'))).toBe(true)
  expect(stdout).toContain('\npoint 1: an expert of qwen3-30b-a3b')
})

test('JSONL, CSV and Parquet say the same', async () => {
  for (const ending of ['jsonl', 'csv', 'parquet']) {
    const { exitCode } = await sweep(['--pareto', 'latency,energy', '--output', join(folder, `r.${ending}`)])
    expect(exitCode).toBe(0)
  }
  const read = (ending: string) => readFileSync(join(folder, `r.${ending}`))
  const documents = read('jsonl')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(documents.map(({ axes }) => axes)).toEqual([
    { 'workload.tokens': '8', 'hardware.sram': '2 kB' },
    { 'workload.tokens': '8', 'hardware.sram': '8 MiB' },
    { 'workload.tokens': '16', 'hardware.sram': '2 kB' },
    { 'workload.tokens': '16', 'hardware.sram': '8 MiB' },
  ])
  const csv = read('csv').toString().trimEnd().split('\n')
  expect(csv[0]).toMatch(/^point,id,workload_tokens,hardware_sram,scheduler,pareto,boundBy,latency_ps,/)
  const { buffer } = new Uint8Array(read('parquet'))
  const rows = await parquetReadObjects({ file: buffer })
  const flat = documents.flatMap(({ point, id, axes, results, error }) =>
    (results.length === 0 ? [undefined] : results).map((result: Written | undefined) => ({
      ...{ point, id, tokens: Number(axes['workload.tokens']), scheduler: result?.id ?? null },
      ...{ pareto: result?.pareto ?? false, latency: result?.metrics.latency.value ?? null },
      error: error ?? null,
    })),
  )
  const parquet = rows.map((row) => ({
    ...{ point: row.point, id: row.id, tokens: row.workload_tokens, scheduler: row.scheduler ?? null },
    ...{ pareto: row.pareto, latency: row.latency_ps ?? null, error: row.error ?? null },
  }))
  expect(parquet).toEqual(flat)
  expect(csv).toHaveLength(1 + flat.length)
  for (const [i, { point, id, tokens, scheduler, pareto, latency }] of flat.entries()) {
    const cells = csv[i + 1]!.split(',')
    expect([cells[0], cells[1], cells[2], cells[4], cells[5], cells[7]]).toEqual(
      [point, id, tokens, scheduler ?? '', pareto, latency ?? ''].map(String),
    )
  }
})

test('a rerun simulates nothing, a longer axis only what is new, and the order is that of the file', async () => {
  const first = await sweep(['--format', 'csv'])
  const again = await sweep(['--format', 'csv'])
  expect(again.stdout).toBe(first.stdout)
  expect(again.stderr).toBe(`0 points, 4 done before; kept in ${out}\n`)
  const longer = await sweep(['--format', 'csv', '--axis', 'workload.tokens=4,8,16'])
  expect(longer.stderr).toContain('2 points, 4 done before, 1 cannot run')
  const rows = longer.stdout.trimEnd().split('\n').slice(1)
  expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2', '2', '3', '4', '4', '5', '6', '6'])
})

test('shards merge to the bytes of one run, and only when all are there', async () => {
  const { stdout } = await sweep(['--format', 'jsonl'])
  const parts = join(folder, 'parts')
  const shard = (i: number) => runCli(['sweep', file, '--output-dir', parts, '--shard', `${i}/3`])
  const merge = () => runCli(['sweep', 'merge', parts, '--format', 'jsonl'])
  for (const i of [3, 1]) expect(await shard(i)).toMatchObject({ exitCode: 0, stdout: '' })
  const early = await merge()
  expect(early).toMatchObject({ exitCode: 2, stdout: '' })
  expect(early.stderr).toContain('1 of 4 points have no result yet')
  await shard(2)
  expect(await merge()).toEqual({ exitCode: 0, stdout, stderr: '' })
})

test('--dry-run counts and estimates, and leaves no folder', async () => {
  const { exitCode, stdout } = await sweep(['--dry-run'], { nowMs: () => performance.now() })
  expect(exitCode).toBe(0)
  // Two sizes, of each of which one point can run.
  expect(stdout).toMatch(/from 2 points, just measured/)
  expect(stdout).toMatch(/^points {7}4\naxis {9}workload\.tokens: 2 values\n/)
  expect(stdout).toMatch(/\nsimulations {2}8 of one layer by one scheduler\nestimate {5}\d+ s on 1 thread /)
  expect(readdirSync(folder)).toEqual(['small.yaml'])
})

test('--dry-run estimates what is left to do', async () => {
  await sweep()
  const left = await sweep(['--dry-run', '--axis', 'workload.tokens=8,16,32'])
  expect(left.stdout).toMatch(/^points {7}6\ndone before {2}4 points\n/)
  expect(left.stdout).toMatch(/\nsimulations {2}4 of one layer by one scheduler\n/)
  const none = await sweep(['--dry-run'])
  expect(none.stdout).toMatch(/\nsimulations {2}0 .*\nestimate {5}nothing is left to run\n$/)
})

test('what is written in the end is checked before anything is planned', async () => {
  for (const argv of [
    ['--top', '3'],
    ['--pareto', 'nosuch,latency'],
    ['--slurm', '--pareto', 'latency'],
  ]) {
    const { exitCode, stderr } = await sweep([...argv, '--axis', 'model=nosuch'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^(--pareto|error: --(top|pareto))/)
  }
})

test('a constraint or a ranking by a metric that no result has is refused as such', async () => {
  for (const argv of [
    ['--constraint', 'latencyDecode <= 9 s'],
    ['--top', '2', '--by', 'latencyDecode'],
  ]) {
    const { exitCode, stderr } = await sweep([...argv, '--quiet'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^error: no result has latencyDecode; /)
  }
})

test('--slurm, --parallel and --freeze leave a plan and a frozen copy to run on, and run nothing', async () => {
  for (const flag of ['--slurm', '--parallel']) {
    const { exitCode, stdout } = await sweep([flag, '--axis', 'seed=1,2', '--shards', '2'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`sweep ${frozen()} --output-dir ${out} --workers 1 --quiet --shard `)
  }
  expect((await sweep(['--freeze'])).stdout).toBe(`${frozen()}\n`)
  expect(readdirSync(folder).sort()).toEqual(['out', 'small.yaml'])
  expect(readdirSync(out).sort()).toEqual(['frozen.json', 'sweep.json'])
})

test('shards run on the frozen copy as it was, whatever becomes of the experiment', async () => {
  const { stdout } = await sweep([
    '--format',
    'csv',
    '--output-dir',
    join(folder, 'whole'),
    '--axis',
    'seed=1,2',
  ])
  await sweep(['--freeze', '--axis', 'seed=1,2'])
  writeFileSync(file, EXPERIMENT.replace('[8, 16]', '[32]'))
  for (const shard of ['1/2', '2/2']) {
    const { exitCode, stderr } = await runCli(['sweep', frozen(), '--shard', shard])
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('4 points') })
  }
  expect((await runCli(['sweep', 'merge', out, '--format', 'csv'])).stdout).toBe(stdout)
  const refused = await runCli(['sweep', frozen(), '--axis', 'seed=3'])
  expect(refused.stderr).toContain('with a frozen copy, which has those of its sweep')
})

test('a shard of an experiment that was edited since is planned anew', async () => {
  await sweep(['--shard', '1/2'])
  writeFileSync(file, EXPERIMENT.replace('[8, 16]', '[8, 16, 32]'))
  expect((await sweep(['--shard', '1/2'])).stderr).toContain('1 point, 2 done before')
  expect((await runCli(['sweep', 'status', out, '--json'])).stdout).toContain('"points": 6')
})

test('a script for a cluster keeps what becomes of the results, and says where there are fewer points than shards', async () => {
  const { stdout, stderr } = await sweep([
    '--slurm',
    '--pareto',
    'latency,energy',
    '--output',
    'all.jsonl',
    '--workers',
    '2',
  ])
  expect(stdout).toContain(`sweep merge ${out} --output all.jsonl --pareto latency,energy'`)
  expect(stdout).toContain('#SBATCH --cpus-per-task=2\n')
  expect(stderr).toContain('note: 4 points only: 4 shards instead of 16\n')
})

test.each([
  [['--time', '1:00:00'], '--time without --slurm'],
  [['--shards', '4'], '--shards without --slurm or --parallel'],
  [['--slurm', '--throttle', '0'], '--throttle must be a whole number'],
  [['--slurm', '--setup', 'a\nrm b'], '--setup must be a single line'],
])('%j is refused', async (argv, message) => {
  const { exitCode, stdout, stderr } = await sweep(argv)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test('a shard whose host is gone is taken over in a file of its own, and status and merge see all of it', async () => {
  expect((await sweep(['--shard', '1/2'])).exitCode).toBe(0)
  // Another host that seems to be at work on the second: nobody here can ask it.
  const second = join(out, 'points-2-of-2.jsonl')
  writeFileSync(`${second}.lock`, JSON.stringify({ host: 'elsewhere', pid: 1, lock: 'x' }))
  const refused = await sweep(['--shard', '2/2'])
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('add --take-over')
  const early = await runCli(['sweep', 'merge', out])
  expect(early.exitCode).toBe(2)
  expect(early.stderr).toContain('2 of 4 points have no result yet')
  expect((await sweep(['--shard', '2/2', '--take-over'])).exitCode).toBe(0)
  expect(readdirSync(out).sort()).toContain('points-2-of-2-again-1.jsonl')
  const status = await runCli(['sweep', 'status', out, '--json'])
  expect(JSON.parse(status.stdout)).toMatchObject({ points: 4, done: 4, refused: 2, missing: [] })
  expect((await runCli(['sweep', 'status', out])).stdout).toMatch(
    /^small: 4 of 4 points done, of which 2 cannot run\n/,
  )
  expect((await runCli(['sweep', 'merge', out])).exitCode).toBe(0)
})

test('a damaged line is named with its number, and everything else is kept', async () => {
  const { stdout } = await sweep(['--format', 'csv'])
  const lines = readFileSync(points(), 'utf8').split('\n')
  const damaged = lines.with(1, lines[1]!.replace('"value":', '"valye":'))
  writeFileSync(points(), damaged.join('\n'))
  const broken = await sweep()
  expect(broken).toMatchObject({ exitCode: 2, stdout: '' })
  expect(broken.stderr).toContain(`${points()}:2:1 error: a damaged line`)
  expect(broken.stderr).toContain(`sed -i 2d ${points()}`)
  expect(readFileSync(points(), 'utf8')).toBe(damaged.join('\n'))
  writeFileSync(points(), lines.toSpliced(1, 1).join('\n'))
  const mended = await sweep(['--format', 'csv'])
  expect(mended.stdout).toBe(stdout)
  expect(mended.stderr).toContain('1 point, 3 done before')
})

test('a line that a kill has cut off is written anew', async () => {
  const { stdout } = await sweep(['--format', 'csv'])
  const whole = readFileSync(points(), 'utf8')
  writeFileSync(points(), whole.slice(0, -40))
  const again = await sweep(['--format', 'csv'])
  expect(again.stdout).toBe(stdout)
  expect(again.stderr).toContain('1 point, 3 done before')
  expect(readFileSync(points(), 'utf8')).toHaveLength(whole.length)
})

test('results of another version, and another result of the same point, are refused', async () => {
  await sweep()
  const text = readFileSync(points(), 'utf8')
  writeFileSync(join(out, 'points-1-of-2.jsonl'), text)
  expect((await sweep()).exitCode).toBe(0)
  const { lineOf, recordIn } = await import('../../../src/run/point-record.ts')
  const record = recordIn(nodeIo, text.split('\n')[1]!)!
  writeFileSync(
    join(out, 'points-1-of-2.jsonl'),
    lineOf(nodeIo, JSON.stringify({ ...record, baseline: 'other' })),
  )
  expect((await sweep()).stderr).toContain('another result of the point')
  writeFileSync(
    join(out, 'points-1-of-2.jsonl'),
    lineOf(nodeIo, JSON.stringify({ ...record, moesim: '0.0.1' })),
  )
  expect((await sweep()).stderr).toContain('made by moesim 0.0.1; this is 1.2.3')
})

test('a trace that has changed since is refused', async () => {
  await sweep()
  const lines = readFileSync(points(), 'utf8').trimEnd().split('\n')
  const { lineOf, recordIn } = await import('../../../src/run/point-record.ts')
  const changed = lines.map((line) => {
    const record = recordIn(nodeIo, line)!
    return record.results.length === 0
      ? `${line}\n`
      : lineOf(nodeIo, JSON.stringify({ ...record, traceSha256: 'f'.repeat(64) }))
  })
  writeFileSync(points(), changed.join(''))
  const { exitCode, stderr } = await sweep()
  expect(exitCode).toBe(2)
  expect(stderr).toContain('has results that were made with another content of')
})

test('two sweeps in one place: the second one says who is there, and other points are refused too', async () => {
  await sweep()
  const lock = await nodeIo.lock(`${points()}.lock`)
  expect(lock.isHeld).toBe(true)
  const second = await sweep()
  expect(second).toMatchObject({ exitCode: 2, stdout: '' })
  expect(second.stderr).toContain(`in use by process ${process.pid}, this one: another sweep writes here`)
  const other = await sweep(['--shard', '1/2', '--axis', 'seed=7'])
  expect(other.exitCode).toBe(2)
  expect(other.stderr).toContain('another sweep, with other points, is at work here')
  // Its own lock is not left behind.
  expect(readdirSync(out).filter((name) => name.endsWith('.lock'))).toEqual(['points.jsonl.lock'])
  if (lock.isHeld) await lock.release()
  expect((await sweep()).exitCode).toBe(0)
})

test('a folder that cannot be made or written is a clear message', async () => {
  const inFile = await runCli(['sweep', file, '--output-dir', join(file, 'out')])
  expect(inFile.exitCode).toBe(2)
  expect(inFile.stderr).toContain('cannot write: a part of the path is not a directory')
  const io: CliIo = {
    ...nodeIo,
    lock: async (path) => {
      throw new IoError(path, 'permission denied')
    },
  }
  const refused = await sweep([], { io })
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('error: cannot write: permission denied')
})

test('when writing fails half-way, what is done is kept', async () => {
  let room = 2
  const io: CliIo = {
    ...nodeIo,
    appendTo: async (path, keepBytes) => {
      const log = await nodeIo.appendTo(path, keepBytes)
      return {
        close: () => log.close(),
        append: async (text) => {
          if (room-- === 0) throw new IoError(path, 'no space left on the device')
          await log.append(text)
        },
      }
    },
  }
  const full = await sweep([], { io })
  expect(full).toMatchObject({ exitCode: 2, stdout: '' })
  expect(full.stderr).toContain('no space left on the device; points that are done are kept')
  expect((await sweep()).stderr).toContain('2 points, 2 done before')
})

test('a worker that runs out of memory ends the sweep with a clear message, and what is done is kept', async () => {
  // A thread that takes memory without end.
  const worker = join(folder, 'worker.mjs')
  writeFileSync(worker, 'export default () => { for (const all = []; ; ) all.push(new Array(1e5).fill(1)) }')
  const io: CliIo = { ...nodeIo, workers: { threads: 1, file: worker, heapBytes: 64 * 2 ** 20 } }
  const argv = ['--axis', 'hardware.sram=8 MiB,9 MiB', '--axis', 'workload.tokens=8']
  expect((await sweep(argv)).exitCode).toBe(0)
  const range = 'hardware.sram={from: 8 MiB, to: 40 MiB, step: 1 MiB}'
  const large = ['--axis', range, '--axis', 'workload.tokens=8,200']
  const { exitCode, stdout, stderr } = await sweep(large, { io })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain('needs more than')
  expect(stderr).toContain('use fewer threads')
  expect((await sweep(argv)).stderr).toContain('0 points, 2 done before')
})

test('Ctrl-C ends a sweep with 130 and keeps what is done', async () => {
  let now = 0
  const { exitCode } = await sweep(['--quiet'], { nowMs: () => now++ * 100, interrupt: true })
  expect(exitCode).toBe(130)
  expect((await sweep()).exitCode).toBe(0)
})

test('where no point can run, exit is 2 and the rows say why', async () => {
  const { exitCode, stdout, stderr } = await sweep(['--axis', 'hardware.sram=1 kB,2 kB'])
  expect(exitCode).toBe(2)
  expect(stdout).toContain('cannot run')
  expect(stderr).toContain('no point can run')
})

test.each([
  [['--shard', '3/2'], '--shard must be i/n'],
  [['--shard', '1/2', '--output', 'x.csv'], 'one shard is not the whole result'],
  [['--output', 'x.txt'], 'cannot tell the format of x.txt'],
  [['--format', 'parquet'], '--format parquet is for a file'],
  [['--pareto', 'latency'], 'two different metrics'],
  [['--dry-run', '--slurm'], '--dry-run and --slurm exclude each other'],
  [['--slurm', '--shards', '0'], '--shards must be a whole number'],
])('%j is refused before anything is written', async (argv, message) => {
  const { exitCode, stderr } = await sweep(argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
  expect(readdirSync(folder)).toEqual(['small.yaml'])
})

test('merge of a folder without a sweep, or with a damaged plan, says so', async () => {
  mkdirSync(out)
  expect((await runCli(['sweep', 'merge', out])).stderr).toContain('there is no plan of a sweep')
  await sweep()
  appendFileSync(join(out, 'sweep.json'), 'x')
  expect((await runCli(['sweep', 'merge', out])).stderr).toContain('not the plan of a sweep')
  expect((await runCli(['sweep', 'merge', out, '--axis', 'a=1'])).stderr).toContain('merge takes --format')
})

test.each([
  ['a point taken out', (text: string) => text.replace(/^\{"id".*,\n/m, '')],
  ['a value changed', (text: string) => text.replace(/"values":\["[^"]*"/, '"values":["9 MiB"')],
  ['an axis renamed', (text: string) => text.replace(/"axes":\["[^"]*"/, '"axes":["hardware.name"')],
])('a plan that was edited (%s) is noticed, and run again it is mended', async (_what, edit) => {
  await sweep()
  const plan = join(out, 'sweep.json')
  const text = readFileSync(plan, 'utf8')
  expect(edit(text)).not.toBe(text)
  writeFileSync(plan, edit(text))
  const { exitCode, stdout, stderr } = await runCli(['sweep', 'merge', out])
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain('sweep.json error: edited: its content does not match its check')
  await sweep()
  expect(readFileSync(plan, 'utf8')).toBe(text)
})

test('the sweep of docs/sweeps.md runs as shown', async () => {
  const page = readFileSync(new URL('../../../docs/sweeps.md', import.meta.url), 'utf8')
  const [, text] = /<<'YAML'\n([\s\S]*?)YAML\n/.exec(page)!
  writeFileSync(file, text!)
  const argv = ['--pareto', 'latency,dieArea', '--format', 'csv', '--quiet', '--set', 'workload.tokens=4']
  const { exitCode, stdout } = await sweep(argv)
  expect(exitCode).toBe(0)
  expect(stdout.trimEnd().split('\n')).toHaveLength(1 + 6 * 3)
})
