// Rows of moe_kernel.csv: what they ask of the model, which table they go to, what is wrong with bad ones.
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { render, UserError } from '../../../src/errors.ts'
import { realModels } from '../../../src/fidelity/models.ts'
import type { KernelCase, KernelHardware } from '../../../src/fidelity/silicon/kernel-case.ts'
import { kernelFile } from '../../../src/fidelity/silicon/kernel-rows.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const HEADER = 'gpu,precision,tokens,hidden,intermediate,top_k,experts,ep,routing,latency_us'
const MACHINES = 'gpu,kernel_hardware,exchange_hardware,median_limit_pct,p90_limit_pct'
const A100 = `topology: {kind: crossbar, dies: 1}
link: {bandwidth: 300 GB/s, latency: 0 ns}
compute: {model: kernel, units: {published: 108}, startup: {assumed: 4 us}, formats: [{weights: 2 B, peak: {published: 312 TFLOP/s}, share: {assumed: 0.6}, rows: {assumed: [16, 64]}}], columns: {assumed: 128}, fill: {assumed: 256 B}, launches: {assumed: 6}, overlap: {assumed: 0.9}, reread: {assumed: 0.5}, elementwise: {assumed: 0.6}}
sram: 40 MB
memory: {kind: HBM2, bandwidth: 2 TB/s, capacity: 80 GB, shared: false}
activations: memory
`

/** The bundled configs, and files of a folder `ref`. */
function ioWith(files: Readonly<Record<string, string>>) {
  const own = memoryIo(files)
  const isOwn = (path: string) => !path.startsWith('/')
  return {
    ...nodeIo,
    stat: (path: string) => (isOwn(path) ? own.stat(path) : nodeIo.stat(path)),
    read: (path: string) => (isOwn(path) ? own.read(path) : nodeIo.read(path)),
  }
}

async function reading(
  rows: string[],
  files: Readonly<Record<string, string>> = {},
  hardwareFiles: string[] = [],
) {
  const io = ioWith({ 'ref/silicon/moe_kernel.csv': `${HEADER}\n${rows.join('\n')}\n`, ...files })
  return kernelFile.read(io, { at: (path) => `ref/${path}`, hardwareFiles })
}

const findings = async (rows: string[], ...more: [Readonly<Record<string, string>>?, string[]?]) => {
  try {
    return (await reading(rows, ...more)).replays.length
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.diagnostics.map((d) => render(d).split('\n')[0]).join('\n')
  }
}

const tables = async (rows: string[]) =>
  (await reading(rows)).replays.flatMap(({ expected }) => expected.map(({ table }) => table))

describe('a row goes to the table', () => {
  // Of the token counts 4, 64, 2000 and 4096 the second and fourth judge.
  const base = (tokens: number, ep: number, routing = 'balanced') =>
    `h100,fp8_block,${tokens},2048,768,8,128,${ep},${routing},100`

  test('of its GPU and precision, of ranks, of what it was fitted on, of what is not judged', async () => {
    expect(
      await tables([base(4, 1), base(64, 1), base(64, 8), base(64, 128), base(2000, 1), base(4096, 8)]),
    ).toEqual([
      'moe kernel, rows fitted on',
      'moe kernel, one GPU: h100 fp8_block',
      'moe kernel, expert parallel',
      'moe kernel, expert parallel, > 1024 tokens or > 64 ranks',
      'moe kernel, rows fitted on',
      'moe kernel, expert parallel, > 1024 tokens or > 64 ranks',
    ])
  })

  test('of imbalance, where it is of the power 1.2 and costs more than a fifth', async () => {
    const rows = [base(4, 1), base(64, 1), base(64, 1, 'power_law_1.2').replace(/100$/, '121')]
    expect(await tables(rows)).toContain('cost of imbalance')
    const mild = [base(4, 1), base(64, 1), base(64, 1, 'power_law_1.2').replace(/100$/, '119')]
    expect(await tables(mild)).toContain('cost of imbalance, milder or beyond')
    const fitted = [base(4, 1), base(4, 1, 'power_law_1.2').replace(/100$/, '150')]
    expect((await tables(fitted)).filter((name) => name.startsWith('cost'))).toEqual([])
  })

  test('whose limits stand in the list of machines', async () => {
    const { tables: specs } = await reading([base(4, 1), base(64, 1).replace('h100', 'b200')])
    expect(
      specs?.map(({ name, limitMedianPct, limitP90Pct }) => [name, limitMedianPct, limitP90Pct]),
    ).toEqual([
      ['moe kernel, one GPU: h100 fp8_block', 4, 14],
      ['moe kernel, one GPU: b200 fp8_block', 6, 18],
    ])
  })
})

