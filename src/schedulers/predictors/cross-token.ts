// The forecasting paper's predictor: from a token's experts to those of the same request's next token, learnt during the run.
import { CrossTokenMap } from './cross-token-map.ts'
import type { PredictorDefinition } from './predictor.ts'

export const crossToken: PredictorDefinition = {
  summary:
    'experts that most often followed, from one token of a request to its next, those that a die computes',
  source: 'forecasting paper (arXiv 2510.05497): the predictor, from the cross-token heat map',
  knowsNothingAtFirst: true,
  create({ experts, most, knowledge }) {
    const map = knowledge?.crossTokens ?? new CrossTokenMap(experts)
    return {
      learn: (work) => map.learn(work),
      foretells: (expert, computing) =>
        // Most experts foretell themselves, and the die that fetches one computes it.
        map.foretells(expert, expert, most) ||
        computing().some((before) => map.foretells(before, expert, most)),
      expected: () => map.expected(),
    }
  },
}
