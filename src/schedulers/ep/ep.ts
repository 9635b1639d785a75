// Expert parallelism: experts stay at their home die, tokens travel to them.
//
// Each die works through its experts in id order: load an expert's weights and, at the same time, gather the tokens that
// chose it from the dies they rest on; then compute. `prefetch` = how many slices beyond the one at work may be loading or
// waiting: 0 is the baseline that the FSE-DP paper measures, 1 the fair one. Machines whose kernels take all experts of a die at
// once do that instead: gather all tokens, one launch.

import { Bug } from '../../errors.ts'
import type { CacheRequest } from '../caching/cache.ts'
import { CacheForesight } from '../caching/foresight.ts'
import { foresightConflict, idleForesight, usesPredictor } from '../caching/foresight-options.ts'
import { idleCache } from '../caching/idle.ts'
import { CACHE_AHEAD, CACHE_OPTIONS, cacheConflict, keepsWeights, sharesCache } from '../caching/options.ts'
import { besideCache, cacheMisfit, cacheRequest } from '../caching/request.ts'
import { inOrderOfAppearance } from '../caching/tasks.ts'
import { CHANNELS, channelOf, sharedSource } from '../channels.ts'
import { idleOnOneDie } from '../idle.ts'
import { assertWeightsFit, countHomes, slicesThatFit } from '../memory-fit.ts'
import { namesOf, type OptionsOf, type OptionTable } from '../options.ts'
import { layoutOfSlots } from '../placements/expert-map.ts'
import type { Layout, Rearrangement } from '../placements/layout.ts'
import type { Slots } from '../placements/search/problem.ts'
import { type Placement, placements } from '../placements/table.ts'
import { PREDICTOR_OPTIONS } from '../predictors/options.ts'
import type {
  AheadRead,
  IdleOptions,
  Machine,
  RunOutline,
  Scheduler,
  SchedulerContext,
  SchedulerDefinition,
} from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { idleLaunch, KERNEL_OPTIONS, kernelConflict, kernelSetting } from './kernels.ts'
import { idleRebalance, REBALANCE_OPTIONS, Rebalancer, rebalanceConflict } from './rebalance.ts'
import { EpRunner, paperConflict } from './runner.ts'
import { holderTasks } from './tasks.ts'

const options = {
  prefetch: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 64,
    doc: 'pieces loaded ahead while another is at work: a die holds at most so many and one more',
  },
  placement: {
    type: 'enum',
    default: 'contiguous',
    values: namesOf(placements),
    orFile: 'a placement file (.json, .yaml, .csv) as "moesim place" writes them',
    doc: 'which dies hold which expert: see moesim list placements',
  },
  copies: {
    type: 'integer',
    default: 1,
    min: 0,
    max: 64,
    doc: 'slots per die for copies of experts, which share their tokens equally; placements balanced and prefill-dup only',
  },
  combine: { type: 'boolean', default: false, doc: 'send results back to the dies their tokens rest on' },
  slices: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 1024,
    doc: 'pieces an expert is loaded and computed in, at least; more where SRAM is too small for so few',
  },
  ...REBALANCE_OPTIONS,
  ...KERNEL_OPTIONS,
  channels: CHANNELS,
  ...CACHE_OPTIONS,
  ahead: CACHE_AHEAD,
  ...PREDICTOR_OPTIONS,
} as const satisfies OptionTable

type EpOptions = OptionsOf<typeof options>

export const ep: SchedulerDefinition<typeof options> = {
  summary: 'expert parallelism: experts at home, tokens travel',
  source: 'FSE-DP paper (arXiv 2603.27624): the EP baseline; prefetch, slices and placements are moesim’s',
  options,
  misfit: (values, setting) => cacheMisfit('ep', values, setting),
  conflict: (values, compat, asked) =>
    paperConflict('ep', values, compat) ??
    kernelConflict(values, compat) ??
    idleCopies(values) ??
    rebalanceConflict(values, compat, rebalanceSetting(values), asked) ??
    cacheConflict('ep', values, compat, asked) ??
    foresightConflict('ep', values, compat, asked),
  readsAhead: ({ ahead }) => ahead > 0,
  readsIntoCache: ({ ahead }) => ahead > 0,
  sharesCache,
  keepsWeights,
  idle: (values, run) => [
    ...idleOnOneDie(run, ['placement', 'copies', 'rebalance', 'combine', 'dispatch']),
    ...idlePlacement(values, run),
    ...idleRebalance(values, run),
    ...idleLaunch(values, run),
    ...idleCache(values, run),
    ...idleForesight(values, run),
  ],
  trials: oracleTrials,
  create: (values, context) => new ExpertParallel(values, context),
}

