// Kernels that work through all experts of a die: what each mechanism costs, one at a time.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computePs } from '../../src/hardware/compute.ts'
import {
  type KernelMemory,
  type KernelShape,
  type KernelWork,
  kernelFormat,
  kernelPs,
  kernelTime,
  tileRows,
} from '../../src/hardware/kernel.ts'
import type { KernelSpec } from '../../src/hardware/spec.ts'
import { tinyModel } from '../helpers/frames.ts'

const shape: KernelShape = { hidden: 512, inner: 256, matrices: 3, weightBytes: 2, activationBytes: 2 }
/** Weights of the first and the second product, in elements. */
const UP = 2 * 512 * 256
const DOWN = 512 * 256

const spec: KernelSpec = {
  kind: 'kernel',
  units: 10,
  formats: [
    { weightBytes: 1, inputBytes: 1, flopPerPs: 400, share: 0.5, leastRows: 32, mostRows: 64 },
    { weightBytes: 2, flopPerPs: 200, share: 0.5, leastRows: 16, mostRows: 128 },
  ],
  tileColumns: 128,
  fillBytes: 0,
  startupPs: 1000,
  launches: 6,
  overlap: 1,
  reread: 0.5,
  elementwiseShare: 0.25,
}
const memory: KernelMemory = { readBytesPerPs: 4, elementwiseBytesPerPs: 2, cacheBytes: 1e9 }
/** So fast that arithmetic costs nothing. */
const free: KernelSpec = { ...spec, formats: spec.formats.map((f) => ({ ...f, flopPerPs: 1e30 })) }
/** So fast that reading costs nothing. */
const still: KernelMemory = { ...memory, readBytesPerPs: 1e30, elementwiseBytesPerPs: 1e30 }

const work = (expertRows: number[], more: Partial<KernelWork> = {}): KernelWork => {
  const pairs = expertRows.reduce((sum, rows) => sum + rows, 0)
  return { expertRows, meanRows: pairs / expertRows.length, pairs, tokens: pairs, ...more }
}
/** Inputs and outputs of one row through both products, in bytes. */
const ROW_BYTES = (512 + 512) * 2 + (256 + 512) * 2

describe('start-up', () => {
  it('counts launches, two more where inputs are rounded to a narrower format', () => {
    expect(kernelTime(spec, memory, shape, work([1])).startupPs).toBe(6000)
    expect(kernelTime(spec, memory, { ...shape, weightBytes: 1 }, work([1])).startupPs).toBe(8000)
  })
})

describe('the format', () => {
  it('is the narrowest that holds the weights, the widest where none does', () => {
    expect(kernelFormat(spec, 0.53).weightBytes).toBe(1)
    expect(kernelFormat(spec, 1).weightBytes).toBe(1)
    expect(kernelFormat(spec, 1.0625).weightBytes).toBe(2)
    expect(kernelFormat(spec, 4).weightBytes).toBe(2)
  })
})

describe('tiles', () => {
  const format = spec.formats[1]!
  it.each([
    [0.5, 16],
    [16, 16],
    [16.5, 32],
    [100, 128],
    [4000, 128],
  ])('of %d mean rows have %d rows', (mean, rows) => {
    expect(tileRows(format, mean)).toBe(rows)
  })

  it('are multiplied whole: one more row costs a whole tile', () => {
    const ps = (rows: number) => kernelTime(spec, still, shape, work([rows], { meanRows: 16 })).productPs
    const tilePs = (2 * 16 * (UP + DOWN)) / 100
    expect(ps(1)).toBeCloseTo(ps(16), 6)
    expect(ps(17) - ps(16)).toBeCloseTo(tilePs, 6)
  })

  it('fill their pipeline first: as if inputs were deeper', () => {
    const filling = { ...spec, fillBytes: 256 }
    const ps = (of: KernelSpec) => kernelTime(of, still, shape, work([16])).productPs
    // 256 B are 128 inputs of 2 B.
    expect(ps(filling) - ps(spec)).toBeCloseTo((2 * 16 * 128 * (512 + 512)) / 100, 6)
  })

  it('end with one that nothing hides', () => {
    const ps = kernelTime(spec, still, shape, work([16])).productPs
    const lastPs = (2 * 16 * 128 * (512 + 256) * 10) / 100
    expect(ps).toBeCloseTo((2 * 16 * (UP + DOWN)) / 100 + lastPs, 6)
  })
})

