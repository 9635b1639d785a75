// What iterations really use: no prediction, but the most that any could be worth.
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const oracle: PredictorDefinition = {
  summary:
    'an oracle: what iterations to come use, on which die, however much it is; of replicas those used latest leave',
  source: 'moesim',
  isOracle: true,
  namesAllNeeded: true,
  create({ most, knowledge }) {
    let asked = -1
    let answer: Float64Array | undefined
    const expected = (iteration: number) => {
      if (knowledge === undefined || iteration >= knowledge.iterations.length) return undefined
      if (iteration !== asked) answer = Float64Array.from(knowledge.tokensIn([iteration]))
      asked = iteration
      return answer
    }
    return layerWide({ most }, { learn: () => undefined, expected })
  },
}
