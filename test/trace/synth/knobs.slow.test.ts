// Every knob of synthetic routing moves its statistic, and only what is on changes anything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { routingSha256 } from '../../../src/trace/routing-hash.ts'
import { TokenRows } from '../../../src/trace/statistics/token-rows.ts'
import { atDepth, type DepthValue } from '../../../src/trace/synth/depth.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import type { GeneratorSpec, RoutingShape } from '../../../src/trace/synth/generator-spec.ts'
import type { StructureKnobs } from '../../../src/trace/synth/knobs.ts'
import { LayerStream } from '../../../src/trace/synth/layer-stream.ts'
import { observedOf } from '../../../src/trace/synth/observed.ts'
import { requestsOf } from '../../../src/trace/synth/requests.ts'
import { syntheticFacts } from '../../../src/trace/synth/streamed.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const io = memoryIo()
const SHAPE: RoutingShape = { experts: 64, topK: 6, layers: [0, 1] }
const SPEC: GeneratorSpec = {
  ...{ skew: 0.4, reuse: 0, topics: 1, requests: 40, prefillTokens: 60, decodeTokens: 60 },
}
const KINDS: StructureKnobs = { classes: 16, affinity: 2 }

function observed(structure: StructureKnobs, spec: Partial<GeneratorSpec> = {}, shape = SHAPE) {
  const source = generateRouting(io, { ...SPEC, ...spec, structure }, shape, 1)
  const [first, second] = shape.layers.map((layer) => source.layerExperts(layer))
  return observedOf(0, first!, second, new TokenRows(source.requests), shape)
}

function expectRising(values: readonly (number | undefined)[], least: number): void {
  for (let i = 1; i < values.length; i++) expect(values[i]! - values[i - 1]!).toBeGreaterThan(least)
}

describe('knobs of synthetic routing', () => {
  it('affinity raises how well a layer predicts the next, and leaves the skew of loads alone', () => {
    const found = [0, 1, 2, 3].map((affinity) => observed({ classes: 16, affinity }))
    expectRising(
      found.map(({ coverage }) => coverage),
      0.04,
    )
    for (const { cv } of found) expect(Math.abs(cv / found[0]!.cv - 1)).toBeLessThan(0.1)
  })

  it('fewer classes make hotter pairs of experts', () => {
    expectRising(
      [64, 32, 12].map((classes) => observed({ classes, affinity: 3 }).pairShare),
      0.02,
    )
  })

  it('coactivation raises the share of hot pairs', () => {
    expectRising(
      [0, 0.3, 0.6].map((coactivation) => observed({ coactivation }).pairShare),
      0.02,
    )
  })

  it('focus raises the overlap of tokens of one request', () => {
    expectRising(
      [0, 0.4, 0.7].map((focus) => observed({ ...KINDS, focus }).sameRequest),
      0.03,
    )
  })

  it('persistence raises reuse beyond the overlap of any two tokens of a request', () => {
    const found = [0, 0.3, 0.6].map((persistence) => observed({ ...KINDS, persistence }))
    expectRising(
      found.map(({ reuse, sameRequest }) => reuse! - sameRequest!),
      0.03,
    )
  })

  it('drift lowers the rank correlation of the loads of prefill and decode', () => {
    const found = [0, 0.4, 0.8].map((drift) => observed({ drift }, { skew: 1.2 }).phaseSpearman!)
    expectRising(found.toReversed(), 0.05)
  })

  it('reuse and skew follow the depth that they are given at', () => {
    const ends = (knob: 'reuse' | 'skew', value: DepthValue, of: 'reuse' | 'cv') => {
      const source = generateRouting(io, { ...SPEC, [knob]: value }, { ...SHAPE, layers: [0, 10, 20] }, 1)
      const rows = new TokenRows(source.requests)
      return source.layers.map((at) => observedOf(at, source.layerExperts(at), undefined, rows, SHAPE)[of])
    }
    expectRising(ends('reuse', [[0, 0], [20, 0.6]], 'reuse'), 0.2) // biome-ignore format: one table
    expectRising(ends('skew', [[0, 0], [20, 2]], 'cv'), 0.3) // biome-ignore format: one table
  })

  it('popularity that is given is what comes out, for each phase', () => {
    const shares = (hot: number) => Array.from({ length: 64 }, (_, e) => (e === hot ? 0.8 : 5.2 / 63))
    const popularity = [{ layer: 0, prefill: shares(3), decode: shares(7) }]
    const spec = { ...SPEC, structure: { ...KINDS, popularity } }
    const source = generateRouting(io, spec, { ...SHAPE, layers: [0] }, 1)
    const ids = source.layerExperts(0)
    const rows = new TokenRows(source.requests)
    const share = (of: Int32Array, expert: number) =>
      of.filter((row) => ids.subarray(row * 6, row * 6 + 6).includes(expert)).length / of.length
    expect(share(rows.prefill, 3)).toBeCloseTo(0.8, 1)
    expect(share(rows.decode, 7)).toBeCloseTo(0.8, 1)
    expect(share(rows.decode, 3)).toBeLessThan(0.15)
  })

  it('lengths spread around their mean, or are those that are listed', () => {
    const spread = requestsOf({ ...SPEC, requests: 3000, structure: { lengthSpread: 0.8 } }, 1)
    const mean = spread.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0) / spread.length
    expect(Math.abs(mean / 60 - 1)).toBeLessThan(0.06)
    expect(new Set(spread.map(({ tokens }) => tokens)).size).toBeGreaterThan(100)
    const listed = requestsOf({ ...SPEC, requests: 3, structure: { lengths: [[2, 1], [0, 4]] } }, 1) // biome-ignore format: one table
    expect(listed.map(({ prefillTokens, tokens }) => [prefillTokens, tokens])).toEqual([
      [2, 3],
      [0, 4],
      [2, 3],
    ])
  })

  it('knobs at 0 give the bytes of a generator that has none', () => {
    const structure = { classes: 0, affinity: 0, focus: 0, persistence: 0, coactivation: 0, drift: 0 }
    const spec = { ...SPEC, reuse: 0.3 }
    const plain = generateRouting(io, spec, SHAPE, 5)
    expect(generateRouting(io, { ...spec, structure }, SHAPE, 5).layerExperts(1)).toEqual(
      plain.layerExperts(1),
    )
  })

  it('refuses impossible knobs, all at once', () => {
    const structure = { classes: -1, affinity: 11, focus: 2, drift: Number.NaN, lengths: [[0, 0]] as const }
    const wrong = () => generateRouting(io, { ...SPEC, reuse: [], structure }, SHAPE, 1)
    for (const knob of ['classes', 'affinity', 'focus', 'drift', 'lengths', 'reuse']) {
      expect(wrong).toThrow(new RegExp(`(^|\n)${knob}.* must be `))
    }
  })
})

