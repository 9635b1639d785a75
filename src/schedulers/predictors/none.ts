// No prediction.
import type { PredictorDefinition } from './predictor.ts'

export const none: PredictorDefinition = {
  summary: 'predicts nothing',
  source: 'moesim',
  create: () => ({
    learn: () => undefined,
    foretells: () => false,
    expected: () => undefined,
  }),
}
