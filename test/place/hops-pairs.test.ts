// Placements that look at more than loads: ways over the package, and what is chosen together.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { HopCost, hopsPlacement } from '../../src/place/hops.ts'
import { devicesPerToken, pairCounts, pairRule, pairsPlacement } from '../../src/place/pairs.ts'
import { joint } from '../../src/schedulers/placements/search/joint.ts'
import { maxLoad } from '../../src/schedulers/placements/search/problem.ts'
import { tableSource } from '../../src/trace/tables.ts'
import { frameHardware, tinyModel } from '../helpers/frames.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const mesh = (columns: number, rows: number) =>
  buildTopology({ kind: 'mesh', columns, rows, numbering: 'row-major' })

/** 8 tokens of which each chooses 0 and 2, or 1 and 3. */
const TOKENS = tableSource(
  memoryIo(),
  { label: 't', experts: 4, topK: 2, requests: [{ id: 'a', prefillTokens: 8, tokens: 8 }] },
  new Map([[0, Uint16Array.from([0, 2, 1, 3, 0, 2, 1, 3, 0, 2, 1, 3, 0, 2, 1, 3])]]),
)
const ALL = { from: 0, to: 1 }
const EVEN = { loads: Float64Array.from([4, 4, 4, 4]), devices: 2, slots: 2 }

describe('hops', () => {
  it('puts what tokens choose most in the middle of the package', () => {
    const loads = Float64Array.from([1, 1, 1, 1, 1, 1, 1, 1, 9])
    const layout = hopsPlacement({ loads, devices: 9, slots: 1 }, mesh(3, 3))
    expect(layout[4]).toEqual([8])
  })

  it('has no longer ways than joint, and no fuller device', () => {
    const loads = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 10 })
    fc.assert(
      fc.property(loads, fc.nat(1), (counts, spare) => {
        const slots = Math.min(counts.length, Math.ceil(counts.length / 4) + spare)
        const problem = { loads: Float64Array.from(counts), devices: 4, slots }
        const topology = mesh(4, 1)
        const cost = new HopCost(problem, topology)
        const totalOf = (layout: ReturnType<typeof joint>) => {
          cost.enter(layout)
          return cost.total
        }
        const layout = hopsPlacement(problem, topology)
        const start = joint(problem)
        expect(totalOf(layout)).toBeLessThanOrEqual(totalOf(start) * (1 + 1e-9))
        expect(maxLoad(layout, problem.loads)).toBeLessThanOrEqual(maxLoad(start, problem.loads) * (1 + 1e-6))
        for (const held of layout) expect(new Set(held).size).toBe(slots)
      }),
      { numRuns: 15 },
    )
  })
})

describe('pairs', () => {
  const counts = pairCounts(TOKENS, 0, ALL)

  it('are counted for every two experts of a token', () => {
    expect([...counts]).toEqual([0, 0, 4, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 4, 0, 0])
    expect(pairCounts(TOKENS, 0, { from: 0, to: 0.5 })[2]).toBe(2)
  })

  it('lie together or apart, with the loads of joint', () => {
    const sorted = (rule: 'together' | 'apart') =>
      pairsPlacement(EVEN, counts, rule)
        .map((held) => [...held].sort((a, b) => a - b))
        .sort(([a], [b]) => a! - b!)
    expect(sorted('together')).toEqual([
      [0, 2],
      [1, 3],
    ])
    for (const held of sorted('apart')) expect(counts[held[0]! * 4 + held[1]!]).toBe(0)
    for (const rule of ['together', 'apart'] as const) {
      expect(maxLoad(pairsPlacement(EVEN, counts, rule), EVEN.loads)).toBe(8)
    }
  })

  it('decide on how many devices the experts of a token lie', () => {
    const of = (rule: 'together' | 'apart') =>
      devicesPerToken(TOKENS, 0, ALL, pairsPlacement(EVEN, counts, rule))
    expect(of('together')).toBe(1)
    expect(of('apart')).toBe(2)
  })

  it('lie together where links bind, apart where computing does', () => {
    const ruleWith = (hop: number, compute: number) => {
      const hardware = frameHardware({ load: 1, hop, compute, pieces: 1, hopUnit: 'token' })
      const pkg = packageOf({ hardware, model: tinyModel(4, 1, 2), compat: 'physical' })
      return pairRule(pkg, { ...EVEN, devices: 4, slots: 1 }, 64)
    }
    expect(ruleWith(1000, 1)).toBe('together')
    expect(ruleWith(1, 1000)).toBe('apart')
  })
})
