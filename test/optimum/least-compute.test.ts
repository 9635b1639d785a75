// The least time of an expert's tokens, against every way of cutting both into jobs.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { computePs } from '../../src/hardware/compute.ts'
import type { ComputeSpec } from '../../src/hardware/spec.ts'
import { flopPerToken } from '../../src/model/shape.ts'
import { leastExpertPs, leastTokenPs } from '../../src/optimum/least-compute.ts'
import { tinyModel } from '../helpers/frames.ts'

const rate = fc.double({ min: 0.05, max: 64, noNaN: true })
const specs: fc.Arbitrary<ComputeSpec> = fc.oneof(
  fc.record({ kind: fc.constant('ideal' as const), flopPerPs: rate }),
  fc.record({
    kind: fc.constant('table' as const),
    flopPerPs: rate,
    utilization: fc.tuple(rate, rate, rate).map(([a, b, c]) => [
      { upTo: 3, value: a / 64 },
      { upTo: 11, value: b / 64 },
      { upTo: Infinity, value: c / 64 },
    ]),
  }),
  fc.record({
    kind: fc.constant('systolic' as const),
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    clockPs: fc.integer({ min: 1, max: 500 }),
    dataflow: fc.constantFrom('ws' as const, 'os' as const, 'is' as const),
    doubleBuffered: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('kernel' as const),
    units: fc.constant(4),
    formats: fc.constant([{ weightBytes: 1, flopPerPs: 64, share: 0.5, leastRows: 4, mostRows: 16 }]),
    tileColumns: fc.constant(16),
    fillBytes: fc.constant(0),
    startupPs: fc.integer({ min: 0, max: 100 }),
    launches: fc.constant(6),
    overlap: fc.constant(1),
    reread: fc.constant(0),
    elementwiseShare: fc.constant(0.5),
  }),
)

it('is never more than what any tokens of any slices take', () => {
  const jobs = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      specs,
      jobs,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (spec, cuts, slices, pieces) => {
        const model = tinyModel(1, pieces)
        const tokens = cuts.reduce((sum, cut) => sum + cut, 0)
        const takenPs = cuts.map((cut) => computePs(spec, model, cut, slices))
        const allPs = slices * takenPs.reduce((sum, ps) => sum + ps, 0)
        expect(allPs).toBeGreaterThanOrEqual(leastExpertPs(spec, model, tokens) * (1 - 1e-12))
        cuts.forEach((cut, i) => {
          const leastPs = (cut / slices) * leastTokenPs(spec, model, tokens)
          expect(takenPs[i]).toBeGreaterThanOrEqual(leastPs * (1 - 1e-12))
        })
      },
    ),
    { numRuns: 2000 },
  )
})

it('reads a table at its best for as many tokens or fewer', () => {
  const utilization = [
    { upTo: 8, value: 0.25 },
    { upTo: 16, value: 0.5 },
    { upTo: Infinity, value: 0.125 },
  ]
  const spec = { kind: 'table', flopPerPs: 1, utilization } as const
  const model = tinyModel(1, 1)
  const times = [8, 9, 16, 17].map((tokens) => leastTokenPs(spec, model, tokens) / flopPerToken(model))
  expect(times).toEqual([4, 2, 2, 2])
})

it('fills no tile of a kernel with less than its smallest rows', () => {
  const formats = [{ weightBytes: 1, flopPerPs: 2, share: 0.5, leastRows: 16, mostRows: 64 }]
  const kernel = { kind: 'kernel', units: 1, formats, tileColumns: 1, fillBytes: 0, startupPs: 0 } as const
  const spec = { ...kernel, launches: 1, overlap: 1, reread: 0, elementwiseShare: 1 }
  const model = tinyModel(1, 1)
  expect(leastExpertPs(spec, model, 17)).toBe(32 * flopPerToken(model))
})
