// The fidelity study as a whole: what a wrong model or table does to verdicts, and what happens to missing files.
import { describe, expect, test } from 'vitest'
import { type Diagnostic, describe as describeFinding, UserError } from '../../src/errors.ts'
import { type Models, realModels } from '../../src/fidelity/models.ts'
import { type FidelityRequest, runFidelity } from '../../src/fidelity/run-fidelity.ts'
import type { Io } from '../../src/io.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const STREAM = 'mesh,preset,src,dst,packet_flits,total_flits,cycles\n'
const GEMM = 'dataflow,array,M,N,K,bandwidth_mode,compute_cycles\nws,32x32,1,64,64,CALC,379\n'
const DRAM =
  'dram,channels,mapping,refresh,pattern,burst_bytes,n_bursts,time_ns\nDDR4_2400R,1,MOP4CLXOR,1,sequential_8MB,8388608,1,459629.4\n'
const files = {
  'ref/booksim2/stream.csv': `${STREAM}8x8,noc,0,1,1,16,25\n8x8,d2d,0,63,16,64,223\n`,
  'ref/ramulator2/dram_bandwidth.csv': DRAM,
  'ref/scalesim/gemm_cycles.csv': GEMM,
}

async function run(request: FidelityRequest = {}, io: Io = memoryIo(files), models?: Models) {
  const warnings: Diagnostic[] = []
  const progress: number[] = []
  const hooks = {
    onWarning: (warning: Diagnostic) => warnings.push(warning),
    onProgress: async (done: number, total: number) => {
      progress.push(done / total)
    },
  }
  const { tables } = await runFidelity(io, { folder: 'ref', ...request }, hooks, models)
  return { tables, warnings, progress, verdicts: tables.map(({ name, pass }) => `${name}: ${pass}`) }
}

const findings = (promise: Promise<unknown>) =>
  promise.then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error
      return error.diagnostics.map((d) => `${d.file}: ${describeFinding(d)}`)
    },
  )

describe('good models on a folder of a few tables', () => {
  test('pass every limit, in the order network, memory, compute', async () => {
    const { verdicts, tables } = await run()
    expect(verdicts).toEqual([
      'stream: true',
      'DRAM streaming: true',
      'DRAM streaming, as runs charge it: undefined',
      'systolic runs: true',
    ])
    expect(tables[0]).toMatchObject({ rows: 2, meanAbsErrorPct: 0, worstAbsErrorPct: 0, biasPct: 0 })
  })

  test.each([
    ['network', ['stream']],
    ['memory', ['DRAM streaming', 'DRAM streaming, as runs charge it']],
    ['compute', ['systolic runs']],
  ] as const)('are %s only where that is asked for', async (area, names) => {
    expect((await run({ area })).tables.map(({ name }) => name)).toEqual(names)
  })

  test('warn of each file that is not there, and of none in other areas', async () => {
    const { warnings } = await run({ area: 'compute' })
    expect(warnings.map(({ file, severity }) => [file, severity])).toEqual([
      ['ref/scalesim/gemm_cycles_closed_form.csv', 'warning'],
    ])
    expect((await run()).warnings).toHaveLength(14)
  })

  test('report progress up to the last row', async () => {
    expect((await run()).progress).toEqual([0.25, 0.5, 0.75, 1])
  })

  test('give the same numbers each time', async () => {
    expect((await run()).tables).toEqual((await run()).tables)
  })
})

describe('a wrong model', () => {
  const real = realModels()
  test.each<[string, Partial<Models>, string]>([
    [
      'that is one cycle late is over the limit of streams',
      { finishCycles: (work) => real.finishCycles(work).map((cycle) => cycle + 1) },
      'stream: false',
    ],
    [
      'of memory that is 6 % slow is over the limit of DRAM streaming',
      { dramPs: (work) => 1.06 * real.dramPs(work) },
      'DRAM streaming: false',
    ],
    [
      'of arrays that forgets the -1 is over the limit of systolic runs',
      { gemmCycles: (work) => real.gemmCycles(work) + 1 },
      'systolic runs: false',
    ],
  ])('%s', async (_name, wrong, verdict) => {
    const { verdicts } = await run({}, memoryIo(files), { ...real, ...wrong })
    expect(verdicts).toContain(verdict)
    expect(verdicts.filter((text) => text.endsWith('false'))).toHaveLength(1)
  })

  test('that loses a message is a bug', async () => {
    const lossy: Models = { ...real, finishCycles: () => [Number.NaN] }
    await expect(run({}, memoryIo(files), lossy)).rejects.toThrow('cannot be compared')
  })
})

describe('a folder', () => {
  test('without any of the tables is refused', async () => {
    expect(await findings(run({}, memoryIo({ 'ref/notes.txt': 'x' })))).toEqual([
      expect.stringMatching(
        /^ref: cannot read: none of the reference tables is here: booksim2\/stream\.csv, /,
      ),
    ])
  })

  test('without a table of the area asked for is refused', async () => {
    const io = memoryIo({ 'ref/scalesim/gemm_cycles.csv': GEMM })
    expect(await findings(run({ area: 'memory' }, io))).toHaveLength(1)
  })

  test('with MoE rows but no matrices has these rows left out', async () => {
    const io = memoryIo({ ...files, 'ref/booksim2/moe_dispatch.csv': 'order\n' })
    const { warnings } = await run({ area: 'network' }, io)
    expect(warnings.map(({ file }) => file)).toContain('ref/booksim2/moe_dispatch_matrices.jsonl')
  })

  test('with several malformed tables has all their findings told before anything is replayed', async () => {
    const io = memoryIo({
      'ref/booksim2/stream.csv': `${STREAM}8x8,noc,0,1,1,16,0\n`,
      'ref/scalesim/gemm_cycles.csv': 'dataflow\n',
    })
    const told = await findings(run({}, io))
    expect(told[0]).toBe('ref/booksim2/stream.csv: cycles must be a number above 0, got "0"')
    expect(told.slice(1).every((text) => text.startsWith('ref/scalesim/gemm_cycles.csv: '))).toBe(true)
  })

  test('that ships with moesim must be whole', async () => {
    const bundled = { 'bundled:/configs/reference/scalesim/gemm_cycles.csv': GEMM }
    expect(await findings(run({ folder: undefined, area: 'compute' }, memoryIo(bundled)))).toEqual([
      'bundled:/configs/reference/scalesim/gemm_cycles_closed_form.csv: cannot read: there is no such file',
    ])
  })
})
