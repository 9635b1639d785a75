// Hydra's mapping idea: for each iteration experts are computed near the tokens that are expected to choose them.
//
// Of Hydra (DAC 2025) only the relocation by cross-layer popularity is here, as in the comparison of the FSE-DP paper (its
// section on baselines): how many tokens of each die will choose each expert is predicted from what those tokens chose in
// the layer before, experts go where that makes the fewest token-hops, and the rest is expert parallelism. No die gets
// more than its part of the expected time, which is mostly that of reading weights; where a weight has one home, its way
// from there counts as well as the tokens'. Neither the
// paper's simulated annealing nor its circuits. Every token of every expert is computed, predicted or not.
import { CHANNELS, channelOf, sharedSource } from '../channels.ts'
import { EpRunner, paperConflict } from '../ep/runner.ts'
import { holderTasks } from '../ep/tasks.ts'
import { idleOnOneDie } from '../idle.ts'
import { assertWeightsFit, countHomes } from '../memory-fit.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import { contiguous } from '../placements/homes.ts'
import type {
  IdleOptions,
  Machine,
  RunOutline,
  Scheduler,
  SchedulerContext,
  SchedulerDefinition,
} from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { type HydraCost, hydraCost } from './cost.ts'
import { placeByHops } from './place.ts'
import { countedTokens, predictedTokens } from './predict.ts'

const options = {
  predictor: {
    type: 'enum',
    default: 'previous-layer',
    values: ['previous-layer', 'oracle'],
    doc: 'what foretells where tokens choose an expert: what they chose in the layer before (none: experts stay at home), or the truth',
  },
  cap: {
    type: 'number',
    default: 1.05,
    min: 1,
    max: 64,
    doc: 'most expected time of a die over the mean of all: reading and computing, with prefetch the longer of the two; an expert that fits nowhere goes to the die that then has least to do',
  },
  prefetch: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 64,
    doc: 'pieces loaded ahead while another is at work',
  },
  combine: { type: 'boolean', default: false, doc: 'send results back to the dies their tokens rest on' },
  channels: CHANNELS,
} as const satisfies OptionTable

type HydraOptions = OptionsOf<typeof options>

export const hydra: SchedulerDefinition<typeof options> = {
  summary: 'expert parallelism with experts relocated, iteration by iteration, to where their tokens rest',
  source: 'FSE-DP paper (arXiv 2603.27624): the Hydra baseline, of Hydra (DAC 2025) the mapping alone',
  options,
  conflict: (values, compat) => paperConflict('hydra', values, compat),
  idle: (values, run) => [...idleOnOneDie(run, ['predictor', 'cap', 'combine']), ...idleCap(values, run)],
  create: (values, context) => new Hydra(values, context),
}

/** A limit to moving experts where none moves. */
function idleCap({ predictor }: HydraOptions, { hasLayerBefore }: RunOutline): IdleOptions[] {
  if (predictor === 'oracle' || hasLayerBefore) return []
  return [{ names: ['cap'], why: 'experts stay at home in the first layer, which has none before it' }]
}

class Hydra implements Scheduler {
  readonly slices: number
  private readonly options: HydraOptions
  private readonly context: SchedulerContext
  private readonly homes: Int32Array
  /** Die behind whose channel each expert lies. */
  private readonly channels: Int32Array
  private readonly cost: HydraCost
  private readonly run: EpRunner

  constructor(options: HydraOptions, context: SchedulerContext) {
    this.options = options
    this.context = context
    this.cost = hydraCost(context, { ...options, isOracle: options.predictor === 'oracle' })
    this.homes = contiguous(context.model.experts, context.topology, context.compat)
    this.channels = this.homes.map(channelOf(context))
    assertWeightsFit(context, countHomes(this.channels, context.topology.dies))
    // A weight that has one home stays there: the die that computes with it reads it from afar.
    const source = sharedSource(context, options.channels)
    const sourceOf = context.hardware.memory.shared
      ? (_expert: number, die: number) => source(die)
      : (expert: number) => this.home(expert)
    // Relocated experts are read from afar: no kernel takes them all at once.
    const setting = { ...options, sourceOf, launches: false, dispatch: 'expert' } as const
    this.run = new EpRunner(1, setting, context)
    this.slices = this.run.slices
  }

  home(expert: number): number {
    return this.channels[expert]!
  }

  startLayer(machine: Machine): void {
    const dieOf = this.place(machine.work)
    const tasks = holderTasks(machine.work, (expert) => [dieOf[expert]!], this.context.topology)
    this.run.start(machine, tasks)
  }

  waits(): string[] {
    return this.run.waits()
  }

  private place(work: LayerWork): Int32Array {
    const { topology, knowledge } = this.context
    const { homes, channels, cost } = this
    const { cap, predictor } = this.options
    const isOracle = predictor === 'oracle'
    const tokens = isOracle ? countedTokens(work) : predictedTokens(work, knowledge, topology)
    return tokens === undefined
      ? homes
      : placeByHops({ tokens, home: homes, channel: channels, cost, cap, topology }).dieOf
  }
}
