// From what tokens chose in the layer before, by a transition profile made offline on other tokens.
import { expectedAfter } from './expectation.ts'
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const crossLayer: PredictorDefinition = {
  summary:
    'experts that tokens most often choose after their choices in the layer before, by a profile made offline; nothing in the first layer',
  source: 'forecasting paper (arXiv 2510.05497): Insight 2, relations between layers; not evaluated there',
  create({ experts, most, knowledge }) {
    let asked = -1
    let answer: Float64Array | undefined
    const expected = (iteration: number, reached: number) => {
      // What an iteration chose in the layer before is known once it has come so far; until then the latest one stands in.
      const known = Math.min(iteration, reached)
      if (known === asked) return answer
      asked = known
      const previous = knowledge?.previousChoices(known)
      const profile = knowledge?.transitions(known)
      answer = undefined
      if (previous === undefined || profile === undefined) return answer
      const came = new Float64Array(experts)
      for (const expert of previous) came[expert] = came[expert]! + 1
      answer = expectedAfter(came, profile.counts)
      return answer
    }
    return layerWide({ most }, { learn: () => undefined, expected })
  },
}
