// A predictor to which it makes no difference what a die computes: it predicts the most expected experts of the layer.
import { topExperts } from './expectation.ts'
import type { Predictor, PredictorSetting } from './predictor.ts'

export function layerWide(
  { most }: Pick<PredictorSetting, 'most'>,
  { learn, expected }: Pick<Predictor, 'learn' | 'expected'>,
): Predictor {
  let learnt = -1
  let predicted: ReadonlySet<number> | undefined
  return {
    expected,
    learn(work) {
      learn(work)
      learnt = work.iteration
      predicted = undefined
    },
    foretells(expert) {
      predicted ??= new Set(topExperts(expected(learnt + 1, learnt) ?? new Float64Array(0), most))
      return predicted.has(expert)
    },
  }
}
