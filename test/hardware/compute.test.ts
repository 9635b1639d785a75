// Compute times: ideal, by table and on a systolic array.
import { describe, expect, it } from 'vitest'
import {
  bestFlopPerPs,
  computePs,
  peakFlopPerPs,
  pieceOfJobPs,
  plannedFlopPerPs,
  tileShare,
} from '../../src/hardware/compute.ts'
import type { ComputeSpec } from '../../src/hardware/spec.ts'
import { gemmCycles } from '../../src/hardware/systolic.ts'
import { overlappedGemmCycles } from '../../src/hardware/systolic-overlap.ts'
import { HIDDEN, tinyModel } from '../helpers/frames.ts'

const model = tinyModel(4, 4)
/** One token in a whole expert: 2 * 3 * 64 * 128. */
const flop = 49_152

describe('ideal', () => {
  const spec: ComputeSpec = { kind: 'ideal', flopPerPs: 3 }
  it('takes operations over peak, rounded up, a slice its share', () => {
    expect(computePs(spec, model, 5, 1)).toBe((5 * flop) / 3)
    expect(computePs(spec, model, 5, 4)).toBe((5 * flop) / 12)
    expect(computePs(spec, model, 1, 5)).toBe(Math.ceil(flop / 15))
    expect([peakFlopPerPs(spec), bestFlopPerPs(spec, 1), plannedFlopPerPs(spec, 1)]).toEqual([3, 3, 3])
  })
})

describe('by table', () => {
  const spec: ComputeSpec = {
    kind: 'table',
    flopPerPs: 8,
    utilization: [
      { upTo: 2, value: 0.25 },
      { upTo: 1024, value: 1 },
      { upTo: Number.POSITIVE_INFINITY, value: 0.5 },
    ],
  }
  it.each([
    [1, 0.25],
    [2, 0.25],
    [3, 1],
    [1024, 1],
    [1025, 0.5],
    [50_000, 0.5],
  ])('%d tokens reach %d of the peak', (tokens, share) => {
    expect(computePs(spec, model, tokens, 1)).toBe((tokens * flop) / (8 * share))
  })

  it('a piece that leaves columns of its tiles empty takes as much longer', () => {
    const wide = { ...model, expertIntermediate: 768 }
    expect([1, 2, 3, 6].map((slices) => tileShare(wide, slices))).toEqual([1, 1, 1, 1])
    expect(tileShare(wide, 12)).toBe(0.5)
    expect(tileShare(wide, 4)).toBe(0.75)
    expect(computePs(spec, wide, 3, 12)).toBe(2 * pieceOfJobPs(spec, wide, 3, 12))
    expect(computePs(spec, wide, 3, 6)).toBe(pieceOfJobPs(spec, wide, 3, 6))
    // A whole expert is what the table was measured on, however wide.
    expect(tileShare({ ...wide, expertIntermediate: 200 }, 1)).toBe(1)
  })

  it('a bound assumes the best rate, a planner that of 1024 tokens', () => {
    expect([peakFlopPerPs(spec), bestFlopPerPs(spec, 1), plannedFlopPerPs(spec, 1)]).toEqual([8, 8, 8])
    const slow = { ...spec, utilization: [{ upTo: Number.POSITIVE_INFINITY, value: 0.5 }] }
    expect([peakFlopPerPs(slow), bestFlopPerPs(slow, 1), plannedFlopPerPs(slow, 1)]).toEqual([8, 4, 4])
  })
})

describe('on a systolic array', () => {
  // Rows of the SCALE-Sim reference (CALC mode): dataflow, side of the array, M, N, K, compute cycles.
  it.each([
    ['ws', 32, 1, 64, 64, 379],
    ['ws', 32, 256, 128, 256, 11_199],
    ['ws', 128, 64, 768, 2048, 42_815],
    ['ws', 128, 256, 256, 128, 1275],
    ['os', 128, 64, 64, 64, 317],
    ['os', 128, 256, 256, 128, 1527],
    ['os', 128, 256, 1408, 2048, 50_643],
    ['is', 128, 64, 256, 128, 637],
    ['is', 128, 256, 128, 256, 2039],
    ['is', 128, 64, 1408, 2048, 28_639],
  ] as const)(
    '%s on an array of side %d: tokens %d, outputs %d, inputs %d take %d cycles',
    (dataflow, side, m, n, k, cycles) => {
      expect(gemmCycles({ rows: side, columns: side, dataflow }, m, k, n)).toBe(cycles)
    },
  )

  it('rows take the input width and columns the output width of a weight-stationary tile', () => {
    // ceil(10/4) * ceil(10/8) tiles of 2*4 + 8 + 3 - 2 cycles.
    expect(gemmCycles({ rows: 4, columns: 8, dataflow: 'ws' }, 3, 10, 10)).toBe(6 * 17 - 1)
  })

  it('an expert is two products to the inner width and one back', () => {
    const spec = {
      kind: 'systolic',
      rows: 16,
      columns: 16,
      clockPs: 1000,
      dataflow: 'os',
      doubleBuffered: false,
    } as const
    const inner = model.expertIntermediate / 4
    const cycles = 2 * gemmCycles(spec, 7, HIDDEN, inner) + gemmCycles(spec, 7, inner, HIDDEN)
    expect(computePs(spec, model, 7, 4)).toBe(cycles * 1000)
    expect(peakFlopPerPs(spec)).toBe((2 * 256) / 1000)
  })
  it('an expert without a gate is one product each way, and one of a latent MoE as wide as that', () => {
    const spec = {
      kind: 'systolic',
      rows: 16,
      columns: 16,
      clockPs: 1000,
      dataflow: 'os',
      doubleBuffered: false,
    } as const
    const inner = model.expertIntermediate
    const cycles = gemmCycles(spec, 7, 24, inner) + gemmCycles(spec, 7, inner, 24)
    expect(computePs(spec, { ...model, expertMatrices: 2, expertHidden: 24 }, 7, 1)).toBe(cycles * 1000)
  })

  it('double-buffered, an expert takes the overlapped cycles of its three products', () => {
    const spec = {
      kind: 'systolic',
      rows: 16,
      columns: 16,
      clockPs: 1000,
      dataflow: 'ws',
      doubleBuffered: true,
    } as const
    const inner = model.expertIntermediate / 4
    const cycles =
      2 * overlappedGemmCycles(spec, 7, HIDDEN, inner) + overlappedGemmCycles(spec, 7, inner, HIDDEN)
    expect(computePs(spec, model, 7, 4)).toBe(cycles * 1000)
    expect(computePs(spec, model, 7, 4)).toBeLessThan(
      computePs({ ...spec, doubleBuffered: false }, model, 7, 4),
    )
  })

  it('of one cell no job beats one multiply-accumulate a cycle', () => {
    const cell = {
      kind: 'systolic',
      rows: 1,
      columns: 1,
      clockPs: 1,
      dataflow: 'os',
      doubleBuffered: false,
    } as const
    expect(computePs(cell, model, 1, 1)).toBeGreaterThanOrEqual(3 * HIDDEN * model.expertIntermediate)
  })
})
