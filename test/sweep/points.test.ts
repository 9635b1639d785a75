// From axes to points: their order, their ids, what is left out, and where findings point.
import { expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { UserError } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'
import { planSweep, type SweepPlan } from '../../src/sweep/points.ts'

const BASE = `
hardware: fse-dp-2x2
model: qwen3-30b-a3b
workload: {tokens: 8}
layers: [0]
schedulers: [ep, fse-dp]
`

/** The bundled files, and one experiment more. */
function ioWith(text: string, reads: string[] = []): Io {
  return {
    ...nodeIo,
    stat: async (path) => (path === 's.yaml' ? { kind: 'file', sizeBytes: text.length } : nodeIo.stat(path)),
    async *read(path) {
      reads.push(path)
      if (path === 's.yaml') yield new TextEncoder().encode(text)
      else yield* nodeIo.read(path)
    },
  }
}

const plan = (
  sweep: string,
  axes: readonly string[] = [],
  sets: readonly string[] = [],
): Promise<SweepPlan> => planSweep(ioWith(`${BASE}${sweep}`), { file: 's.yaml', axes, sets })

const valuesOf = ({ points }: SweepPlan) => points.map(({ values }) => values.join(' | '))

async function findingsOf(planning: Promise<SweepPlan>) {
  const error = await planning.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  return (error as UserError).diagnostics
}

test('every combination is a point, the last axis varies fastest, zipped axes go in step', async () => {
  const sweep = `sweep:
  axes: {seed: [1, 2], workload.tokens: {from: 8, to: 16, factor: 2}}
  zip: [{model: [olmoe-1b-7b, mixtral-8x7b], layers: [[0], [1]]}]
`
  const found = await plan(sweep)
  expect(found.axes).toEqual(['seed', 'workload.tokens', 'model', 'layers'])
  expect(valuesOf(found)).toEqual([
    ...['1 | 8 | olmoe-1b-7b | [0]', '1 | 8 | mixtral-8x7b | [1]'],
    ...['1 | 16 | olmoe-1b-7b | [0]', '1 | 16 | mixtral-8x7b | [1]'],
    ...['2 | 8 | olmoe-1b-7b | [0]', '2 | 8 | mixtral-8x7b | [1]'],
    ...['2 | 16 | olmoe-1b-7b | [0]', '2 | 16 | mixtral-8x7b | [1]'],
  ])
  expect(found.own[7]!.experiment).toMatchObject({
    seed: 2,
    workload: { tokens: 16 },
    model: { name: 'mixtral-8x7b' },
    layers: { layers: [1] },
  })
})

test('schedulers are an axis: each value is one scheduler or a list of them', async () => {
  const found = await plan('', ['schedulers=ep,[fse-dp, ep:prefetch=1]'])
  expect(found.own.map(({ experiment }) => experiment.schedulers.map(({ id }) => id))).toEqual([
    ['ep'],
    ['fse-dp', 'ep:prefetch=1'],
  ])
})

test('an --axis replaces the axis of the file with its path, ranges too', async () => {
  const sweep = 'sweep: {axes: {workload.tokens: [8, 16]}}\n'
  expect(valuesOf(await plan(sweep, ['workload.tokens={from: 1, to: 3, step: 1}']))).toEqual(['1', '2', '3'])
  expect(valuesOf(await plan(sweep, ['seed=5,6']))).toEqual(['8 | 5', '8 | 6', '16 | 5', '16 | 6'])
})

test('an id is the hash of the resolved config: the same however it is written, another for any other', async () => {
  const one = await plan('', ['hardware.sram=8 MiB,8192 KiB,9 MiB'])
  expect(valuesOf(one)).toEqual(['8 MiB', '9 MiB'])
  expect(one.repeated).toBe(1)
  const [first, second] = one.points
  expect(first!.id).toMatch(/^[0-9a-f]{64}$/)
  expect(second!.id).not.toBe(first!.id)
  const other = await plan('', ['seed=1'], ['hardware.sram=8192 KiB'])
  expect(other.points[0]!.id).toBe(first!.id)
})

test('points that break a constraint are left out', async () => {
  const sweep = `sweep:
  axes: {hardware.link.bandwidth: [96 GB/s, 288 GB/s], hardware.sram: [4 MiB, 16 MiB]}
  constraints: [area <= 12 mm2, sram > 4 MB]
`
  // 3.2 mm2 for each 96 GB/s, 1.7 mm2 for compute, 0.390625 mm2 for each MB.
  const found = await plan(sweep)
  expect(valuesOf(found)).toEqual(['96 GB/s | 4 MiB', '96 GB/s | 16 MiB'])
  expect(found.leftOut).toBe(2)
})

test('a constraint that the hardware does not answer, or that nothing keeps, is an error', async () => {
  const limited = (constraint: string) => `sweep: {axes: {seed: [1, 2]}, constraints: ["${constraint}"]}\n`
  expect((await findingsOf(plan(limited('area <= 12 mm2'))))[0]).toMatchObject({
    args: { what: 'the area of fse-dp-2x2 is not known before a simulation' },
    span: { line: 7 },
  })
  await expect(plan(limited('dies >= 5'))).rejects.toThrow('none of 2 combinations keeps all constraints')
  await expect(plan(limited('area <= 12'))).rejects.toThrow('an area with its unit')
  await expect(plan(limited('srm <= 12 mm2'))).rejects.toThrow('did you mean "sram"?')
  await expect(plan(limited('area = 12 mm2'))).rejects.toThrow('one of <= >= < >')
})

test('a mistake in an axis is found at its place in the file, once for all points that have it', async () => {
  const sweep = `sweep:
  axes:
    hardware.link.bandwith: [96 GB/s]
    seed: [1, 2, 3]
    hardware.sram: [4 MiB, 5 MX]
`
  const findings = await findingsOf(plan(sweep))
  expect(findings.map(({ code, file, span }) => [code, file, span?.line, span?.column])).toEqual([
    ['unknown-key', 's.yaml', 9, 5],
    ['bad-value', 's.yaml', 11, 28],
    ['conflict', undefined, undefined, undefined],
  ])
})

test.each([
  ['', [], 'a sweep needs an axis'],
  ['sweep: {axes: {seed: []}}\n', [], 'a list of at least one value'],
  ['sweep: {axes: {seed: 1}}\n', [], 'a list of values, or a range'],
  ['sweep: {axes: {seed: {from: 1, to: 0, step: 1}}}\n', [], 'axes.seed.to must be more than from (1)'],
  ['sweep: {axis: {seed: [1]}}\n', [], 'did you mean "axes"?'],
  ['sweep: {zip: [{seed: [1, 2], seeds: [1]}]}\n', [], 'axes taken in step have 2, 1 values'],
  ['sweep: {axes: {seed: [1]}, zip: [{seed: [2]}]}\n', [], 'seed is an axis twice'],
  ['', ['seed'], 'it has the form path=v1,v2'],
  ['', ['seed=[1'], 'flow sequence'],
  ['', ['a..b=1'], '"a..b" is no path'],
  ['', ['seed={from: 1, to: 9}'], 'one of step, factor and count'],
  ['', ['seed={from: 1, to: 9000, step: 1}', 'seeds={from: 1, to: 50, step: 1}'], 'at most 100000'],
])('%j with %j is refused', async (sweep, axes, message) => {
  await expect(plan(sweep, axes)).rejects.toThrow(message)
})

test('a value that is set beside an axis of the same path is refused, as it would change nothing', async () => {
  for (const file of ['sweep: {axes: {workload.tokens: [8, 16]}}\n', '']) {
    const axes = file === '' ? ['workload.tokens=8,16'] : []
    const [finding] = await findingsOf(plan(file, axes, ['seed=2', 'workload.tokens=64']))
    expect(finding).toMatchObject({
      file: '--set workload.tokens=64',
      args: { what: 'workload.tokens is an axis of the sweep, whose values go over what is set' },
    })
  }
  // What lies under a name that is an axis is laid over each of its values.
  const { own } = await plan('', ['hardware=fse-dp-2x2,fse-dp-3x3'], ['hardware.sram=8 MiB'])
  expect(own.map(({ experiment }) => experiment.hardware.sramBytes)).toEqual([2 ** 23, 2 ** 23])
})

test('files are read once, however many points there are', async () => {
  const reads: string[] = []
  const io = ioWith(BASE, reads)
  await planSweep(io, { file: 's.yaml', axes: ['seed={from: 1, to: 40, step: 1}'], sets: [] })
  expect(reads).toHaveLength(3)
  expect(new Set(reads).size).toBe(3)
})

test('hardware that comes round again while a faster axis varies is read once', async () => {
  const bandwidths = Array.from({ length: 100 }, (_, i) => `${13 + i} GB/s`).join(', ')
  const { own } = await plan(
    `sweep: {axes: {workload.tokens: [8, 16], hardware.memory.bandwidth: [${bandwidths}]}}\n`,
  )
  const hardware = own.map(({ experiment }) => experiment.hardware)
  expect(new Set(hardware).size).toBe(100)
  expect(hardware.slice(100)).toEqual(hardware.slice(0, 100))
})
