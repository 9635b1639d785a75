// Layer selection: all, by id, or a seeded sample.
import { expect, test } from 'vitest'
import { describeLayers, selectLayers } from '../../src/run/layers.ts'
import { routingOf } from '../helpers/routing.ts'

const source = routingOf({ requests: [[1, 0]], layers: [0, 1, 2, 3, 8, 9] })
const sample = (count: number, seed: number) => selectLayers({ kind: 'sample', count }, source, seed)

test('all layers are those that the routing covers', () => {
  expect(selectLayers({ kind: 'all' }, source, 1)).toEqual([0, 1, 2, 3, 8, 9])
})

test('listed layers come out ascending and once each', () => {
  expect(selectLayers({ kind: 'list', layers: [8, 0, 8] }, source, 1)).toEqual([0, 8])
})

test('a listed layer that is not covered is refused with what is covered', () => {
  expect(() => selectLayers({ kind: 'list', layers: [0, 5, 4, 12] }, source, 1)).toThrow(
    'layers 4-5, 12 are asked for but not covered; the routing covers 0-3, 8-9',
  )
})

test('a sample is ascending, has no repeats and holds only covered layers', () => {
  for (let seed = 0; seed < 50; seed++) {
    const layers = sample(4, seed)
    expect(layers).toEqual([...new Set(layers)].sort((a, b) => a - b))
    expect(layers).toHaveLength(4)
    expect(layers.every((layer) => source.layers.includes(layer))).toBe(true)
  }
})

test('a sample depends on the seed and on nothing else', () => {
  expect(sample(3, 7)).toEqual(sample(3, 7))
  expect(new Set(Array.from({ length: 20 }, (_, seed) => sample(3, seed).join())).size).toBeGreaterThan(5)
})

test('every layer is drawn about equally often', () => {
  const drawn = new Map<number, number>()
  for (let seed = 0; seed < 3000; seed++) {
    for (const layer of sample(2, seed)) drawn.set(layer, (drawn.get(layer) ?? 0) + 1)
  }
  for (const layer of source.layers) expect(Math.abs((drawn.get(layer) ?? 0) - 1000)).toBeLessThan(120)
})

test('a sample of more layers than there are is refused', () => {
  expect(() => sample(7, 1)).toThrow('a sample of 7 layers needs 7 layers; available: 6 in the routing')
})

test('layer ids are described with their runs drawn together', () => {
  expect(describeLayers([0, 1, 2, 5, 7, 8])).toBe('0-2, 5, 7-8')
})