const ALL_ON: StructureKnobs = {
  ...{ classes: 5, affinity: [[0, 0.5], [9, 2]], focus: 0.3, persistence: 0.3 }, // biome-ignore format: one table
  ...{ coactivation: 0.4, drift: 0.3, lengthSpread: 0.7 },
}

it('any knobs give tokens of top-k different experts in at most the allowed groups', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(unit, unit, unit, unit, unit, fc.integer({ min: 0, max: 9 }), (a, b, c, d, e, classes) => {
      const structure = { classes, affinity: 6 * a, focus: b, persistence: c, coactivation: d, drift: e }
      const shape = { experts: 16, topK: 4, layers: [3], router: { groups: 4, groupsPerToken: 2 } }
      const spec = { ...SPEC, reuse: a, requests: 3, prefillTokens: 5, decodeTokens: 5, structure }
      const ids = generateRouting(io, spec, shape, 1).layerExperts(3)
      for (let at = 0; at < ids.length; at += 4) {
        const token = [...ids.subarray(at, at + 4)]
        expect(new Set(token).size).toBe(4)
        expect(new Set(token.map((expert) => Math.floor(expert / 4))).size).toBeLessThanOrEqual(2)
        expect(Math.max(...token)).toBeLessThan(16)
      }
    }),
    { numRuns: 60 },
  )
})

it('requests made one by one are those made at once, with the same hash', async () => {
  const spec = { ...SPEC, requests: 7, reuse: 0.2, topics: 2, structure: ALL_ON }
  const source = generateRouting(io, spec, SHAPE, 3)
  const stream = new LayerStream(spec, SHAPE, 3, 1)
  const pieces = source.requests.map((request) => [...stream.next([request])])
  expect(pieces.flat()).toEqual([...source.layerExperts(1)])
  const facts = await syntheticFacts(io, spec, SHAPE, 3, async () => {})
  expect(facts.sha256).toBe(routingSha256(io, source))
})

it('a value by depth runs straight between its layers and stays beyond them', () => {
  const value: DepthValue = [[2, 1], [6, 3]] // biome-ignore format: one table
  expect([0, 2, 3, 6, 9].map((layer) => atDepth(value, layer))).toEqual([1, 1, 1.5, 3, 3])
  expect(atDepth(0.7, 5)).toBe(0.7)
})
