// The generator: its knobs do what they say, and the same seed gives the same bytes.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import type { GeneratorSpec, RoutingShape } from '../../../src/trace/synth/generator-spec.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const io = memoryIo()
const SPEC: GeneratorSpec = {
  skew: 1,
  reuse: 0,
  topics: 1,
  requests: 4,
  prefillTokens: 300,
  decodeTokens: 200,
}
const SHAPE: RoutingShape = { experts: 64, topK: 4, layers: [0, 3, 5] }
const make = (spec: Partial<GeneratorSpec> = {}, shape: Partial<RoutingShape> = {}, seed = 1) =>
  generateRouting(io, { ...SPEC, ...spec }, { ...SHAPE, ...shape }, seed)

/** Mean share of a token's experts that the request's previous token used too. */
function overlap(ids: Uint16Array, topK: number, tokensPerRequest: number): number {
  let shared = 0
  let pairs = 0
  for (let token = 1; token < ids.length / topK; token++) {
    if (token % tokensPerRequest === 0) continue
    const before = ids.subarray((token - 1) * topK, token * topK)
    for (const id of ids.subarray(token * topK, (token + 1) * topK)) if (before.includes(id)) shared++
    pairs += topK
  }
  return shared / pairs
}

function counts(ids: Uint16Array, experts: number): number[] {
  const result = new Array<number>(experts).fill(0)
  for (const id of ids) result[id] = result[id]! + 1
  return result
}

