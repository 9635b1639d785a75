// The table of predictors: the one place that knows their names.
import { accuracy } from './accuracy.ts'
import { combined } from './combined.ts'
import { crossLayer } from './cross-layer.ts'
import { crossToken } from './cross-token.ts'
import { matching } from './matching.ts'
import { none } from './none.ts'
import { oracle } from './oracle.ts'
import { popularity } from './popularity.ts'
import type { PredictorDefinition } from './predictor.ts'
import { prefill } from './prefill.ts'

const table = {
  none,
  'cross-token': crossToken,
  'cross-layer': crossLayer,
  combined,
  prefill,
  popularity,
  matching,
  accuracy,
  oracle,
} satisfies Readonly<Record<string, PredictorDefinition>>

export const predictors: Readonly<Record<keyof typeof table, PredictorDefinition>> = table
