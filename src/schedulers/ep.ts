// Expert parallelism: experts stay at their home die, tokens travel to them.
//
// Each die works through its experts in id order: load an expert's weights and, at the same time, gather the tokens that
// chose it from the dies they rest on; then compute. `prefetch` = how many pieces beyond the one at work may be loading or
// waiting: 0 is the baseline that the FSE-DP paper measures, 1 the fair one.
import { fail } from '../errors.ts'
import { assertWeightsFit, channelOf, countHomes, piecesThatFit } from './memory-fit.ts'
import { placements } from './placements.ts'
import type { Machine, Scheduler, SchedulerContext, SchedulerDefinition } from './scheduler.ts'
import { runTasks, type Task } from './tasks.ts'
import { expertFrom, expertTo, expertTokens, ownerRuns } from './work.ts'

interface EpOptions {
  readonly prefetch: number
  readonly placement: string
  readonly combine: boolean
  readonly slices: number
}

export const ep: SchedulerDefinition = {
  summary: 'expert parallelism: experts at home, tokens travel',
  options: {
    prefetch: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 64,
      doc: 'pieces loaded ahead while another is at work',
    },
    placement: {
      type: 'choice',
      default: 'contiguous',
      choices: Object.keys(placements),
      doc: 'which die is home to which expert',
    },
    combine: { type: 'boolean', default: false, doc: 'send results back to the dies their tokens rest on' },
    slices: {
      type: 'integer',
      default: 1,
      min: 1,
      max: 1024,
      doc: 'pieces an expert is loaded and computed in, at least; more where SRAM is too small for so few',
    },
  },
  create: (options, context) => {
    const values = options as unknown as EpOptions
    const home = placements[values.placement]!.place(context.model.experts, context.topology)
    const channel = channelOf(context)
    assertWeightsFit(context, countHomes(home.map(channel), context.topology.dies))
    return context.compat === 'paper'
      ? paperEp(values, home, channel)
      : new ExpertParallel(values, home, channel, context)
  },
}

/** The forecasting paper's EP: every expert at home, all three matrices of all experts asked for at once. */
function paperEp(options: EpOptions, home: Int32Array, channel: (die: number) => number): Scheduler {
  if (options.prefetch > 0 || options.slices > 1 || options.combine) {
    fail('conflict', {
      what: 'ep takes no prefetch, slices or combine under compat: paper',
      hint: 'that setting asks for all weights at once and moves activations for free; use compat: physical',
    })
  }
  return {
    slices: 3,
    home: (expert) => channel(home[expert]!),
    startLayer: (machine) => {
      const { work } = machine
      const tasks: Task[] = work.activeExperts.map((expert) => ({
        expert,
        fromPair: expertFrom(work, expert),
        toPair: expertTo(work, expert),
        die: home[expert]!,
      }))
      runTasks(machine, tasks, { window: Infinity, sourceOf: (expert) => channel(home[expert]!) })
    },
  }
}

class ExpertParallel implements Scheduler {
  readonly slices: number
  private readonly options: EpOptions
  private readonly homes: Int32Array
  private readonly channel: (die: number) => number
  private readonly context: SchedulerContext
  private dies: HomeDie[] = []

  constructor(
    options: EpOptions,
    homes: Int32Array,
    channel: (die: number) => number,
    context: SchedulerContext,
  ) {
    this.options = options
    this.homes = homes
    this.channel = channel
    this.context = context
    this.slices = Math.max(options.slices, piecesThatFit(context, 1, options.prefetch + 1))
  }

  home(expert: number): number {
    return this.channel(this.homes[expert]!)
  }

  startLayer(machine: Machine): void {
    this.dies = [...this.context.topology.order].map((die) => {
      const experts = machine.work.activeExperts.filter((expert) => this.homes[expert] === die)
      return new HomeDie(machine, die, experts, this.channel(die), this.options)
    })
    for (const die of this.dies) die.start()
  }

  waits(): string[] {
    return this.dies.flatMap((die) => die.waits())
  }
}

/** One die's walk through the pieces of its experts. */
class HomeDie {
  private readonly machine: Machine
  private readonly die: number
  private readonly experts: readonly number[]
  private readonly channelDie: number
  private readonly options: EpOptions
  private readonly pieces: number
  private nextToLoad = 0
  private nextToCompute = 0
  private readonly arrived: Uint8Array
  private readonly tokensMissing: Int32Array
  private isComputing = false

  constructor(
    machine: Machine,
    die: number,
    experts: readonly number[],
    channelDie: number,
    options: EpOptions,
  ) {
    this.machine = machine
    this.die = die
    this.experts = experts
    this.channelDie = channelDie
    this.options = options
    this.pieces = experts.length * machine.slices
    this.arrived = new Uint8Array(this.pieces)
    this.tokensMissing = new Int32Array(experts.length)
  }

  start(): void {
    while (this.nextToLoad < this.pieces && this.nextToLoad - this.nextToCompute <= this.options.prefetch) {
      this.loadPiece(this.nextToLoad++)
    }
  }

  waits(): string[] {
    if (this.nextToCompute === this.pieces) return []
    const { expert, slice } = this.piece(this.nextToCompute)
    const what = this.arrived[this.nextToCompute] === 0 ? 'its weights' : 'its tokens'
    return [`die ${this.die} waits for expert ${expert}, slice ${slice}: ${what}`]
  }

  private piece(index: number): { expert: number; slice: number; place: number } {
    const place = Math.floor(index / this.machine.slices)
    return { expert: this.experts[place]!, slice: index % this.machine.slices, place }
  }

  private loadPiece(index: number): void {
    const { expert, slice, place } = this.piece(index)
    const tokens = expertTokens(this.machine.work, expert)
    // Tokens first: room for them must not wait behind pieces that in turn wait for these tokens to be computed.
    if (slice === 0) this.gather(expert, place)
    this.machine.load({ expert, slice, channelDie: this.channelDie, die: this.die, tokens }, () => {
      this.arrived[index] = 1
      this.computeNext()
    })
  }

  private gather(expert: number, place: number): void {
    for (const { owner, fromPair, toPair } of this.runs(expert)) {
      if (owner === this.die) continue
      this.tokensMissing[place] = this.tokensMissing[place]! + 1
      this.machine.gather({ expert, fromPair, toPair, owner, die: this.die }, () => {
        this.tokensMissing[place] = this.tokensMissing[place]! - 1
        this.computeNext()
      })
    }
  }

  private computeNext(): void {
    const index = this.nextToCompute
    if (this.isComputing || index === this.pieces || this.arrived[index] === 0) return
    const { expert, slice, place } = this.piece(index)
    if (this.tokensMissing[place]! > 0) return
    const { machine, die } = this
    this.isComputing = true
    machine.compute(
      {
        expert,
        slice,
        fromPair: expertFrom(machine.work, expert),
        toPair: expertTo(machine.work, expert),
        die,
      },
      () => {
        this.isComputing = false
        this.nextToCompute++
        machine.releaseSlice(expert, slice, die)
        if (slice === machine.slices - 1) this.finish(expert)
        this.start()
        this.computeNext()
      },
    )
  }

  private finish(expert: number): void {
    this.machine.releaseTokens(expert, this.die)
    if (!this.options.combine) return
    for (const { owner, fromPair, toPair } of this.runs(expert)) {
      if (owner !== this.die)
        this.machine.combine({ expert, fromPair, toPair, die: this.die, owner }, () => undefined)
    }
  }

  private runs(expert: number) {
    const { work } = this.machine
    return ownerRuns(work, expertFrom(work, expert), expertTo(work, expert))
  }
}