/** A placement that the run has nothing to make of, and the copies that it would make. */
function idlePlacement({ placement }: EpOptions, { iterations, leavesRequests }: RunOutline): IdleOptions[] {
  const why = placementNamed(placement)?.lacksStatistics?.(iterations, leavesRequests)
  return why === undefined ? [] : [{ names: ['placement', 'copies'], why }]
}

/**
 * Even loads are not all that counts: where links decide, or few tokens, experts dealt by load may end later than where they lay.
 * Who knows what all of a run will choose knows that too, and then leaves them there.
 */
function oracleTrials(values: EpOptions): readonly EpOptions[] | undefined {
  return values.placement === 'oracle-best' ? [values, { ...values, placement: 'contiguous' }] : undefined
}

function rebalanceSetting(values: EpOptions) {
  const isMadeOnce = placementNamed(values.placement)?.rearrange !== undefined
  return { isMadeOnce, hasCache: values.cache !== 'none' }
}

/** Complains of copies asked of a placement that makes none. */
function idleCopies({ copies, placement, rebalance }: EpOptions): { what: string; hint: string } | undefined {
  if (copies === options.copies.default || rebalance > 0 || placementNamed(placement)?.takesCopies)
    return undefined
  const takers = namesOf(placements).filter((name) => placements[name].takesCopies)
  return {
    what: `ep: placement ${placement} makes no copies of experts, so copies=${copies} would change nothing`,
    hint: `leave it out, or use placement ${takers.join(' or ')}`,
  }
}

/** undefined: a file is named. */
function placementNamed(name: EpOptions['placement']): Placement | undefined {
  const known = namesOf(placements).find((one) => one === name)
  return known && placements[known]
}

class ExpertParallel implements Scheduler {
  readonly slices: number
  readonly cache: CacheRequest | undefined
  private readonly context: SchedulerContext
  private readonly channel: (die: number) => number
  private readonly rearrangement: Rearrangement | undefined
  private readonly rebalancer: Rebalancer | undefined
  private readonly isBeside: boolean
  private readonly run: EpRunner
  /** Where a cache goes by predictions. */
  private readonly foresight: CacheForesight | undefined
  private layout: Layout
  /** What `layout` was made from, where it is rebalanced. */
  private placed: Slots | undefined

  constructor(options: EpOptions, context: SchedulerContext) {
    this.context = context
    this.channel = channelOf(context)
    const placement = placementNamed(options.placement)
    this.layout = placement ? homeLayout(placement, context) : layoutFromFile(options.placement, context)
    this.assertFits(this.layout, 0)
    // Room for the copies that are asked for, whether or not there will be statistics to make them from.
    if (placement?.takesCopies) this.assertFits(this.layout, options.copies)
    this.rearrangement = placement && rearrangementOf(placement, this.layout, options.copies, context)
    if (this.rearrangement !== undefined) this.assertFits(this.rearrangement.layout, 0)
    this.isBeside = options.overlap
    if (options.rebalance > 0) {
      this.assertFits(this.layout, options.copies)
      const { model, layer = 0 } = context
      const place = Math.max(0, model.moeLayers.indexOf(layer))
      this.rebalancer = new Rebalancer(options, options.copies, context, this.slotsNow(), place)
    }
    const shared = sharedSource(context, options.channels)
    const source = context.hardware.memory.shared ? shared : this.channel
    const sourceOf = (_expert: number, die: number) => source(die)
    const slicesInFlight = options.prefetch + 1
    const slices =
      context.compat === 'paper' ? 1 : Math.max(options.slices, slicesThatFit(context, 1, slicesInFlight))
    const aheadExperts = options.ahead
    this.cache = cacheRequest('ep', options, context, { slices, slicesInFlight, aheadExperts })
    const kernels = kernelSetting(options, context)
    // Kernels for all experts of a die read them from its memory, whatever has stayed on chip.
    const launches = kernels.launches && this.cache === undefined
    const setting = { ...options, ...kernels, launches, sourceOf }
    this.run = new EpRunner(options.slices, setting, besideCache(context, this.cache))
    this.slices = this.run.slices
    if (this.cache !== undefined && usesPredictor(options)) {
      this.foresight = new CacheForesight(options, {
        ...{ context, cache: this.cache, slices: this.slices, perDie: options.ahead },
        usersOf: () => (expert) => this.layout[expert]!.map((die) => ({ die, channelDie: source(die) })),
      })
    }
  }

