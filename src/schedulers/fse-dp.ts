// FSE-DP expert streaming: tokens stay, weights stream in micro-slices through the dies that hold tokens for them.
import { expertOrder } from './fse-dp-plan.ts'
import { StreamingLayer } from './fse-dp-run.ts'
import { assertWeightsFit } from './memory-fit.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'

interface FseDpOptions {
  readonly paired: boolean
  readonly slices: number
  readonly slots: number
}

export const fseDp: SchedulerDefinition = {
  summary: 'expert streaming: tokens stay on their dies, expert micro-slices travel (rules 1-4, Algorithm 1)',
  options: {
    paired: {
      type: 'boolean',
      default: false,
      doc: 'load the most and the least wanted experts alternately; false: in id order',
    },
    slices: { type: 'integer', default: 16, min: 1, max: 1024, doc: 'micro-slices per expert' },
    slots: {
      type: 'integer',
      default: 12,
      min: 2,
      max: 65536,
      doc: 'micro-slices a die can hold, one of them kept free of loads for incoming ones; fewer where SRAM has no room',
    },
  },
  create: (options, context) => new FseDp(options as unknown as FseDpOptions, context),
}

class FseDp implements Scheduler {
  readonly slices: number
  private readonly options: FseDpOptions
  private readonly context: SchedulerContext
  private layer: StreamingLayer | undefined

  constructor(options: FseDpOptions, context: SchedulerContext) {
    this.options = options
    this.context = context
    this.slices = options.slices
    assertWeightsFit(context, this.stripedExperts())
  }

  /** Where each weight has one home, all micro-slices of a layer are striped over the channels, one after the other. */
  home(expert: number, slice: number): number {
    const { channelDies } = this.context.hardware.memory
    return channelDies[(expert * this.slices + slice) % channelDies.length]!
  }

  startLayer(machine: Machine): void {
    const order = expertOrder(machine.work, this.options.paired)
    this.layer = new StreamingLayer(machine, this.context, this, this.options.slots, order)
    this.layer.start()
  }

  waits(): string[] {
    return this.layer?.waits() ?? []
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
