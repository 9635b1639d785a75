// The table of predictors: the one place that knows their names.
import { crossLayer } from './predictors/cross-layer.ts'
import { crossToken } from './predictors/cross-token.ts'
import { none } from './predictors/none.ts'
import { oracle } from './predictors/oracle.ts'
import { popularity } from './predictors/popularity.ts'
import type { PredictorDefinition } from './predictors/predictor.ts'
import { prefill } from './predictors/prefill.ts'

export const predictors: Readonly<Record<string, PredictorDefinition>> = {
  none,
  'cross-token': crossToken,
  'cross-layer': crossLayer,
  prefill,
  popularity,
  oracle,
}
