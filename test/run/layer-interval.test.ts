// Intervals over sampled layers, against ones worked out by hand.
import { expect, test } from 'vitest'
import { layerInterval } from '../../src/run/layer-interval.ts'

const layersOf = (name: string, unit: string, values: readonly (number | undefined)[]) =>
  values.map((value, layer) => ({ layer, metrics: value === undefined ? {} : { [name]: { value, unit } } }))

// s of 1, 2, 3 is 1; t with 2 degrees of freedom is 4.303.
const HALF_WIDTH = 4.303 / Math.sqrt(3)

test('a mean over layers has t * s / sqrt(n), less what drawing without replacement saves', () => {
  const layers = layersOf('speedup', 'ratio', [1, 2, 3])
  expect(layerInterval('speedup', layers, 1e12)).toBeCloseTo(HALF_WIDTH, 6)
  expect(layerInterval('speedup', layers, 4)).toBeCloseTo(HALF_WIDTH / 2, 12)
  expect(layerInterval('throughput', layersOf('throughput', 'token/s', [1, 2, 3]), 4)).toBeCloseTo(
    HALF_WIDTH / 2,
    12,
  )
})

test('a sum over layers has as many times that', () => {
  for (const unit of ['ps', 'B', 'B.hop', 'count', 'J']) {
    expect(layerInterval('sum', layersOf('sum', unit, [1, 2, 3]), 4)).toBeCloseTo((3 * HALF_WIDTH) / 2, 12)
  }
})

test('equal layers have an interval of nothing', () => {
  expect(layerInterval('latency', layersOf('latency', 'ps', [7, 7]), 5)).toBe(0)
})

test('one layer, all layers, peaks, and what single layers do not tell have none', () => {
  expect(layerInterval('latency', layersOf('latency', 'ps', [7]), 5)).toBeUndefined()
  expect(layerInterval('latency', layersOf('latency', 'ps', [7, 8]), 2)).toBeUndefined()
  expect(layerInterval('peakSramPerDie', layersOf('peakSramPerDie', 'B', [7, 8]), 5)).toBeUndefined()
  expect(layerInterval('deferrals', layersOf('latency', 'ps', [7, 8]), 5)).toBeUndefined()
  expect(layerInterval('latency', layersOf('latency', 'ps', [7, undefined, 8]), 5)).toBeUndefined()
  expect(layerInterval('dieArea', layersOf('dieArea', 'mm2', [7, 8]), 5)).toBeUndefined()
})
