// The experts used most so far, whoever asks.
import { addTokens } from './expectation.ts'
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const popularity: PredictorDefinition = {
  summary: 'experts used most so far; before the first iteration, by the requests that the run leaves out',
  source: 'moesim',
  create({ experts, most, knowledge }) {
    const tokens = new Float64Array(experts)
    let hasSeenTokens = false
    let heldOut: Float64Array | undefined
    let hasAskedBeforehand = false
    const beforehand = () => {
      if (!hasAskedBeforehand) {
        const counted = knowledge?.heldOutTokens()
        heldOut = counted && Float64Array.from(counted)
        hasAskedBeforehand = true
      }
      return heldOut
    }
    return layerWide(
      { most },
      {
        learn(work) {
          hasSeenTokens = true
          addTokens(tokens, work)
        },
        expected: () => (hasSeenTokens ? tokens : beforehand()),
      },
    )
  },
}
