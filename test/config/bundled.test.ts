// Every config that ships must be valid, and its derived sizes must be those of the papers and model cards.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { configText, listBundled, starterExperiment } from '../../src/config/bundled.ts'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { loadModel } from '../../src/config/model/model.ts'
import { validateConfig } from '../../src/config/results/check-file.ts'
import { CONFIG_KINDS, jsonSchema } from '../../src/config/schema.ts'
import { render } from '../../src/errors.ts'
import { attentionLoad } from '../../src/model/attention.ts'
import {
  denseBytes,
  denseLayers,
  expertBytes,
  feedForwardBytes,
  flopPerToken,
  type ModelShape,
  sharedWidth,
} from '../../src/model/shape.ts'
import { bundledFiles, bundledIo } from './bundled-io.ts'

const io = bundledIo()
const KIND = { hardware: 'hardware', models: 'model', experiments: 'experiment' } as const

describe('every bundled config', () => {
  test.each(bundledFiles)('$folder/$file is valid', async ({ folder, file }) => {
    const check = await validateConfig(io, io.bundled('configs', folder, file))
    expect(check.diagnostics.map(render)).toEqual([])
    expect(check.kind).toBe(KIND[folder])
  })

  test.each(bundledFiles)(
    '$folder/$file names its schema and says what it is',
    async ({ folder, file, name }) => {
      const text = await configText(io, folder, name)
      expect(text.split('\n')[0]).toBe(
        `# yaml-language-server: $schema=../schema/${KIND[folder]}.schema.json`,
      )
      const entry = (await listBundled(io, folder)).find((e) => `${e.name}.yaml` === file)
      expect(entry?.summary).toMatch(/^[A-Z].{12,}$/)
    },
  )

  test.each(bundledFiles.filter((f) => f.folder !== 'experiments'))(
    '$folder/$file gives a source for every number',
    async ({ folder, name }) => {
      const lines = (await configText(io, folder, name)).split('\n')
      // Rows of the utilization table have their source above them.
      const numbers = lines.filter((line) => /^[^#]*: .*\d/.test(line) && !/^ {4}\S+: \{/.test(line))
      const bare = numbers.filter((line) => !/ # .{5,}/.test(line))
      expect(numbers.length).toBeGreaterThan(5)
      expect(bare).toEqual([])
    },
  )
})

describe('hardware of the papers', () => {
  test('FSE-DP has 1.638 TMAC/s, 25.6 GB/s and 288 GB/s per die and corner channels beyond 2x2', async () => {
    const [two, three, four] = await Promise.all(
      ['2x2', '3x3', '4x4'].map((size) => loadHardware(io, `fse-dp-${size}`)),
    )
    expect(two?.compute).toEqual({ kind: 'ideal', flopPerPs: 3.2768 })
    expect(two?.memory.bytesPerPs).toBe(0.0256)
    expect(two?.link).toMatchObject({ bytesPerPs: 0.288, latencyPs: 4020 })
    expect(two?.memory.channelDies).toEqual([0, 1, 2, 3])
    expect(three?.memory.channelDies).toEqual([0, 2, 6, 8])
    expect(four?.memory.channelDies).toEqual([0, 3, 12, 15])
    expect(four?.memory.bytesPerPs).toBe(0.0512)
    expect(two?.sramBytes).toBe(Number.POSITIVE_INFINITY)
  })

  test('the utilization table and the memory efficiency follow the shape of an expert', async () => {
    const column = async (model: ModelShape | undefined) => {
      const { compute, memory } = await loadHardware(io, 'dojo-5x5', [], model)
      return {
        first: compute.kind === 'table' ? compute.utilization[0] : undefined,
        efficiency: memory.efficiency,
      }
    }
    const llama = await loadModel(io, 'llama-4-maverick')
    expect(await column(llama)).toEqual({ first: { upTo: 128, value: 0.65 }, efficiency: 0.85 })
    expect(await column({ ...llama, name: 'mine' })).toEqual(await column(llama))
    expect(await column(await loadModel(io, 'qwen3-235b-a22b'))).toEqual({
      first: { upTo: 128, value: 0.7 },
      efficiency: 0.9,
    })
    const others = { first: { upTo: 128, value: 0.5 }, efficiency: 0.9 }
    expect(await column(await loadModel(io, 'kimi-k2'))).toEqual(others)
    expect(await column({ ...llama, expertIntermediate: 8191 })).toEqual(others)
    expect(await column(undefined)).toEqual(others)
  })

  test('a utilization table is ascending and ends without limit', async () => {
    const { compute } = await loadHardware(io, 'tsmc-sow-3x8')
    const limits = compute.kind === 'table' ? compute.utilization.map((step) => step.upTo) : []
    expect(limits).toEqual([128, 256, 512, 1024, 2048, 4096, Number.POSITIVE_INFINITY])
  })

  test('wafers keep Table I: 24 dies down columns, 3.35 TB/s, 1.7 TB/s, 200 and 300 ns, SRAM of the LLC', async () => {
    const wafer = await loadHardware(io, 'tsmc-sow-3x8')
    expect(wafer.topology).toEqual({ kind: 'mesh', columns: 3, rows: 8, numbering: 'column-major' })
    expect(wafer.memory).toMatchObject({
      bytesPerPs: 3.35,
      latencyPs: 300_000,
      capacityBytes: 80e9,
      reserved: 0.1,
    })
    expect(wafer.link).toMatchObject({
      bytesPerPs: 1.7,
      latencyPs: 200_000,
      efficiency: 0.9,
      requestBytes: 16,
    })
    expect(wafer.sramBytes).toBe(64e6)
  })
})

describe('models of the papers and model cards', () => {
  // Bytes of one expert and number of MoE layers.
  test.each([
    ['phi-3.5-moe', 39_321_600, 32],
    ['phi-3.5-moe-full', 78_643_200, 32],
    ['yuan2-m32', 25_165_824, 24],
    ['yuan2-m32-full', 50_331_648, 24],
    ['deepseek-moe-16b', 8_650_752, 27],
    ['qwen3-30b-a3b', 4_718_592, 48],
    ['qwen3-235b-a22b', 37_748_736, 94],
    ['llama-4-maverick', 251_658_240, 24],
    ['deepseek-v3', 88_080_384, 58],
    ['kimi-k2', 88_080_384, 60],
    ['mixtral-8x7b', 352_321_536, 32],
    ['deepseek-v2-lite', 17_301_504, 26],
    ['gpt-oss-20b', 13_219_200, 24],
    ['olmoe-1b-7b', 12_582_912, 16],
    ['flame-moe-290m', 4_325_376, 8],
  ])('an expert of %s has %i bytes, in %i layers', async (name, bytes, layers) => {
    const model = await loadModel(io, name)
    expect([expertBytes(model), model.moeLayers.length]).toEqual([bytes, layers])
  })

  test.each([
    ['deepseek-v3', 1308],
    ['llama-4-maverick', 773],
    ['qwen3-235b-a22b', 454],
    ['kimi-k2', 2029],
  ])('all routed experts of %s take %i GB', async (name, gigabytes) => {
    const model = await loadModel(io, name)
    expect(Math.round((expertBytes(model) * model.experts * model.moeLayers.length) / 1e9)).toBe(gigabytes)
  })

  // Vocabulary size, and all parameters in billions as published; embedding and output head are two matrices.
  test.each([
    ['deepseek-moe-16b', 102_400, 16.4],
    ['deepseek-v2-lite', 102_400, 15.7],
    ['deepseek-v3', 129_280, 671],
    ['flame-moe-290m', 50_304, 1.3],
    ['gpt-oss-20b', 201_088, 20.9],
    ['kimi-k2', 163_840, 1026],
    ['llama-4-maverick', 202_048, 401],
    ['mixtral-8x7b', 32_000, 46.7],
    ['olmoe-1b-7b', 50_304, 6.9],
    ['phi-3.5-moe-full', 32_064, 41.9],
    ['qwen3-235b-a22b', 151_936, 235],
    ['qwen3-30b-a3b', 151_936, 30.5],
    ['yuan2-m32-full', 135_040, 40],
  ])(
    'attention, experts and dense layers of %s make up its parameters',
    async (name, vocabulary, billions) => {
      const model = await loadModel(io, name)
      const { layers, moeLayers, hidden, experts, denseIntermediate = 0 } = model
      // Counted in weights: one byte each.
      const shape = { ...model, weightBytes: 1, denseWeightBytes: 1 }
      const beside = feedForwardBytes(shape, sharedWidth(shape)) + denseBytes(shape, hidden * experts)
      const all =
        layers * attentionLoad(shape, shape.attention!, 1).weightBytes +
        moeLayers.length * (experts * expertBytes(shape) + beside) +
        denseLayers(shape).length * feedForwardBytes(shape, denseIntermediate) +
        2 * vocabulary * hidden
      expect(Math.abs(all / 1e9 / billions - 1)).toBeLessThan(0.02)
    },
  )

  test('a Qwen3-30B token takes 2.88 us in one expert on one FSE-DP die', async () => {
    const { compute } = await loadHardware(io, 'fse-dp-2x2')
    const rate = compute.kind === 'ideal' ? compute.flopPerPs : 0
    expect(flopPerToken(await loadModel(io, 'qwen3-30b-a3b')) / rate).toBe(2_880_000)
  })

  test('MoE layers start after the dense ones and Llama has the odd ones', async () => {
    expect((await loadModel(io, 'deepseek-v3')).moeLayers.slice(0, 2)).toEqual([3, 4])
    expect((await loadModel(io, 'llama-4-maverick')).moeLayers.slice(-2)).toEqual([45, 47])
    expect((await loadModel(io, 'deepseek-v3')).router).toEqual({ groups: 8, groupsPerToken: 4 })
  })
})

describe('schemas and starter', () => {
  test.each(CONFIG_KINDS)('configs/schema/%s.schema.json is up to date (npm run schemas)', (kind) => {
    const file = new URL(`../../configs/schema/${kind}.schema.json`, import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(jsonSchema(kind), null, 2)}\n`)
  })

  test('the starter experiment is valid as it stands', async () => {
    const check = await validateConfig(bundledIo({ 'new.yaml': starterExperiment() }), 'new.yaml')
    expect(check.diagnostics.map(render)).toEqual([])
    expect(check.kind).toBe('experiment')
  })

  test('bundled traces are listed by name', async () => {
    expect(await listBundled(io, 'traces')).toEqual([
      { name: 'qwen3-30b-a3b-demo', summary: 'routing trace, 0 kB' },
    ])
  })
})
