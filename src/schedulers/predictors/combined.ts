// What followed in the layer before and what followed from token to token, taken together.
import { crossLayer } from './cross-layer.ts'
import { crossToken } from './cross-token.ts'
import { addTo } from './expectation.ts'
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const combined: PredictorDefinition = {
  summary:
    'cross-layer and cross-token together: the sum of their shares, that of cross-token counting the more the more tokens it has seen; where one knows nothing, the other',
  source: 'moesim',
  create(setting) {
    const { experts, most } = setting
    const layer = crossLayer.create(setting)
    const token = crossToken.create(setting)
    let seenTokens = 0
    const expected = (iteration: number, reached: number) => {
      const total = new Float64Array(experts)
      addShares(total, layer.expected(iteration, reached), 1)
      // After as many tokens as there are experts it counts half as much as what a profile says of the layer before.
      addShares(total, token.expected(iteration, reached), seenTokens / (seenTokens + experts))
      return total.some((share) => share > 0) ? total : undefined
    }
    return layerWide(
      { most },
      {
        expected,
        learn(work) {
          layer.learn(work)
          token.learn(work)
          seenTokens += work.tokens
        },
      },
    )
  },
}

function addShares(total: Float64Array, tokens: Float64Array | undefined, weight: number): void {
  const sum = tokens?.reduce((so, count) => so + count, 0) ?? 0
  if (tokens !== undefined && sum > 0) addTo(total, tokens, weight / sum)
}
