// Tensor parallel experts: each expert is cut over the dies of a group, which all compute it for all its tokens.
//
// With `ways` less than all dies there are several groups, each with experts of its own: expert parallelism between groups, tensor
// parallelism within them. A die reads its slices of one expert after the other, gathers each token once, and sends the partial
// sums of a token home, added up over its experts; there they are added to those of the other dies.

import { blockOf } from '../block-of.ts'
import { fail } from '../errors.ts'
import { sliceCosts } from './adaptive/costs.ts'
import { type LayerSetting, startPlan } from './adaptive/layer.ts'
import type { DieWorker } from './adaptive/worker.ts'
import { channelOf } from './channels.ts'
import { idleOnOneDie } from './idle.ts'
import { assertWeightsFit, slicesThatFit } from './memory-fit.ts'
import type { OptionsOf, OptionTable } from './options.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'
import { expertTokens } from './work.ts'

/** On a die at a time: one at work, one waiting, one on its way. */
const SLICES_IN_FLIGHT = 3

const options = {
  ways: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 65536,
    doc: 'dies that an expert is cut over, a divisor of their number; 0 = all of them',
  },
  combine: {
    type: 'boolean',
    default: true,
    doc: 'send partial sums home, where they are added up; false: they stay where they were computed',
  },
} as const satisfies OptionTable

type TpOptions = OptionsOf<typeof options>

export const tp: SchedulerDefinition<typeof options> = {
  summary:
    'tensor parallelism: every expert cut over all dies, or over those of a group, partial sums added up at home',
  source:
    'moesim, after Megatron-LM (arXiv 1909.08053): tensor parallel MLP; groups as vLLM and TensorRT-LLM have TP beside EP',
  options,
  idle: (_values, run) => idleOnOneDie(run, ['ways', 'combine']),
  create: (values, context) => new TensorParallel(values, context),
}

class TensorParallel implements Scheduler {
  readonly slices: number
  private readonly context: SchedulerContext
  private readonly ways: number
  private readonly channel: (die: number) => number
  private readonly layer: LayerSetting
  private workers: readonly DieWorker[] = []

  constructor({ ways, combine }: TpOptions, context: SchedulerContext) {
    this.context = context
    this.ways = waysOn(ways, context)
    this.channel = channelOf(context)
    this.slices = slicesThatFit(context, this.ways, SLICES_IN_FLIGHT)
    const { slices, channel } = this
    const diesOf = (expert: number, slice: number) => [this.dieOf(expert, slice)]
    const costs = sliceCosts(context, slices)
    const readsAny = context.hardware.memory.shared
    this.layer = { context, costs, slices, diesOf, channelOf: channel, readsAny, combine }
    const held = new Float64Array(context.topology.dies)
    for (let expert = 0; expert < context.model.experts; expert++) {
      for (let slice = 0; slice < slices; slice++) {
        const die = this.home(expert, slice)
        held[die] = held[die]! + 1
      }
    }
    assertWeightsFit(
      context,
      held.map((count) => count / slices),
    )
  }

  home(expert: number, slice: number): number {
    return this.channel(this.dieOf(expert, slice))
  }

  startLayer(machine: Machine): void {
    const { work } = machine
    const perDie = this.slices / this.ways
    const parts = work.activeExperts.flatMap((expert) =>
      Array.from({ length: this.ways }, (_, way) => ({
        expert,
        die: this.dieOf(expert, way * perDie),
        tokens: expertTokens(work, expert),
        slices: Array.from({ length: perDie }, (_slice, i) => way * perDie + i),
      })),
    )
    this.workers = startPlan(machine, parts, this.layer)
  }

  waits(): string[] {
    return this.workers.flatMap((worker) => worker.waits())
  }

  private dieOf(expert: number, slice: number): number {
    const { topology, model } = this.context
    const group = blockOf(expert, model.experts, topology.dies / this.ways)
    return topology.order[group * this.ways + Math.floor((slice * this.ways) / this.slices)]!
  }
}

function waysOn(ways: number, { hardware, topology }: SchedulerContext): number {
  const { dies } = topology
  if (ways === 0) return dies
  if (dies % ways === 0) return ways
  const divisors = Array.from({ length: dies }, (_, i) => i + 1).filter((number) => dies % number === 0)
  return fail('conflict', {
    what: `tp:ways=${ways} on ${hardware.name}, whose ${dies} dies do not fall into groups of ${ways}`,
    hint: `use one of ${divisors.join(', ')}`,
  })
}
