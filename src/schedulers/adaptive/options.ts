// Options of adaptive, which of them do not go together, and which a run leaves without effect.
import type { DiagnosticArguments } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import { idleOnOneDie } from '../idle.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import { predictedCount } from '../predictors/expectation.ts'
import {
  idlePredictorOptions,
  PREDICTOR_OPTIONS,
  whyNothingIsForetold,
  whyNothingIsForetoldAtFirst,
} from '../predictors/options.ts'
import type { IdleOptions, RunOutline } from '../scheduler.ts'

export const adaptiveOptions = {
  copies: {
    type: 'integer',
    default: 3,
    min: 0,
    max: 64,
    doc: 'copies of every slice beside its home, on other dies; fewer where memory has no room; none where it is shared',
  },
  combine: {
    type: 'boolean',
    default: false,
    doc: 'send results back to the dies their tokens rest on, added up',
  },
  ahead: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1024,
    doc: 'predicted experts of the next layer of which each die reads slices into SRAM while memory channels are idle, as many slices as they have; 0: none. Layers are then simulated in a row',
  },
  ...PREDICTOR_OPTIONS,
  planning: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1_000_000_000,
    doc: 'ns that planning takes before a layer starts, each iteration',
  },
} as const satisfies OptionTable

export type AdaptiveOptions = OptionsOf<typeof adaptiveOptions>

type Conflict = DiagnosticArguments['conflict']

/** What is wrong with options that are each fine; `asked` as in SchedulerDefinition.conflict. */
export function adaptiveConflict(
  options: AdaptiveOptions,
  compat: Compat,
  asked: ReadonlySet<string>,
): Conflict | undefined {
  const { ahead } = options
  if (ahead > 0 && compat === 'paper') {
    return {
      what: `adaptive: ahead=${ahead} overlaps layers, which compat: paper keeps apart`,
      hint: 'use compat: physical, or ahead=0',
    }
  }
  const unread = {
    names: ['predictor', 'predict', 'recall'] as const,
    why: 'with ahead=0 nothing is predicted',
    remedy: 'ahead=1 or more',
  }
  const idle = ahead === 0 ? [unread] : idlePredictorOptions(options)
  for (const { names, why, remedy } of idle) {
    const name = names.find((one) => asked.has(one))
    if (name === undefined) continue
    return {
      what: `adaptive: ${why}, so ${name}=${options[name]} would change nothing`,
      hint: `leave it out, or use ${remedy}`,
    }
  }
  return undefined
}

export function idleAdaptive(options: AdaptiveOptions, run: RunOutline): IdleOptions[] {
  return [
    ...idleOnOneDie(run, ['copies', 'combine']),
    ...idleCopies(options, run),
    ...idleAhead(options, run),
  ]
}

function idleCopies({ copies }: AdaptiveOptions, { hardware, topology }: RunOutline): IdleOptions[] {
  if (hardware.memory.shared) return [{ names: ['copies'], why: 'all dies share one memory' }]
  const others = topology.dies - 1
  if (others > Math.min(copies, adaptiveOptions.copies.default)) return []
  return [{ names: ['copies'], why: `there are no more than ${others} other dies` }]
}

function idleAhead(options: AdaptiveOptions, run: RunOutline): IdleOptions[] {
  const { ahead, predict } = options
  if (ahead === 0) return []
  const why = whyNothingIsForetold(options, run) ?? whyNothingIsForetoldAtFirst(options, run)
  if (why !== undefined) return [{ names: ['ahead', 'predictor', 'predict', 'recall'], why }]
  const percent = Math.min(predict, adaptiveOptions.predict.default)
  if (run.topology.dies > 1 || predictedCount(run.model.experts, percent) < ahead) return []
  return [{ names: ['predict'], why: `the only die reads no more than ${ahead} experts ahead` }]
}
