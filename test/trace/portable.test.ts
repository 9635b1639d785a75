// Routing that goes to another thread: the same decisions on the other side, tables shared, generated layers not hoarded.
import { describe, expect, test } from 'vitest'
import { openTrace } from '../../src/trace/open.ts'
import { RoutingOpener } from '../../src/trace/portable.ts'
import { countedRouting, countedShares } from '../../src/trace/synth/counted-routing.ts'
import { generateRouting } from '../../src/trace/synth/generator.ts'
import { memoryIo } from '../helpers/memory-io.ts'

const SPEC = { skew: 1, reuse: 0.3, topics: 1, requests: 3, prefillTokens: 2, decodeTokens: 4 }
const SHAPE = { experts: 16, topK: 2, layers: [1, 4, 6] }

const generated = (seed: number) => generateRouting(memoryIo(), SPEC, SHAPE, seed)

const counted = () => {
  const layers = [1, 4, 6]
  const counts = (layer: number) => Float64Array.from({ length: 16 }, (_, expert) => 20 + layer * expert)
  const phases = ['unknown'] as const
  const histograms = { label: 'counts', experts: 16, layers, phases, sha256: 'c', counts }
  const spec = { reuse: 0.3, requests: 3, prefillTokens: 2, decodeTokens: 4 }
  return countedRouting(memoryIo(), histograms, countedShares(histograms, 2), spec, SHAPE, 5)
}

const CSV = `request,token,phase,layer,experts
a,0,prefill,0,1 2
a,0,prefill,3,5 4
b,0,decode,0,3 0
b,0,decode,3,1 7
b,1,decode,0,2 6
b,1,decode,3,6 0
`
const recorded = () => {
  const expectation = { model: 'm', experts: 8, topK: 2, moeLayers: [0, 3] }
  return openTrace(memoryIo({ 't.csv': CSV }), 't.csv', expectation)
}

describe.each([
  ['generated routing', async () => generated(7)],
  ['routing from counts', async () => counted()],
  ['a recorded trace', recorded],
])('%s', (_name, make) => {
  test('is the same after a structured clone', async () => {
    const source = await make()
    const opened = new RoutingOpener().open(structuredClone(source.portable))
    expect(opened.layers).toEqual(source.layers)
    expect(opened.requests.map(({ tokens }) => tokens)).toEqual(source.requests.map(({ tokens }) => tokens))
    for (const layer of source.layers) expect(opened.layerExperts(layer)).toEqual(source.layerExperts(layer))
  })

  test('refuses a layer that it has not', async () => {
    const { portable } = await make()
    expect(() => new RoutingOpener().open(portable).layerExperts(2)).toThrow('layer 2 asked of')
  })
})

test('the tables of a trace are shared, not copied', async () => {
  const source = await recorded()
  const table = new RoutingOpener().open(structuredClone(source.portable)).layerExperts(3)
  table[0] = 2
  expect(source.layerExperts(3)[0]).toBe(2)
})

test('of generated layers the last two are kept, so a layer asked for again soon is not made again', () => {
  const routing = new RoutingOpener().open(generated(1).portable)
  const first = routing.layerExperts(1)
  expect(routing.layerExperts(4)).not.toBe(first)
  expect(routing.layerExperts(1)).toBe(first)
  routing.layerExperts(4)
  routing.layerExperts(6)
  const again = routing.layerExperts(1)
  expect(again).not.toBe(first)
  expect(again).toEqual(first)
})

test('of routings the last two stay open', () => {
  const opener = new RoutingOpener()
  const [a, b, c] = [1, 2, 3].map((seed) => generated(seed).portable)
  const first = opener.open(a!)
  opener.open(b!)
  expect(opener.open(a!)).toBe(first)
  opener.open(c!)
  opener.open(b!)
  expect(opener.open(a!)).not.toBe(first)
})