  home(expert: number): number {
    return this.channel(this.layout[expert]![0]!)
  }

  copies(expert: number): readonly number[] {
    return this.layout[expert]!.slice(1).map(this.channel)
  }

  prepare(iteration: number): boolean {
    const { rearrangement, rebalancer } = this
    if (rebalancer !== undefined) return this.follow(rebalancer.at(iteration).slots)
    if (rearrangement === undefined || iteration < rearrangement.fromIteration) return false
    const isNew = this.layout !== rearrangement.layout
    this.layout = rearrangement.layout
    return isNew
  }

  private follow(slots: Slots): boolean {
    const { model, topology } = this.context
    const isNew = this.placed !== slots
    if (isNew) this.layout = layoutOfSlots(slots, model.experts, topology.order)
    this.placed = slots
    return isNew
  }

  wishes(
    before: LayerWork,
    machine: Pick<Machine, 'keeps' | 'weighKept'>,
    iteration: number,
  ): readonly AheadRead[] {
    return this.foresight?.wishes(before, iteration, machine) ?? []
  }

  startLayer(machine: Machine): void {
    this.foresight?.start(machine)
    const moves = this.rebalancer?.at(machine.work.iteration).moves ?? []
    if (moves.length > 0 && !this.isBeside) {
      machine.moveWeights(moves, true, () => this.startTasks(machine))
      return
    }
    if (moves.length > 0) machine.moveWeights(moves, false, () => undefined)
    this.startTasks(machine)
  }

  private startTasks(machine: Machine): void {
    const holdersOf = (expert: number) => this.layout[expert]!
    const tasks = holderTasks(machine.work, holdersOf, this.context.topology)
    this.run.start(machine, this.cache === undefined ? tasks : inOrderOfAppearance(tasks, machine.work))
  }

  waits(): string[] {
    return this.run.waits()
  }

  /** Experts of each device, in die order. */
  private slotsNow(): Slots {
    const { order } = this.context.topology
    const slots = Array.from(order, (die) =>
      [...this.layout.keys()].filter((e) => this.layout[e]!.includes(die)),
    )
    this.placed = slots
    return slots
  }

  /** Refuses a layout, with `slotsPerDie` copies more on every die, whose weights do not fit in memory. */
  private assertFits(layout: Layout, slotsPerDie: number): void {
    const { topology } = this.context
    const channels = layout.flatMap((dies) => [...new Set(dies.map(this.channel))])
    const slots = [...topology.order].flatMap((die) => Array<number>(slotsPerDie).fill(this.channel(die)))
    const held = countHomes(Int32Array.from([...channels, ...slots]), topology.dies)
    assertWeightsFit(this.context, held, slotsPerDie)
  }
}

function homeLayout(placement: Placement, { model, topology, compat }: SchedulerContext): Layout {
  return Array.from(placement.place(model.experts, topology, compat), (die) => [die])
}

function layoutFromFile(file: string, { placed, model, topology }: SchedulerContext): Layout {
  if (placed === undefined) throw new Bug(`nobody has read the placement ${file}`)
  return layoutOfSlots(placed, model.experts, topology.order)
}

function rearrangementOf(
  placement: Placement,
  layout: Layout,
  copies: number,
  context: SchedulerContext,
): Rearrangement | undefined {
  const { knowledge } = context
  const home = Int32Array.from(layout, ([die]) => die!)
  return knowledge && placement.rearrange?.({ context, knowledge, home, copies })
}
