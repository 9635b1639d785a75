// FSE-DP expert streaming: tokens stay, weights stream in micro-slices through the dies that hold tokens for them.

import { fail } from '../../errors.ts'
import { channelOf } from '../channels.ts'
import { assertWeightsFit } from '../memory-fit.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import type { Buffering, Machine, Scheduler, SchedulerContext, SchedulerDefinition } from '../scheduler.ts'
import { NaiveLayer } from './naive.ts'
import { StreamingLayer } from './streaming.ts'
import { expertOrder, pooled, type Sharing, throughAllChannels, throughOwnChannels } from './trajectory.ts'

const PS_PER_NS = 1000
const MOST_NS = 1_000_000

const options = {
  paired: {
    type: 'boolean',
    default: false,
    doc: 'load the most and the least wanted experts alternately; false: in id order',
    source: 'FSE-DP paper (arXiv 2603.27624): paired-load policy, ablation A3',
  },
  slices: {
    type: 'integer',
    default: 16,
    min: 1,
    max: 1024,
    doc: 'micro-slices per expert',
    source: 'FSE-DP paper (arXiv 2603.27624): micro-slice size, Fig. 17; 16 as in its reference code',
  },
  slots: {
    type: 'integer',
    default: 12,
    min: 2,
    max: 65536,
    doc: 'micro-slices a die can hold; fewer where SRAM has no room',
  },
  reserve: {
    type: 'integer',
    default: 1,
    min: 0,
    max: 65535,
    doc: 'slots of a die that loads leave free for incoming micro-slices; with 0 too no layer gets stuck',
  },
  rule5: {
    type: 'boolean',
    default: false,
    source: 'FSE-DP paper (arXiv 2603.27624): virtualization rule 5',
    doc: 'whichever memory channel is idle reads the next micro-slice, for the die of its trajectory with most free slots; false: entry',
  },
  entry: {
    type: 'enum',
    default: 'all',
    values: ['all', 'trajectory'],
    doc: 'in shared memory: all = micro-slices are dealt over all channels and enter at the die of the trajectory nearest to theirs; trajectory = dealt over its dies, each reading through its own or nearest channel',
  },
  layout: {
    type: 'enum',
    default: 'even',
    values: ['even', 'sequential'],
    source: 'FSE-DP paper (arXiv 2603.27624), ablation A2: SEQUENTIAL in its reference code',
    doc: 'how weights lie behind the channels: even = micro-slices dealt over them; sequential = one block of experts behind each',
  },
  control: {
    type: 'number',
    default: 0,
    min: 0,
    max: MOST_NS,
    source:
      'FSE-DP paper (arXiv 2603.27624): micro-slice size, Fig. 17, which names the overhead but not its size',
    doc: 'ns of control that each micro-slice costs the compute unit of each die it visits',
  },
  decision: {
    type: 'number',
    default: 0,
    min: 0,
    max: MOST_NS,
    source: 'FSE-DP paper (arXiv 2603.27624): scheduler hardware',
    doc: 'ns the scheduler takes for each expert before any of it is loaded, others running meanwhile; the paper: below 1000',
  },
  naive: {
    type: 'boolean',
    default: false,
    source: 'FSE-DP paper (arXiv 2603.27624): naive FSE-DP, ablation A1',
    doc: 'one expert at a time, tokens spread evenly, one slice per die, moved on in phases (A1 of the paper)',
  },
  rotate: {
    type: 'enum',
    default: 'weights',
    values: ['weights', 'tokens'],
    doc: 'what moves from die to die between the phases of naive',
  },
  buffering: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 100,
    source: 'FSE-DP paper (arXiv 2603.27624): token buffering, ablation A5',
    doc: 'percent of its forward passes in which a request may pause at a layer that needs a cold expert (A5: 20); end to end only',
  },
  cold: {
    type: 'integer',
    default: 2,
    min: 2,
    max: 1_000_000,
    doc: 'tokens below which an expert is cold to buffering; not published',
  },
} as const satisfies OptionTable

type FseDpOptions = OptionsOf<typeof options>

