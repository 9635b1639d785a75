// moesim's own scheduler: experts cut into slices that lie behind several dies, and for every layer a plan of which die computes
// which of them, so that the fullest of channels, cache ports, compute units and ways in has as little to do as can be.
import { channelOf } from '../channels.ts'
import { type KernelOptions, kernelSetting } from '../ep/kernels.ts'
import { EpRunner } from '../ep/runner.ts'
import { assertWeightsFit, copiesThatFit, weightsFit } from '../memory-fit.ts'
import { mostPredicted, predictorOf } from '../predictors/options.ts'
import type { Predictor } from '../predictors/predictor.ts'
import type { AheadRead, Machine, Scheduler, SchedulerContext, SchedulerDefinition } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { partsHere, sliceWishes } from './ahead.ts'
import { readsAnyChannel, sliceCosts } from './costs.ts'
import {
  launchCosts,
  loneLaunchPs,
  shareTasks,
  TOKEN_SHARES,
  typicalLaunchPs,
  typicalMovePs,
} from './launch-costs.ts'
import { type LayerSetting, planLayer, startPlan } from './layer.ts'
import { sliceHolders } from './layout.ts'
import { type AdaptiveOptions, adaptiveConflict, adaptiveOptions, idleAdaptive } from './options.ts'
import { bestCut, type Cut } from './parts.ts'
import { adaptiveSlices, loneSlicesPs, typicalSlicesPs } from './pieces.ts'
import { madeUpTokens, type TypicalLayer, typicalLayer } from './typical.ts'
import type { DieWorker } from './worker.ts'

const PS_PER_NS = 1000

export const adaptive: SchedulerDefinition<typeof adaptiveOptions> = {
  summary:
    "moesim's own: slices of experts behind several dies, dealt anew in every layer so that the fullest die has least to do",
  source: 'moesim',
  options: adaptiveOptions,
  readsAhead: ({ ahead }) => ahead > 0,
  conflict: adaptiveConflict,
  idle: idleAdaptive,
  create: (values, context) => new Adaptive(values, context),
}

class Adaptive implements Scheduler {
  readonly slices: number
  private readonly options: AdaptiveOptions
  private readonly context: SchedulerContext
  private readonly channel: (die: number) => number
  /** By slice, where memory is not shared. */
  private readonly holders: readonly (readonly number[])[]
  private readonly layer: LayerSetting
  /** Where kernels take all experts of a die at once. */
  private readonly launches: EpRunner | undefined
  private readonly predictor: Predictor
  private workers: readonly DieWorker[] = []

  constructor(options: AdaptiveOptions, context: SchedulerContext) {
    const { hardware, topology } = context
    this.options = options
    this.context = context
    this.channel = channelOf(context)
    this.predictor = predictorOf(options, context)
    const typical = typicalLayer(context)
    const pieces = adaptiveSlices(context, typical)
    const { compute } = hardware
    this.launches = this.isLaunched(typical, pieces)
      ? launchRunner(options, context, this.channel)
      : undefined
    const cut = this.cutOf(pieces, typical)
    const { slices } = cut
    this.slices = slices
    const costs =
      this.launches && compute.kind === 'kernel'
        ? launchCosts(context, compute, typical)
        : sliceCosts(context, slices)
    this.holders = this.holdersOf(cut)
    const allDies = [...topology.order]
    const diesOf = hardware.memory.shared
      ? () => allDies
      : (expert: number, slice: number) => this.holders[this.launches ? expert : expert * slices + slice]!
    const dealt = this.launches ? TOKEN_SHARES : slices
    this.layer = {
      ...{ context, costs, slices: dealt, diesOf, channelOf: this.channel },
      ...{ readsAny: readsAnyChannel(context), combine: options.combine },
    }
  }

  home(expert: number, slice: number): number {
    return this.channel(this.holders[expert * this.slices + slice]![0]!)
  }

  copies(expert: number, slice: number): readonly number[] {
    return this.holders[expert * this.slices + slice]!.slice(1).map(this.channel)
  }

  wishes(before: LayerWork): AheadRead[] {
    const { iteration } = before
    const { layer, options, slices, context } = this
    // Kernels read weights as they multiply.
    if (this.launches) return []
    const expected = this.predictor.expected(iteration, iteration)
    if (expected === undefined || !expected.some((tokens) => tokens > 0)) return []
    const most = mostPredicted(options, context.model.experts)
    return sliceWishes({ layer, most, perDie: options.ahead * slices }, expected, before)
  }

