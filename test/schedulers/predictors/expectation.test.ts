// The arithmetic of predictors: how many experts are predicted, which, and what follows from counts.
import { expect, it } from 'vitest'
import type { RoutingKnowledge } from '../../../src/schedulers/knowledge.ts'
import {
  addTo,
  expectedAfter,
  layerWide,
  predictedCount,
  topExperts,
} from '../../../src/schedulers/predictors/expectation.ts'
import { predictors } from '../../../src/schedulers/predictors/table.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'

it('so many percent of all experts are rounded up', () => {
  expect([
    predictedCount(10, 20),
    predictedCount(11, 20),
    predictedCount(7, 0),
    predictedCount(7, 100),
  ]).toEqual([2, 3, 0, 7])
})

it('the most expected experts come first, of equals the lower id, and none that nothing is expected of', () => {
  expect(topExperts(Float64Array.of(0, 3, 0.5, 3, 1), 3)).toEqual([1, 3, 4])
  expect(topExperts(Float64Array.of(0, 3, 0.5, 3, 1), 9)).toEqual([1, 3, 4, 2])
})

it('what came is followed by what followed it before, in proportion; what was never followed foretells nothing', () => {
  const counts = Uint32Array.of(0, 1, 3, 2, 0, 0, 0, 0, 0)
  expect([...expectedAfter([8, 5, 4], counts)]).toEqual([5, 2, 6])
  expect([...expectedAfter([0, 5, 4], counts)]).toEqual([5, 0, 0])
})

it('a number for each expert is added so many times', () => {
  const total = Float64Array.of(1, 2)
  addTo(total, Float64Array.of(10, 20), 0.5)
  expect([...total]).toEqual([6, 12])
})

it('a predictor for the layer is asked once for the iteration after the last one that it has learnt', () => {
  const asked: (readonly [number, number])[] = []
  const expected = (iteration: number, reached: number) => {
    asked.push([iteration, reached])
    return iteration === 0 ? undefined : Float64Array.of(0, 2, 1)
  }
  const predictor = layerWide({ most: 1 }, { learn: () => undefined, expected })
  const foretold = () => [0, 1, 2].filter((expert) => predictor.foretells(expert, () => []))
  expect(foretold()).toEqual([])
  expect(asked).toEqual([[0, -1]])
  predictor.learn({ iteration: 4 } as LayerWork)
  expect(foretold()).toEqual([1])
  expect(asked).toEqual([
    [0, -1],
    [5, 4],
  ])
})

it('matching compares with the maps of 128 other requests, asked for once', () => {
  const asked: number[] = []
  const knowledge = {
    heldOutMaps: (most: number) => {
      asked.push(most)
      return []
    },
  } as unknown as RoutingKnowledge
  const predictor = predictors.matching.create({ experts: 4, most: 2, knowledge })
  expect(predictor.expected(1, 0)).toBeUndefined()
  expect(predictor.expected(2, 1)).toBeUndefined()
  expect(asked).toEqual([128])
})
