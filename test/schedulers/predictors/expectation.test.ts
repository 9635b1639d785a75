// The arithmetic of predictors: how many experts are predicted, which, and what follows from counts.
import { expect, it } from 'vitest'
import type { RoutingKnowledge } from '../../../src/schedulers/knowledge.ts'
import {
  addTo,
  expectedAfter,
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

it('matching goes by what a request chose so far, each iteration counted once, and in the layer before by what comes', () => {
  // Expert 0 of the layer before speaks for the first map, expert 2 of this layer a little more for the second.
  const map = (before: readonly number[], here: readonly number[]) => ({
    before,
    here,
    length: 1,
    hereTokens: 2,
  })
  const maps = [map([3, 0, 0, 0], [8, 0, 0, 0]), map([0, 0, 0, 0], [0, 6, 4, 0])]
  const knowledge = {
    heldOutMaps: () => maps,
    requests: () => Int32Array.of(0),
    previousChoices: () => Uint16Array.of(0),
  } as unknown as RoutingKnowledge
  const predictor = predictors.matching.create({ experts: 4, most: 2, knowledge })
  expect([...predictor.expected(0, 0)!]).toEqual([4, 0, 0, 0])
  predictor.learn({
    ...{ iteration: 0, tokenRequest: Int32Array.of(0), choices: Uint16Array.of(2) },
  } as unknown as LayerWork)
  expect([...predictor.expected(1, 0)!]).toEqual([0, 3, 2, 0])
  // With the next token on its way through the layer before, that counts twice.
  expect([...predictor.expected(1, 1)!]).toEqual([4, 0, 0, 0])
})
