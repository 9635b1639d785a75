// What an experiment is estimated to cost.
import { expect, test } from 'vitest'
import { costUsOf, sliceCostUs } from '../../src/run/plan.ts'
import { tinySetting } from '../helpers/layer-jobs.ts'

test('the cost of a layer grows with its tokens until every die wants every expert', () => {
  const model = { ...tinySetting().model, experts: 8, topK: 2 }
  const cost = (...tokens: number[]) => {
    const iterations = tokens.map((count) => ({
      phase: 'decode' as const,
      rows: new Int32Array(count),
      requests: new Int32Array(count),
    }))
    return sliceCostUs({ model, iterations }, 4)
  }
  expect(cost(6)).toBe(2 * cost(3))
  expect(cost(16)).toBe(cost(1000))
  expect(cost(6, 3)).toBe(cost(6) + cost(3))
})

test('a scheduler that cuts experts into slices is expected to take as many times as long', () => {
  const layers = { seeds: [{ seed: 1, layers: [0, 1] }], sliceUs: 3 }
  const cost = (...options: Record<string, number>[]) => {
    const schedulers = options.map((values, i) => ({ id: `${i}`, scheduler: 'ep', options: values }))
    return costUsOf({ ...layers, experiment: { schedulers } })
  }
  expect(cost({})).toBe(6)
  expect(cost({ slices: 16 }, { prefetch: 1 })).toBe(2 * 3 * 17)
})
