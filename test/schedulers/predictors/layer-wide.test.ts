// Predictors that look at the layer alone: what they are asked, and when.
import { expect, it } from 'vitest'
import { layerWide } from '../../../src/schedulers/predictors/layer-wide.ts'
import type { LayerWork } from '../../../src/schedulers/work.ts'

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
