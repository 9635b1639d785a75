// run --timeline, from the command line to the file: its structure, what it adds up to, and what is refused.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

interface TraceEvent {
  readonly name: string
  readonly ph: 'X' | 'C' | 'M'
  readonly cat?: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: {
    readonly name?: string
    readonly bytes?: number
    readonly weights?: number
    readonly tokens?: number
  }
}

const RUN = [
  'run',
  '--model',
  'deepseek-moe-16b',
  '--tokens',
  '16',
  '--layers',
  '1,2',
  '--format',
  'json',
  '--quiet',
]
const SCHEDULERS = ['--scheduler', 'ep:prefetch=1', '--scheduler', 'fse-dp']

let folder: string
let events: readonly TraceEvent[]
let results: readonly {
  readonly id: string
  readonly metrics: Readonly<Record<string, { readonly value: number }>>
}[]

const read = (file: string): readonly TraceEvent[] =>
  JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()).traceEvents

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-timeline-'))
  const run = await runCli([...RUN, ...SCHEDULERS, '--timeline', join(folder, 'all.json.gz')])
  expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: '' })
  results = JSON.parse(run.stdout).results
  events = read('all.json.gz')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Whole nanoseconds: what viewers round to. */
const ns = (us: number) => Math.round(us * 1000)
const slices = () => events.filter(({ ph }) => ph === 'X')
const laneOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`

describe('the file', () => {
  test('has a process for each die of each scheduler, with a lane for every unit and link', () => {
    const processes = events.filter(({ name }) => name === 'process_name').map(({ args }) => args.name)
    const dies = [0, 1, 2, 3]
    expect(processes).toEqual(
      ['ep:prefetch=1', 'fse-dp'].flatMap((id) => dies.map((die) => `${id}: die ${die}`)),
    )
    const first = events
      .filter(({ name, pid }) => name === 'thread_name' && pid === 1)
      .map(({ args }) => args.name)
    expect(first).toEqual(
      expect.arrayContaining([
        'compute unit',
        'memory channel',
        'prefetch unit',
        'link to die 1',
        'link to die 2',
      ]),
    )
  })

  test('every slice has a named lane, and no lane has two names', () => {
    const lanes = events.filter(({ name }) => name === 'thread_name').map(laneOf)
    expect(new Set(lanes).size).toBe(lanes.length)
    const named = new Set(lanes)
    expect(slices().filter((slice) => !named.has(laneOf(slice)))).toEqual([])
    expect(slices().length).toBeGreaterThan(1000)
  })

  test('in every lane times increase and slices do not overlap, so that they nest', () => {
    const ends = new Map<string, number>()
    for (const slice of slices()) {
      expect(ns(slice.ts)).toBeGreaterThanOrEqual(ends.get(laneOf(slice)) ?? 0)
      ends.set(laneOf(slice), ns(slice.ts) + ns(slice.dur))
    }
  })

  test('every die has a counter of its SRAM whose times increase and which ends empty', () => {
    const counters = events.filter(({ ph }) => ph === 'C')
    expect(new Set(counters.map(({ pid }) => pid)).size).toBe(8)
    const last = new Map<number, TraceEvent>()
    for (const counter of counters) {
      expect(ns(counter.ts)).toBeGreaterThan(ns(last.get(counter.pid)?.ts ?? -1))
      expect(counter.args.weights).toBeGreaterThanOrEqual(0)
      expect(counter.args.tokens).toBeGreaterThanOrEqual(0)
      last.set(counter.pid, counter)
    }
    for (const { args } of last.values()) expect(args).toEqual({ weights: 0, tokens: 0 })
  })

  test('slices are named by expert and micro-slice', () => {
    const names = slices().map(({ name }) => name)
    expect(names).toContainEqual(expect.stringMatching(/^expert \d+ slice 15$/))
    for (const name of names) expect(name).toMatch(/^expert \d+ (slice \d+|tokens)( to die \d)?$/)
  })
})

describe('what it adds up to', () => {
  const of = (scheduler: number, kind: string) =>
    slices().filter(({ pid, cat }) => cat === kind && Math.floor((pid - 1) / 4) === scheduler)
  const bytesOf = (some: readonly TraceEvent[]) => some.reduce((sum, { args }) => sum + args.bytes!, 0)

  test.each([0, 1])(
    'bytes loaded and bytes times hops are those of the result, scheduler %d',
    (scheduler) => {
      const { metrics } = results[scheduler]!
      expect(bytesOf(of(scheduler, 'load'))).toBe(metrics.memoryReadWeights!.value)
      expect(bytesOf(of(scheduler, 'send'))).toBe(metrics.d2dByteHops!.value)
    },
  )

  test.each([0, 1])('it lasts as long as the result says, scheduler %d', (scheduler) => {
    const all = ['load', 'send', 'compute', 'reserve'].flatMap((kind) => of(scheduler, kind))
    const endNs = all.reduce((most, { ts, dur }) => Math.max(most, ns(ts) + ns(dur)), 0)
    expect(Math.abs(endNs - results[scheduler]!.metrics.latency!.value / 1000)).toBeLessThan(2)
  })

  test.each([0, 1])('the counter reaches the peak of the result, scheduler %d', (scheduler) => {
    const counters = events.filter(({ ph, pid }) => ph === 'C' && Math.floor((pid - 1) / 4) === scheduler)
    const peak = counters.reduce((most, { args }) => Math.max(most, args.weights! + args.tokens!), 0)
    expect(counters.some(({ args }) => args.tokens! > 0)).toBe(true)
    expect(peak).toBe(results[scheduler]!.metrics.peakSramPerDie!.value)
  })
})

test('equal runs give equal bytes, and no temporary file stays behind', async () => {
  await runCli([...RUN, ...SCHEDULERS, '--timeline', join(folder, 'again.json.gz')])
  const [one, two] = ['all.json.gz', 'again.json.gz'].map((file) => readFileSync(join(folder, file)))
  expect(two!.equals(one!)).toBe(true)
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a window makes it smaller, and a name without .gz plain text', async () => {
  const file = join(folder, 'part.json')
  const window = ['--timeline-window', '100 us..200 us']
  const loud = RUN.filter((arg) => arg !== '--quiet')
  const { stderr } = await runCli([...loud, ...SCHEDULERS, '--timeline', file, ...window])
  expect(stderr).toMatch(
    /\nwrote \S+part\.json: \d+ slices; open it at https:\/\/ui\.perfetto\.dev or with npx speedscope\n$/,
  )
  const part: readonly TraceEvent[] = JSON.parse(readFileSync(file, 'utf8')).traceEvents
  for (const counter of part.filter(({ ph }) => ph === 'C')) {
    const then = events.findLast(({ ph, pid, ts }) => ph === 'C' && pid === counter.pid && ts <= counter.ts)
    expect(counter.args).toEqual(then!.args)
  }
  const kept = part.filter(({ ph }) => ph === 'X')
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(slices().length)
  for (const { ts, dur, cat } of kept) {
    expect(ts).toBeLessThan(200)
    // A hold is shown until its slice is needed, which may be before the window.
    if (cat !== 'reserve') expect(ts + dur).toBeGreaterThanOrEqual(99.999)
  }
})

test.each([
  [
    ['--timeline', 'x.txt'],
    'error: --timeline writes Chrome trace events, got "x.txt"; let its name end in .json.gz or .json\n',
  ],
  [['--timeline-window', '0 us..1 us'], 'error: --timeline-window needs --timeline; '],
  [
    ['--timeline', 'x.json', '--timeline-window', '5'],
    'error: --timeline-window must be two times with units and two dots',
  ],
  [['--timeline', 'x.json', '--timeline-window', '5 us..2 us'], 'must be a window that ends after it begins'],
  [['--timeline', '/nowhere/x.json'], '/nowhere/x.json error: cannot write: '],
])('%j is refused before anything is simulated', async (argv, message) => {
  const { exitCode, stdout, stderr } = await runCli([...RUN, ...SCHEDULERS, ...argv])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test('schedulers that read ahead have no timeline', async () => {
  const only = [...RUN, '--scheduler', 'forecast-prefetch:ahead=4', '--timeline', join(folder, 'no.json')]
  const { exitCode, stderr } = await runCli(only)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('a timeline of forecast-prefetch:ahead=4 cannot be drawn')
})