  startLayer(machine: Machine): void {
    const { planning, ahead } = this.options
    if (ahead > 0) this.predictor.learn(machine.work)
    if (planning === 0) this.start(machine)
    else machine.later(planning * PS_PER_NS, () => this.start(machine))
  }

  waits(): string[] {
    return this.launches?.waits() ?? this.workers.flatMap((worker) => worker.waits())
  }

  private start(machine: Machine): void {
    const { work } = machine
    const parts = planLayer(work, this.layer, partsHere(machine))
    if (this.launches === undefined) this.workers = startPlan(machine, parts, this.layer)
    else this.launches.start(machine, shareTasks(work, parts))
  }

  private isLaunched(typical: TypicalLayer, pieces: number): boolean {
    const { context, options } = this
    const { compute } = context.hardware
    if (compute.kind !== 'kernel') return false
    if (context.topology.dies === 1) {
      const layers = [0, 1, 2].map((layer) => madeUpTokens(context, typical.allTokens, layer))
      const sum = (psOf: (tokensOf: Int32Array) => number) =>
        layers.reduce((ps, tokensOf) => ps + psOf(tokensOf), 0)
      return (
        sum((tokensOf) => loneLaunchPs(context, compute, tokensOf)) <
        sum((tokensOf) => loneSlicesPs(context, tokensOf, pieces))
      )
    }
    const movesPs = (options.combine ? 2 : 1) * typicalMovePs(context, typical)
    const launchPs = SLICED_GAIN * typicalLaunchPs(context, compute, typical) + movesPs
    return launchPs < typicalSlicesPs(context, typical, pieces)
  }

  private cutOf(slices: number, { allTokens }: TypicalLayer): Cut {
    const { context, channel, options } = this
    if (this.launches) return { slices: 1, parts: 1 }
    if (context.hardware.memory.shared) return { slices, parts: 1 }
    return bestCut({
      ...{ context, slices, tokens: allTokens, channelOf: channel },
      ...{ copies: options.copies, combine: options.combine },
      costsOf: (count) => sliceCosts(context, count),
      holdersOf: (cut) => this.holdersOf(cut),
    })
  }

  /** Where slices lie, with as many copies as there is room for. */
  private holdersOf({ slices, parts }: Cut, wanted = this.options.copies): number[][] {
    const { context } = this
    const { experts } = context.model
    const copies = context.hardware.memory.shared ? 0 : wanted
    const holders = sliceHolders({ experts, slices, parts, copies }, context.topology)
    const held = new Float64Array(context.topology.dies)
    for (const dies of holders) {
      const channels = dies.map(this.channel)
      channels.forEach((die, i) => {
        if (channels.indexOf(die) === i) held[die] = held[die]! + 1
      })
    }
    const heldExperts = held.map((count) => count / slices)
    if (copies > 0 && !weightsFit(context, heldExperts)) {
      const fewer = Math.min(copies - 1 / slices, copiesThatFit(context))
      const whole = Math.floor(fewer * slices + ROUNDING)
      return this.holdersOf({ slices, parts }, Math.max(0, whole / slices))
    }
    assertWeightsFit(context, heldExperts)
    return holders
  }
}

/** Kernels of their own for every slice have to promise this much of the time of one launch where dies differ in what they have. */
const SLICED_GAIN = 0.85
/** Numbers of slices as fractions of an expert. */
const ROUNDING = 1e-6

function launchRunner(
  { combine }: AdaptiveOptions,
  context: SchedulerContext,
  channel: (die: number) => number,
): EpRunner | undefined {
  const dispatch = context.hardware.topology.kind === 'nodes' ? 'node' : 'die'
  const options: KernelOptions = {
    ...{ launch: 'auto', sends: 'all', batches: 1, prefetch: 0, slices: 1 },
    dispatch,
  }
  const setting = kernelSetting(options, context)
  if (!setting.launches) return undefined
  return new EpRunner(
    1,
    { ...setting, prefetch: 0, combine, sourceOf: (_expert, die) => channel(die) },
    context,
  )
}
