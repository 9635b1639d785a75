// The options of schedulers that predict: which predictor, how much of what it says, and how good it is where that is stated.
import { namesOf, type OptionsOf, type OptionTable } from '../options.ts'
import type { RunOutline, SchedulerContext } from '../scheduler.ts'
import { predictedCount } from './expectation.ts'
import type { Predictor } from './predictor.ts'
import { predictors } from './table.ts'

export const PREDICTOR_OPTIONS = {
  predictor: {
    type: 'enum',
    default: 'cross-token',
    values: namesOf(predictors),
    doc: 'what foretells which experts are needed next: see moesim list predictors',
  },
  predict: {
    type: 'number',
    default: 20,
    min: 0,
    max: 100,
    source: 'the artifact of the forecasting paper',
    doc: '% of all experts that are predicted, rounded up',
  },
  recall: {
    type: 'number',
    default: 0.9,
    min: 0,
    max: 1,
    doc: 'share of the needed experts that predictor=accuracy names, each with this probability; in the place of each other one it names one that is not needed',
  },
} as const satisfies OptionTable

export type PredictorOptions = OptionsOf<typeof PREDICTOR_OPTIONS>

/** Whether all that will be needed is named, and nothing else. */
export function knowsAll({ predictor, recall }: Pick<PredictorOptions, 'predictor' | 'recall'>): boolean {
  return predictors[predictor].isOracle === true || (predictor === 'accuracy' && recall === 1)
}

/** Experts predicted at most. */
export function mostPredicted({ predictor, predict }: PredictorOptions, experts: number): number {
  return predictors[predictor].namesAllNeeded ? experts : predictedCount(experts, predict)
}

export function predictorOf(
  options: PredictorOptions,
  { model, knowledge }: Pick<SchedulerContext, 'model' | 'knowledge'>,
): Predictor {
  const most = mostPredicted(options, model.experts)
  return predictors[options.predictor].create({
    ...{ experts: model.experts, most, knowledge, recall: options.recall },
  })
}

/** Options that the predictor leaves without effect, and which others would give them one. */
export function idlePredictorOptions({ predictor, recall }: PredictorOptions) {
  const idle: { names: ('recall' | 'predict')[]; why: string; remedy: string }[] = []
  if (predictor !== 'accuracy') {
    const why = `${predictor} is as good as it is`
    idle.push({ names: ['recall'], why, remedy: 'predictor=accuracy' })
  }
  if (predictors[predictor].namesAllNeeded) {
    const isCertain = knowsAll({ predictor, recall })
    const why = `${predictor} ${isCertain ? 'foretells all that is needed and when' : 'names as many experts as are needed'}`
    idle.push({ names: ['predict'], why, remedy: 'another predictor' })
  }
  return idle
}

/** Why a predictor foretells nothing in a run; undefined: it may foretell something. */
export function whyNothingIsForetold(
  { predictor }: Pick<PredictorOptions, 'predictor'>,
  { leavesRequests }: Pick<RunOutline, 'leavesRequests'>,
): string | undefined {
  if (predictor === 'none') return 'predictor=none foretells nothing'
  return predictors[predictor].needsOtherRequests && !leavesRequests
    ? `predictor=${predictor} goes by requests that the run leaves out, and it takes them all`
    : undefined
}

/** Why a predictor foretells nothing of the only iteration of a run; undefined: it may, or there are more. */
export function whyNothingIsForetoldAtFirst(
  { predictor }: Pick<PredictorOptions, 'predictor'>,
  { iterations, leavesRequests }: Pick<RunOutline, 'iterations' | 'leavesRequests'>,
): string | undefined {
  if (iterations.filter(({ tokens }) => tokens > 0).length > 1) return undefined
  const isIgnorant =
    predictors[predictor].knowsNothingAtFirst || (predictor === 'popularity' && !leavesRequests)
  return isIgnorant ? `the run has one iteration, and ${predictor} foretells from earlier ones` : undefined
}