describe('weights', () => {
  it('are read once for each expert that has rows', () => {
    const ps = kernelTime(free, memory, shape, work([3, 0, 5])).productPs
    expect(ps).toBeCloseTo((2 * 2 * (UP + DOWN) + 8 * ROW_BYTES) / 4, 3)
  })

  it('beyond the cache and wider than all units are read again by further row tiles', () => {
    const wide: KernelShape = { ...shape, inner: 1024 }
    const small = { ...memory, cacheBytes: 1000 }
    const job = work([40], { meanRows: 16 })
    const more = kernelTime(free, small, wide, job).productPs - kernelTime(free, memory, wide, job).productPs
    // Gate and up: 2048 outputs are 16 columns of tiles on 10 units, and 40 rows 3 tiles; down has 4 columns.
    expect(more).toBeCloseTo((2 * 2048 * 512 * 0.5 * 2) / 4, 3)
  })

  it('are read once where the units hold all column tiles, a part of one included, or the cache holds the matrix', () => {
    const twoTiles = work([32], { meanRows: 16 })
    const rereadBytes = (inner: number, units: number, cacheBytes: number) => {
      const wide: KernelShape = { ...shape, inner }
      const job = [
        { ...free, units, tileColumns: 128 },
        { ...memory, cacheBytes },
      ] as const
      const once = kernelTime(job[0], { ...memory, cacheBytes: 1e12 }, wide, twoTiles).productPs
      return Math.round((kernelTime(...job, wide, twoTiles).productPs - once) * memory.readBytesPerPs)
    }
    // Gate and up of 1024 are 2048 outputs, 16 columns of tiles; down has 4.
    expect([16, 15].map((units) => rereadBytes(1024, units, 0))).toEqual([0, 2048 * 512 * 2 * 0.5])
    expect([17, 16].map((units) => rereadBytes(1025, units, 0))).toEqual([0, 2050 * 512 * 2 * 0.5])
    expect(rereadBytes(1024, 15, 2048 * 512 * 2)).toBe(0)
    expect(rereadBytes(1024, 15, 2048 * 512 * 2 - 1)).toBe(2048 * 512 * 2 * 0.5)
    // Not even down's columns fit.
    expect(rereadBytes(1024, 3, 0)).toBe((2048 * 512 + 512 * 1024) * 2 * 0.5)
  })

  it('hide behind arithmetic as far as overlap says', () => {
    const ps = (overlap: number) => kernelTime({ ...spec, overlap }, memory, shape, work([64])).productPs
    const read = (2 * (UP + DOWN) + 64 * ROW_BYTES) / 4
    const multiply = (2 * 64 * (UP + DOWN)) / 100
    expect(ps(0) - ps(1)).toBeCloseTo(Math.min(read, multiply), 3)
    expect(ps(0.75) - ps(1)).toBeCloseTo(0.25 * Math.min(read, multiply), 3)
  })
})

describe('between the products', () => {
  it('activation, sum and tokens out are traffic at a share of the bandwidth', () => {
    const ps = kernelTime(spec, memory, shape, work([8], { tokens: 2 })).elementwisePs
    expect(ps).toBeCloseTo((8 * (3 * 256 * 2 + 512 * 2) + 2 * 512 * 2) / 2, 6)
  })

  it('pairs of other dies are worked on too, and their results written as zeros', () => {
    const own = kernelTime(spec, memory, shape, work([8], { pairs: 8 })).elementwisePs
    const all = kernelTime(spec, memory, shape, work([8], { pairs: 80 })).elementwisePs
    expect(all - own).toBeCloseTo((72 * (3 * 256 * 2 + 512 * 2 + (2 * 256 + 512) * 2)) / 2, 6)
  })
})

it('experts without a gate have one product to the inner width less', () => {
  const plain = { ...shape, matrices: 2 }
  const ps = (of: KernelShape) => kernelTime(free, memory, of, work([16]))
  expect(ps(shape).productPs - ps(plain).productPs).toBeCloseTo((256 * 512 * 2 + 16 * 256 * 2) / 4, 3)
  expect(ps(shape).elementwisePs - ps(plain).elementwisePs).toBeCloseTo((16 * 256 * 2) / 2, 3)
})

it('nothing to do takes the launches alone', () => {
  expect(kernelPs(kernelTime(spec, memory, shape, work([0, 0], { meanRows: 0 })))).toBe(6000)
})

it('no row, byte or expert more makes a layer faster', () => {
  const rows = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(rows, fc.nat({ max: 7 }), (expertRows, at) => {
      const ps = (list: number[]) => kernelPs(kernelTime(spec, memory, shape, work(list, { meanRows: 20 })))
      const more = expertRows.map((count, i) => (i === at % expertRows.length ? count + 1 : count))
      expect(ps(more)).toBeGreaterThanOrEqual(ps(expertRows))
      expect(ps([...expertRows, 0])).toBe(ps(expertRows))
    }),
  )
})

it('a job of its own launches three times and multiplies whole tiles', () => {
  const model = tinyModel(4, 4)
  const one = computePs(spec, model, 1, 1)
  expect(computePs(spec, model, 32, 1)).toBe(one)
  // Rounded up once here, and once there.
  expect(Math.abs(computePs(spec, model, 33, 1) - (3000 + 2 * (one - 3000)))).toBeLessThanOrEqual(1)
})