describe('generateRouting', () => {
  it('gives every token top-k different experts of the model', () => {
    const ids = make({ reuse: 0.4, skew: 2 }).layerExperts(3)
    expect(ids.length).toBe(4 * 500 * 4)
    for (let at = 0; at < ids.length; at += 4) expect(new Set(ids.subarray(at, at + 4)).size).toBe(4)
    expect(Math.max(...ids)).toBeLessThan(64)
  })

  it('describes its requests: prompt tokens, then decode tokens', () => {
    const source = make()
    expect(source.requests).toHaveLength(4)
    expect(source.requests[3]).toEqual({ id: '3', prefillTokens: 300, tokens: 500 })
    expect([source.kind, source.experts, source.topK, source.layers]).toEqual(['generator', 64, 4, [0, 3, 5]])
  })

  it('gives the same bytes for the same seed, whatever was asked before', () => {
    const source = make({ reuse: 0.3, topics: 2 })
    const once = source.layerExperts(5)
    source.layerExperts(0)
    expect(source.layerExperts(5)).toEqual(once)
    expect(make({ reuse: 0.3, topics: 2 }, { layers: [5] }).layerExperts(5)).toEqual(once)
  })

  it('gives different layers different routing', () => {
    expect(make().layerExperts(0)).not.toEqual(make().layerExperts(3))
  })

  it('gives seeds 1 and 11 different routing and hashes, layer by layer', () => {
    const [one, eleven] = [make({}, { layers: [1, 11] }, 1), make({}, { layers: [1, 11] }, 11)]
    expect(one.sha256).not.toBe(eleven.sha256)
    const all = [one, eleven].flatMap((source) =>
      source.layers.map((layer) => source.layerExperts(layer).join()),
    )
    expect(new Set(all).size).toBe(4)
  })

  it('has a hash that changes with every part of what it was told', () => {
    const hashes = [
      make(),
      make({ skew: 1.1 }),
      make({ reuse: 0.1 }),
      make({ topics: 2 }),
      make({ requests: 5 }),
      make({ prefillTokens: 301 }),
      make({ decodeTokens: 201 }),
      make({}, { experts: 128 }),
      make({}, { topK: 5 }),
      make({}, { layers: [0, 3] }),
      make({}, { router: { groups: 4, groupsPerToken: 2 } }),
      make({}, {}, 2),
    ].map(({ sha256 }) => sha256)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(make().sha256).toBe(hashes[0])
  })

  it('is uniform at skew 0', () => {
    const expected = (4 * 5000 * 4) / 64
    const got = counts(make({ skew: 0, prefillTokens: 4800 }).layerExperts(0), 64)
    const chiSquare = got.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 63 degrees of freedom: mean 63, deviation 11.
    expect(chiSquare).toBeLessThan(120)
  })

  it('concentrates load as skew grows', () => {
    const peak = (skew: number) => Math.max(...counts(make({ skew }).layerExperts(0), 64))
    expect(peak(0.5)).toBeGreaterThan(1.5 * peak(0))
    expect(peak(2)).toBeGreaterThan(1.5 * peak(0.5))
  })

  it.each([0, 0.2, 0.5, 0.9])(
    'raises the overlap of consecutive tokens by about the asked reuse, %f',
    (reuse) => {
      const spec = { skew: 0, reuse, prefillTokens: 4800 }
      const measured = overlap(make(spec).layerExperts(0), 4, 5000)
      // A slot that is not kept may still fall on an expert of the previous token that was not kept.
      const chance = 4 / 64
      expect(measured).toBeGreaterThan(reuse - 0.01)
      expect(measured).toBeLessThan(reuse + (1 - reuse) * chance + 0.01)
    },
  )

  it('does not carry experts from one request into the next', () => {
    const ids = make({ reuse: 1, requests: 200, prefillTokens: 2, decodeTokens: 1 }).layerExperts(0)
    const starts = Array.from({ length: 200 }, (_, request) =>
      ids.subarray(request * 12, request * 12 + 4).join(),
    )
    expect(new Set(starts).size).toBeGreaterThan(100)
    expect(overlap(ids, 4, 3)).toBe(1)
  })

  it('gives each topic its own popularity over a contiguous range of requests', () => {
    const ids = make({ skew: 2, topics: 2, requests: 4 }).layerExperts(0)
    const [a, b, c, d] = [0, 1, 2, 3].map((r) => counts(ids.subarray(r * 2000, (r + 1) * 2000), 64))
    const distance = (x: number[], y: number[]) =>
      x.reduce((sum, n, i) => sum + Math.abs(n - y[i]!), 0) / 4000
    expect(distance(a!, b!)).toBeLessThan(0.15)
    expect(distance(c!, d!)).toBeLessThan(0.15)
    expect(distance(b!, c!)).toBeGreaterThan(0.25)
  })

  it.each([0, 0.5])('never lets a token use more groups than allowed, with reuse %f', (reuse) => {
    const ids = make(
      { reuse, skew: 1.5 },
      { topK: 6, router: { groups: 8, groupsPerToken: 3 } },
    ).layerExperts(0)
    let mostGroups = 0
    for (let at = 0; at < ids.length; at += 6) {
      const groups = new Set([...ids.subarray(at, at + 6)].map((id) => Math.floor(id / 8)))
      mostGroups = Math.max(mostGroups, groups.size)
    }
    expect(mostGroups).toBe(3)
  })

  it('ends when a token takes every expert, or every expert of its groups, at an extreme skew', () => {
    const all = make({ skew: 500 }, { topK: 64 }).layerExperts(0)
    expect(new Set(all.subarray(0, 64)).size).toBe(64)
    const grouped = make({ skew: 500 }, { topK: 16, router: { groups: 8, groupsPerToken: 2 } }).layerExperts(
      0,
    )
    expect(new Set(grouped.subarray(0, 16)).size).toBe(16)
  })

  it('refuses impossible values, all at once', () => {
    const wrong = () =>
      make(
        { skew: -1, reuse: 1.5, topics: 0, requests: 0, prefillTokens: 0, decodeTokens: 0 },
        { topK: 65 },
        0.5,
      )
    expect(wrong).toThrow(UserError)
    for (const part of ['seed', 'skew', 'reuse', 'topics', 'requests', 'prefillTokens', 'topK']) {
      expect(wrong).toThrow(new RegExp(`(^|\n)${part}.* must be `))
    }
    expect(() => make({}, { router: { groups: 5, groupsPerToken: 2 } })).toThrow('a divisor of 64 experts')
    expect(() => make({}, { topK: 20, router: { groups: 8, groupsPerToken: 2 } })).toThrow('top-20 needs 3')
    expect(() => make({ topics: 10_001 })).toThrow('topics must be an integer from 1 to 10000')
    expect(() => make({ prefillTokens: Number.NaN })).toThrow('prefillTokens')
  })

  it('calls a layer it was not made for a bug', () => {
    expect(() => make().layerExperts(1)).toThrow('layer 1 asked')
  })
})
