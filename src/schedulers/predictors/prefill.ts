// The experts that the prompts used most, for all that follows: Insight 1 of the forecasting paper.
import { addTokens } from './expectation.ts'
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const prefill: PredictorDefinition = {
  summary: 'experts that the prompts used most; nothing where prompts are not iterations of their own',
  source: 'forecasting paper (arXiv 2510.05497): Insight 1, popularity in prefill foretells decode',
  knowsNothingAtFirst: true,
  create({ experts, most }) {
    const tokens = new Float64Array(experts)
    let hasSeenPrompts = false
    return layerWide(
      { most },
      {
        learn(work) {
          if (work.phase !== 'prefill') return
          hasSeenPrompts = true
          addTokens(tokens, work)
        },
        expected: () => (hasSeenPrompts ? tokens : undefined),
      },
    )
  },
}
