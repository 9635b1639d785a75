// FSE-DP expert streaming: tokens stay, weights stream in micro-slices through the dies that hold tokens for them.

import { channelOf } from '../channels.ts'
import { idleOnOneDie } from '../idle.ts'
import { assertWeightsFit } from '../memory-fit.ts'
import { psOfNs } from '../nanoseconds.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { bufferingOf } from './buffering.ts'
import { NaiveLayer } from './naive.ts'
import { assertHasEffect, conflictOf, type FseDpOptions, options } from './options.ts'
import { loadAwareOrder, pairedOrder } from './order.ts'
import { StreamingLayer } from './streaming.ts'
import { pooled, type Sharing, throughAllChannels, throughOwnChannels } from './trajectory.ts'

export const fseDp: SchedulerDefinition<typeof options> = {
  summary: 'expert streaming: tokens stay on their dies, expert micro-slices travel (rules 1-5, Algorithm 1)',
  source: 'FSE-DP paper (arXiv 2603.27624): micro-slice flow, virtualization rules 1-5, Algorithm 1',
  options,
  computesAtRest: true,
  conflict: conflictOf,
  idle: (_values, run) => idleOnOneDie(run, ['rule5', 'rotate']),
  buffering: bufferingOf,
  create: (values, context) => new FseDp(values, context),
}

class FseDp implements Scheduler {
  readonly slices: number
  private readonly options: FseDpOptions
  private readonly context: SchedulerContext
  private readonly channel: (die: number) => number
  private layer: StreamingLayer | NaiveLayer | undefined

  constructor(options: FseDpOptions, context: SchedulerContext) {
    this.options = options
    this.context = context
    this.channel = channelOf(context)
    this.slices = options.naive ? context.topology.dies : options.slices
    assertHasEffect(options, context)
    assertWeightsFit(context, this.stripedExperts())
  }

  /**
   * All micro-slices of a layer are striped over the channels, one after the other or, in sequential layout, in one block for
   * each. The slices of naive lie behind the dies that load them, or the nearest ones with a channel.
   */
  readonly home = (expert: number, slice: number): number => {
    const { topology, hardware, model } = this.context
    if (this.options.naive) return this.channel(topology.ring[slice]!)
    const { channelDies } = hardware.memory
    const at = expert * this.slices + slice
    return this.options.layout === 'sequential'
      ? channelDies[Math.floor((at * channelDies.length) / (model.experts * this.slices))]!
      : channelDies[at % channelDies.length]!
  }

  startLayer(machine: Machine): void {
    this.layer = this.options.naive ? this.naiveLayer(machine) : this.streamingLayer(machine)
    this.layer.start()
  }

  waits(): string[] {
    return this.layer?.waits() ?? []
  }

  private naiveLayer(machine: Machine): NaiveLayer {
    const { rotate, control } = this.options
    return new NaiveLayer(machine, this.context, { rotate, controlPs: psOfNs(control) })
  }

  private streamingLayer(machine: Machine): StreamingLayer {
    const { slots, reserve, control, decision } = this.options
    const setting = { slots, reserve, controlPs: psOfNs(control), decisionPs: psOfNs(decision) }
    return new StreamingLayer(machine, this.context, this.sharing(), setting, this.order(machine.work))
  }

  private order(work: LayerWork): readonly number[] {
    if (this.options['load-aware']) return loadAwareOrder(work, this.context)
    return this.options.paired ? pairedOrder(work) : work.activeExperts
  }

  private sharing(): Sharing {
    const { rule5, entry, layout } = this.options
    if (rule5) return pooled(this.context, this)
    return entry === 'all'
      ? throughAllChannels(this.context, this, layout)
      : throughOwnChannels(this.context, this)
  }

  /** Experts' worth of weights per die and layer. */
  private stripedExperts(): Float64Array {
    const { model, topology } = this.context
    const striped = new Float64Array(topology.dies)
    for (let expert = 0; expert < model.experts; expert++) {
      for (let slice = 0; slice < this.slices; slice++) {
        const die = this.home(expert, slice)
        striped[die] = striped[die]! + 1 / this.slices
      }
    }
    return striped
  }
}
