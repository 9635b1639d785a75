// FSE-DP expert streaming: tokens stay, weights stream in micro-slices through the dies that hold tokens for them.
import { expertOrder } from './fse-dp-plan.ts'
import { StreamingLayer } from './fse-dp-run.ts'
import { assertWeightsFit } from './memory-fit.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'

export interface FseDpOptions {
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
    const { channelDies } = context.hardware.memory
    const striped = new Float64Array(context.topology.dies)
    for (let slice = 0; slice < this.slices; slice++) {
      const die = this.home(0, slice)
      striped[die] = striped[die]! + context.model.experts / this.slices
    }
    assertWeightsFit(
      context,
      striped.filter((_, die) => channelDies.includes(die)),
    )
  }

  /** Where each weight has one home, micro-slices are striped over the channels, so that all can load at once. */
  home(_expert: number, slice: number): number {
    const { channelDies } = this.context.hardware.memory
    return channelDies[slice % channelDies.length]!
  }

  startLayer(machine: Machine): void {
    const order = expertOrder(machine.work, this.options.paired)
    this.layer = new StreamingLayer(machine, this.context, this.options.slots, order)
    this.layer.start()
  }

  waits(): string[] {
    return this.layer?.waits() ?? []
  }
}
