// What followed in the layer before and what followed from token to token, taken together.
import { crossLayer } from './cross-layer.ts'
import { crossToken } from './cross-token.ts'
import { addTo, layerWide } from './expectation.ts'
import type { PredictorDefinition } from './predictor.ts'

export const combined: PredictorDefinition = {
  summary:
    'cross-layer and cross-token together: the mean of their shares; where one knows nothing, the other',
  source: 'moesim',
  create(setting) {
    const { experts, most } = setting
    const parts = [crossLayer.create(setting), crossToken.create(setting)]
    const expected = (iteration: number, reached: number) => {
      const known = parts.flatMap((part) => part.expected(iteration, reached) ?? [])
      const total = new Float64Array(experts)
      for (const tokens of known) {
        const sum = tokens.reduce((so, count) => so + count, 0)
        if (sum > 0) addTo(total, tokens, 1 / sum)
      }
      return total.some((share) => share > 0) ? total : undefined
    }
    return layerWide(
      { most },
      {
        expected,
        learn: (work) => {
          for (const part of parts) part.learn(work)
        },
      },
    )
  },
}
