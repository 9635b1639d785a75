// Mean and spread over repetitions, of latencies and of the speedups that follow from them.
import { expect, it } from 'vitest'
import { averageJitter, speedupJitter, withLatencyJitter } from '../../src/run/jitter.ts'

const latency = (value: number, ...laterPs: number[]) =>
  withLatencyJitter({ value, unit: 'ps' }, Float64Array.from(laterPs))

it('counts the run itself as the first of all', () => {
  expect(latency(100, 2, 4).jitter).toEqual({ mean: 102, spread: 2, values: [100, 102, 104] })
})

it('leaves a metric without repetitions as it is', () => {
  expect(latency(100)).toEqual({ value: 100, unit: 'ps' })
  expect(speedupJitter(latency(100), latency(200))).toEqual({})
  expect(averageJitter([latency(100), latency(200)])).toEqual({})
})

it('divides equal repetitions', () => {
  const { jitter } = speedupJitter(latency(100, 100), latency(200, 200))
  expect(jitter).toEqual({ mean: 2, spread: 0, values: [2, 2] })
})

it('averages seeds repetition by repetition', () => {
  const { jitter } = averageJitter([latency(100, 10), latency(200, -10)])
  expect(jitter).toEqual({ mean: 150, spread: 0, values: [150, 150] })
})
