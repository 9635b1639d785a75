// Systolic arrays: SCALE-Sim's own cycles, and tiles that overlap.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gemmCycles } from '../../src/hardware/systolic.ts'
import { overlappedGemmCycles } from '../../src/hardware/systolic-overlap.ts'

type Dataflow = 'ws' | 'os' | 'is'
const array = (dataflow: Dataflow, rows: number, columns = rows) => ({ dataflow, rows, columns })

const TABLE = '../shared/reference/scalesim/gemm_cycles.csv'

describe('an array that drains between tiles', () => {
  // SCALE-Sim v3 1d62b68, compute_cycles of CALC rows: dataflow, array, M, N, K, cycles.
  it.each([
    ['ws', 32, 1, 64, 64, 379],
    ['ws', 32, 256, 256, 128, 11_199],
    ['ws', 128, 16, 512, 512, 6_367],
    ['os', 32, 4, 768, 2048, 50_639],
    ['os', 128, 64, 128, 256, 509],
    ['is', 32, 8, 64, 64, 315],
    ['is', 128, 2, 128, 256, 1_019],
  ] as const)('%s %i: %i x %i x %i takes the %i cycles of SCALE-Sim', (dataflow, side, m, n, k, cycles) => {
    expect(gemmCycles(array(dataflow, side), m, k, n)).toBe(cycles)
  })

  it.skipIf(!existsSync(TABLE))(`takes the cycles of every CALC row (skipped without ${TABLE})`, () => {
    const rows = parse<Record<string, string>>(readFileSync(TABLE), { columns: true })
    const calc = rows.filter((row) => row.bandwidth_mode === 'CALC')
    const wrong = calc.filter(
      (row) =>
        gemmCycles(
          array(row.dataflow as Dataflow, Number.parseInt(row.array!, 10)),
          Number(row.M),
          Number(row.K),
          Number(row.N),
        ) !== Number(row.compute_cycles),
    )
    expect(calc.length).toBeGreaterThan(200)
    expect(wrong).toEqual([])
  })
})

describe('an array that overlaps tiles', () => {
  const side = fc.integer({ min: 1, max: 64 })
  const size = fc.integer({ min: 1, max: 600 })
  const anyGemm = fc.tuple(fc.constantFrom<Dataflow>('ws', 'os', 'is'), side, side, size, size, size)

  it('takes, per tile, the longer of streaming and loading, and fills and drains once', () => {
    // 4 x 3 tiles of a 32 x 16 array; loading takes 32 cycles, the fill and the drain 2 * 32 + 16 - 3.
    expect(overlappedGemmCycles(array('ws', 32, 16), 100, 128, 48)).toBe(12 * 100 + 77)
    expect(overlappedGemmCycles(array('ws', 32, 16), 5, 128, 48)).toBe(11 * 32 + 5 + 77)
    expect(overlappedGemmCycles(array('is', 32, 16), 48, 128, 100)).toBe(12 * 100 + 77)
    // os streams K through a tile of outputs, and waits for no load.
    expect(overlappedGemmCycles(array('os', 32, 16), 128, 100, 48)).toBe(12 * 100 + 45)
    expect(overlappedGemmCycles(array('os', 32, 16), 128, 5, 48)).toBe(11 * 32 + 5 + 45)
  })

  it('gains the factor 3 that overlap gives one token on 128 x 128', () => {
    const cycles = overlappedGemmCycles(array('ws', 128), 1, 4096, 14_336)
    expect((4096 * 14_336) / (cycles * 128 * 128)).toBeCloseTo(0.0078, 4)
    expect(gemmCycles(array('ws', 128), 1, 4096, 14_336) / cycles).toBeCloseTo(2.99, 2)
  })

  it('takes what an array without overlap takes for one tile, and never more for many', () => {
    fc.assert(
      fc.property(anyGemm, ([dataflow, rows, columns, m, k, n]) => {
        const shape = array(dataflow, rows, columns)
        const alone = gemmCycles(shape, m, k, n)
        const overlapped = overlappedGemmCycles(shape, m, k, n)
        expect(overlapped).toBeLessThanOrEqual(alone)
        const [a, b] = dataflow === 'ws' ? [k, n] : dataflow === 'is' ? [k, m] : [m, n]
        if (a <= rows && b <= columns) expect(overlapped).toBe(alone)
      }),
    )
  })

  it('never beats one multiply-accumulate per cell and cycle, but for the one cycle that SCALE-Sim leaves out', () => {
    fc.assert(
      fc.property(anyGemm, ([dataflow, rows, columns, m, k, n]) => {
        const cycles = overlappedGemmCycles(array(dataflow, rows, columns), m, k, n)
        expect((cycles + 1) * rows * columns).toBeGreaterThanOrEqual(m * k * n)
      }),
      { seed: 31, numRuns: 500 },
    )
  })
})