test('a row asks for its shape, the experts of a rank and a slice of their width', async () => {
  const asked: [string, KernelCase][] = []
  const models = {
    ...realModels(),
    kernelUs: (hardware: KernelHardware, given: KernelCase) => {
      asked.push([hardware.name, given])
      return 50
    },
  }
  const io = ioWith({
    'ref/silicon/moe_kernel.csv': `${HEADER},tp\nh200,bfloat16,3,64,100,2,8,4,power_law_1.01,25,3\n`,
  })
  const { replays } = await kernelFile.read(io, { at: (path) => `ref/${path}`, hardwareFiles: [] })
  expect(replays[0]!.values(models)).toEqual([50])
  expect(asked).toMatchObject([
    [
      'h200',
      {
        weightBytes: 2,
        tokens: 3,
        hidden: 64,
        intermediate: 34,
        topK: 2,
        experts: 8,
        ranks: 4,
        exponent: 1.01,
      },
    ],
  ])
})

describe('a bad row is shown with file, line and column', () => {
  test.each([
    [
      'h100,int3,4,64,32,2,8,1,balanced,9',
      'ref/silicon/moe_kernel.csv:2:6 error: precision must be one of bfloat16',
    ],
    ['h100,fp8,0,64,32,2,8,1,balanced,9', 'moe_kernel.csv:2:10 error: tokens must be a whole number from 1'],
    [
      'h100,fp8,4,64,32,9,8,1,balanced,9',
      'moe_kernel.csv:2:18 error: top_k must be a whole number from 1 to 8',
    ],
    [
      'h100,fp8,4,64,32,2,8,3,balanced,9',
      'moe_kernel.csv:2:22 error: ep must be a number of ranks that divides 8 experts',
    ],
    [
      'h100,fp8,4,64,32,2,8,1,zipf_1,9',
      'moe_kernel.csv:2:24 error: routing must be balanced, or a power law',
    ],
    ['h100,fp8,4,64,32,2,8,1,balanced,0', 'moe_kernel.csv:2:33 error: latency_us must be a number above 0'],
  ])('%s', async (row, words) => {
    expect(await findings([row])).toContain(words)
  })
})

describe('a GPU', () => {
  const row = 'a100,bfloat16,4,64,32,2,8,1,balanced,9'

  test('that nobody describes has its rows left out, with one warning', async () => {
    const { replays, warnings } = await reading([row.replace('a100', 'z9'), row.replace('a100', 'z9')])
    expect(replays).toEqual([])
    expect(warnings.map(render)).toEqual([
      expect.stringContaining(
        'moe_kernel.csv:2:1 warning: no hardware file for the GPU "z9": its rows are left out',
      ),
    ])
  })

  test('may be a file that is given, or one that the list beside the tables names', async () => {
    const files = { 'own/z9.yaml': A100, 'ref/silicon/z9.yaml': A100 }
    const z9 = row.replace('a100', 'z9')
    expect((await reading([z9], files, ['own/z9.yaml'])).replays).toHaveLength(1)
    const listed = { ...files, 'ref/silicon/machines.csv': `${MACHINES}\nz9,z9.yaml,z9.yaml,,\n` }
    expect((await reading([z9], listed)).replays).toHaveLength(1)
  })

  test('whose file has no kernels is refused', async () => {
    const files = { 'own/z9.yaml': A100.replace(/compute: .*/, 'compute: {model: ideal, peak: 1 TFLOP/s}') }
    expect(await findings([row.replace('a100', 'z9')], files, ['own/z9.yaml'])).toContain(
      'moe_kernel.csv:2:1 error: the hardware z9 computes by the model ideal',
    )
  })
})
