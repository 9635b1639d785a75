// Speedups and means over seeds, from hand-made outcomes.
import { expect, test } from 'vitest'
import { aggregate } from '../../src/run/aggregate.ts'
import type { SimulationOutcome } from '../../src/run/outcome.ts'

const choices = ['slow', 'fast'].map((id) => ({ id, scheduler: id, options: {} }))

function outcome(
  latencyPs: number,
  layersPs: Readonly<Record<number, number>>,
  boundBy = 'memory',
): SimulationOutcome {
  const metrics = (ps: number) => ({ latency: { value: ps, unit: 'ps' }, hops: { value: 2, unit: 'count' } })
  return {
    boundBy,
    metrics: metrics(latencyPs),
    layers: Object.entries(layersPs).map(([layer, ps]) => ({ layer: Number(layer), metrics: metrics(ps) })),
  }
}

const seed = (slow: SimulationOutcome, fast: SimulationOutcome) => new Map(Object.entries({ slow, fast }))

test('speedup is baseline latency over own latency, in total and per layer', () => {
  const [slow, fast] = aggregate(choices, 'slow', [
    seed(outcome(100, { 0: 60, 1: 40 }), outcome(50, { 0: 15, 1: 35 })),
  ])
  expect(slow?.metrics.speedup).toEqual({ value: 1, unit: 'ratio' })
  expect(fast?.metrics.speedup).toEqual({ value: 2, unit: 'ratio' })
  expect(fast?.layers.map(({ metrics }) => metrics.speedup?.value)).toEqual([4, 40 / 35])
})

test('the baseline need not be the first scheduler', () => {
  const [slow, fast] = aggregate(choices, 'fast', [seed(outcome(100, {}), outcome(50, {}))])
  expect([slow?.metrics.speedup?.value, fast?.metrics.speedup?.value]).toEqual([0.5, 1])
})

test('speedup stands right behind latency and the other metrics keep their order', () => {
  const [slow] = aggregate(choices, 'slow', [seed(outcome(100, {}), outcome(50, {}))])
  expect(Object.keys(slow?.metrics ?? {})).toEqual(['latency', 'speedup', 'hops'])
})

test('over seeds, speedup is the mean of the paired ratios, not the ratio of the means', () => {
  const [, fast] = aggregate(choices, 'slow', [
    seed(outcome(100, { 0: 100 }), outcome(100, { 0: 100 })),
    seed(outcome(90, { 0: 90 }), outcome(30, { 0: 30 })),
  ])
  expect(fast?.metrics.speedup?.value).toBe(2)
  // s = sqrt(2), t(1) = 12.706, n = 2
  expect(fast?.metrics.speedup?.ci95).toBeCloseTo(12.706, 10)
  expect(fast?.metrics.latency?.value).toBe(65)
  expect(fast?.layers[0]?.metrics.speedup?.value).toBe(2)
})

test('a single seed has no interval', () => {
  const [slow] = aggregate(choices, 'slow', [seed(outcome(100, {}), outcome(50, {}))])
  expect(slow?.metrics.latency).toEqual({ value: 100, unit: 'ps' })
})

test('layers that differ between seeds are each averaged over the seeds that have them', () => {
  const [slow] = aggregate(choices, 'slow', [
    seed(outcome(8, { 3: 2, 5: 6 }), outcome(8, { 3: 2, 5: 6 })),
    seed(outcome(8, { 3: 4, 1: 4 }), outcome(8, { 3: 4, 1: 4 })),
  ])
  expect(slow?.layers.map(({ layer, metrics }) => [layer, metrics.latency?.value])).toEqual([
    [1, 4],
    [3, 3],
    [5, 6],
  ])
})

test('the bound that binds most often over the seeds is named', () => {
  const seeds = ['memory', 'link', 'link'].map((by) => seed(outcome(2, {}, by), outcome(1, {}, by)))
  expect(aggregate(choices, 'slow', seeds)[0]?.boundBy).toBe('link')
})

test('sampled layers of one seed give intervals; with several seeds these do', () => {
  const one = seed(outcome(100, { 0: 60, 1: 40 }), outcome(50, { 0: 15, 1: 35 }))
  const [, sampled] = aggregate(choices, 'slow', [one], 8)
  // Twice the mean: 2 * 12.706 * 14.142 / sqrt(2) * sqrt(1 - 2 / 8).
  expect(sampled?.metrics.latency?.ci95).toBeCloseTo(2 * 12.706 * 10 * Math.sqrt(0.75), 8)
  expect(sampled?.metrics.speedup?.ci95).toBeGreaterThan(0)
  expect(sampled?.layers[0]?.metrics.latency).toEqual({ value: 15, unit: 'ps' })
  const [, repeated] = aggregate(choices, 'slow', [one, one], 8)
  expect(repeated?.metrics.latency?.ci95).toBe(0)
})

test('totals of several seeds keep the value of each seed, layers and single seeds do not', () => {
  const seeds = [
    seed(outcome(100, { 0: 100 }), outcome(50, { 0: 50 })),
    seed(outcome(100, { 0: 100 }), outcome(25, { 0: 25 })),
  ]
  const [, fast] = aggregate(choices, 'slow', seeds)
  expect(fast?.metrics.latency?.bySeed).toEqual([50, 25])
  expect(fast?.metrics.speedup?.bySeed).toEqual([2, 4])
  expect(fast?.layers[0]?.metrics.latency?.bySeed).toBeUndefined()
  expect(aggregate(choices, 'slow', [seeds[0]!])[1]?.metrics.latency).toEqual({ value: 50, unit: 'ps' })
})