/** Options that say how micro-slices flow, of which naive has none. */
const OF_STREAMING = ['paired', 'slices', 'slots', 'reserve', 'rule5', 'entry', 'layout', 'decision'] as const

export const fseDp: SchedulerDefinition<typeof options> = {
  summary: 'expert streaming: tokens stay on their dies, expert micro-slices travel (rules 1-5, Algorithm 1)',
  source: 'FSE-DP paper (arXiv 2603.27624): micro-slice flow, virtualization rules 1-5, Algorithm 1',
  options,
  conflict: conflictOf,
  buffering: bufferingOf,
  create: (values, context) => new FseDp(values, context),
}

/** A pause in every round(100 / percent) passes: 10 for 10 %, 5 for 20 %, 3 for 30 %. */
function bufferingOf({ buffering, cold }: FseDpOptions): Buffering | undefined {
  if (buffering === 0) return undefined
  return { forwardsPerCredit: Math.round(100 / buffering), coldTokens: cold }
}

function conflictOf(values: FseDpOptions): { what: string; hint: string } | undefined {
  const idle = OF_STREAMING.filter((name) => values[name] !== options[name].default)
  if (values.naive && idle.length > 0) {
    return {
      what: `fse-dp: with naive=true, ${idle.join(', ')} would change nothing`,
      hint: 'naive handles one expert at a time, one slice per die, each die holding two; leave these options or naive out',
    }
  }
  if (!values.naive && values.rotate !== options.rotate.default) {
    return {
      what: `fse-dp: rotate=${values.rotate} would change nothing without naive=true`,
      hint: 'without naive there are no phases, and always weights move; leave rotate out or add naive=true',
    }
  }
  if (values.entry === 'trajectory' && (values.rule5 || values.layout !== options.layout.default)) {
    const other = values.rule5 ? 'rule5=true' : `layout=${values.layout}`
    return {
      what: `fse-dp: entry=trajectory and ${other} both say which channel reads a micro-slice`,
      hint: 'leave one of them out',
    }
  }
  if (values.buffering === 0 && values.cold !== options.cold.default) {
    return {
      what: `fse-dp: cold=${values.cold} would change nothing without buffering`,
      hint: 'leave cold out, or add buffering=10 or another percentage',
    }
  }
  if (!values.naive && values.slots <= values.reserve) {
    return {
      what: `fse-dp: slots=${values.slots} with reserve=${values.reserve} leaves no slot to load into`,
      hint: 'a die needs at least one slot more than the reserve',
    }
  }
  return undefined
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
    return new NaiveLayer(machine, this.context, { rotate, controlPs: toPs(control) })
  }

  private streamingLayer(machine: Machine): StreamingLayer {
    const { paired, slots, reserve, control, decision } = this.options
    const setting = { slots, reserve, controlPs: toPs(control), decisionPs: toPs(decision) }
    return new StreamingLayer(
      machine,
      this.context,
      this.sharing(),
      setting,
      expertOrder(machine.work, paired),
    )
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

/** Refuses to choose which channel reads a micro-slice where there is no choice. */
function assertHasEffect({ entry, layout, rule5 }: FseDpOptions, { hardware }: SchedulerContext): void {
  const { shared, channelDies } = hardware.memory
  const refuse = (option: string, why: string) =>
    fail('conflict', {
      what: `fse-dp: ${option} changes nothing on ${hardware.name}, where ${why}`,
      hint: 'leave it out',
    })
  const isSingle = channelDies.length === 1
  if (entry === 'trajectory' && !shared) refuse('entry=trajectory', 'each weight has one home')
  if (entry === 'trajectory' && isSingle) refuse('entry=trajectory', 'there is one memory channel')
  if (layout === 'sequential' && isSingle) refuse('layout=sequential', 'there is one memory channel')
  if (layout === 'sequential' && shared && rule5) {
    refuse('layout=sequential with rule5=true', 'any channel can read any weight')
  }
}

const toPs = (ns: number) => Math.round(ns * PS_PER_NS)
