// A predictor of stated quality: it looks ahead, and is wrong as often as it is told to be.
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

export const accuracy: PredictorDefinition = {
  summary:
    'an oracle that errs: names each needed expert with probability recall=, and a wrong one in the place of each that it misses',
  source: 'moesim: what a look-ahead of the gate is worth that cannot be worked out from ids of experts',
  namesAllNeeded: true,
  create({ most, knowledge, recall = 1 }) {
    const expected = (iteration: number) => {
      if (knowledge === undefined || iteration >= knowledge.iterations.length) return undefined
      const random = knowledge.chance(`predictor=accuracy, iteration ${iteration}`)
      return misjudged(Float64Array.from(knowledge.tokensIn([iteration])), recall, random)
    }
    return layerWide({ most }, { learn: () => undefined, expected })
  },
}

/**
 * `truth`: tokens of each expert. An expert that is missed leaves its tokens to one that has none, as long as there is one. As
 * many numbers are drawn before the first wrong one whatever the recall is: with a larger one the same experts are named, and
 * more.
 */
function misjudged(truth: Float64Array, recall: number, random: () => number): Float64Array {
  const named = truth.slice()
  const unneeded = [...truth.keys()].filter((expert) => truth[expert] === 0)
  const missed = [...truth.keys()].filter((expert) => random() >= recall && truth[expert]! > 0)
  for (const expert of missed) {
    named[expert] = 0
    const [wrong] = unneeded.splice(Math.floor(random() * unneeded.length), 1)
    if (wrong !== undefined) named[wrong] = truth[expert]!
  }
  return named
}
