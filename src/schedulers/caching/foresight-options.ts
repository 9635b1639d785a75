// Options of a cache that goes by predictions: which of them do not go together, and which a run leaves without effect.
import type { DiagnosticArguments } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import {
  idlePredictorOptions,
  type PredictorOptions,
  whyNothingIsForetold,
  whyNothingIsForetoldAtFirst,
} from '../predictors/options.ts'
import type { IdleOptions, RunOutline } from '../scheduler.ts'
import { type CacheOptions, keepsWeights } from './options.ts'

export type ForesightOptions = CacheOptions & PredictorOptions & { readonly ahead: number }

/** Whether anything of the cache goes by what a predictor says. */
export function usesPredictor(options: ForesightOptions): boolean {
  return options.ahead > 0 || (options.cache === 'benefit' && keepsWeights(options))
}

/** As in SchedulerDefinition.conflict. */
export function foresightConflict(
  scheduler: string,
  options: ForesightOptions,
  compat: Compat,
  asked: ReadonlySet<string>,
): DiagnosticArguments['conflict'] | undefined {
  if (options.ahead > 0 && compat === 'paper') {
    return {
      what: `${scheduler}: ahead=${options.ahead} overlaps layers, which compat: paper keeps apart`,
      hint: 'use compat: physical, or ahead=0',
    }
  }
  const nothing = {
    names: ['predictor', 'predict', 'recall'] as const,
    why: `with ahead=0 and cache=${options.cache} nothing is predicted`,
    remedy: 'ahead=1 or more, or cache=benefit',
  }
  const idle = usesPredictor(options) ? idlePredictorOptions(options) : [nothing]
  const found = idle.find(({ names }) => names.some((name) => asked.has(name)))
  if (found === undefined) return undefined
  const written = found.names.filter((name) => asked.has(name)).map((name) => `${name}=${options[name]}`)
  return {
    what: `${scheduler}: ${found.why}, so ${written.join(' and ')} would change nothing`,
    hint: `leave ${written.length === 1 ? 'it' : 'them'} out, or use ${found.remedy}`,
  }
}

/** As in SchedulerDefinition.idle. */
export function idleForesight(options: ForesightOptions, run: RunOutline): IdleOptions[] {
  if (!usesPredictor(options)) return []
  const idle: IdleOptions[] = []
  const why = whyNothingIsForetold(options, run) ?? whyNothingIsForetoldAtFirst(options, run)
  if (why !== undefined) idle.push({ names: ['ahead', 'predictor', 'predict', 'recall'], why })
  if (options.ahead === 0) {
    // What is kept is weighed by its share of the tokens, whether or not it is among the most expected.
    idle.push({ names: ['predict'], why: 'cache=benefit goes by all that is expected' })
  }
  return idle
}
