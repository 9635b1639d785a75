// Naive FSE-DP (ablation A1 of the paper): one expert at a time, in phases, without micro-slice flow.
//
// An expert's tokens are re-dispatched so that all P dies have about as many (dispatch.ts), while each die loads one
// of P equal slices. Then P phases: every die computes its tokens with its slice; when all are done, and before the next
// phase, either the slices or the groups of tokens move on by one place of the ring. Each die has room for the slice it
// computes with and the one it receives. The next expert is loaded when this one is over. Results are not sent back to
// where the tokens rest.
//
// With fewer tokens than dies some dies have none. They load their slice, so that all memory channels work, and pass slices
// on to dies that have tokens; they compute nothing, and a slice that no further die needs goes no further.
import { fail } from '../../errors.ts'
import { expertBytes } from '../../model/shape.ts'
import { channelOf } from '../channels.ts'
import type { Machine, SchedulerContext } from '../scheduler.ts'
import { expertTokens } from '../work.ts'
import { redispatch, type TokenGroup, tokensIn } from './dispatch.ts'
import { restingBytes } from './slots.ts'

export interface NaiveSetting {
  /** What moves from die to die between phases. */
  readonly rotate: 'weights' | 'tokens'
  /** Control overhead of each slice on each die, on the compute unit. */
  readonly controlPs: number
}

/** Something that takes time; calls back when it is over. */
type Action = (onDone: () => void) => void

export class NaiveLayer {
  private readonly machine: Machine
  private readonly context: SchedulerContext
  private readonly setting: NaiveSetting
  /** Undefined = any. */
  private readonly channel: (die: number) => number | undefined
  /** Dies by place. Slice s starts at place s. */
  private readonly ring: Int32Array
  private nextExpert = 0
  private expert = -1
  /** Tokens of the expert by the place at which they start. */
  private groups: readonly TokenGroup[] = []
  private phase = 0
  private actionsUnderWay = 0

  constructor(machine: Machine, context: SchedulerContext, setting: NaiveSetting) {
    this.machine = machine
    this.context = context
    this.setting = setting
    const { shared, channelDies } = context.hardware.memory
    // Where every die has a channel all read as much through their own, so that no other is free earlier.
    const isEven = channelDies.length === context.topology.dies
    this.channel = shared && !isEven ? () => undefined : channelOf(context)
    this.ring = context.topology.ring
    this.assertSlicesFit()
  }

  start(): void {
    const { work } = this.machine
    const expert = work.activeExperts[this.nextExpert++]
    if (expert === undefined) return
    this.expert = expert
    this.phase = 0
    const groups = redispatch(work, this.context.topology, expert)
    this.groups = [...this.ring].map((die) => groups[die]!)
    const arrivals = [...this.places()].flatMap((place) => [...this.gathers(place), this.loadOf(place)])
    this.together(arrivals, () => this.compute())
  }

  waits(): string[] {
    if (this.actionsUnderWay === 0) return []
    return [`phase ${this.phase} of expert ${this.expert} waits for ${this.actionsUnderWay} of its dies`]
  }

  private compute(): void {
    const isLast = this.phase === this.ring.length - 1
    const computes = [...this.places()].flatMap((place) => this.computeOf(place))
    this.together(computes, () => (isLast ? this.finish() : this.turn()))
  }

  private turn(): void {
    if (this.setting.rotate === 'weights') this.dropSlices()
    const moves = [...this.places()].flatMap((place) =>
      this.setting.rotate === 'weights' ? this.passSlice(place) : this.passTokens(place),
    )
    this.together(moves, () => {
      this.phase++
      this.compute()
    })
  }

  private finish(): void {
    for (const place of this.places()) {
      const die = this.dieAt(place)
      if (this.isSliceAt(place)) this.machine.releaseSlice(this.expert, this.sliceAt(place), die)
      this.machine.releaseTokens(this.expert, die)
    }
    this.start()
  }

  /** Each die reads its slice; with it, it computes its own tokens or, where these move, in time all. */
  private loadOf(place: number): Action {
    const { expert, setting } = this
    const die = this.dieAt(place)
    const channelDie = this.channel(die)
    const slice = { expert, slice: place, channelDie, die }
    const job =
      setting.rotate === 'weights'
        ? { ...slice, tokens: tokensIn(this.groups[place]!) }
        : { ...slice, tokens: expertTokens(this.machine.work, expert), slicesHere: 1 }
    return (onDone) => this.machine.load(job, onDone)
  }

  private gathers(place: number): Action[] {
    const { expert } = this
    const die = this.dieAt(place)
    const guests = this.groups[place]!.filter(({ restingDie }) => restingDie !== die)
    return guests.map((pairs) => (onDone) => this.machine.gather({ expert, die, ...pairs }, onDone))
  }

  private computeOf(place: number): Action[] {
    const { expert } = this
    const { controlPs } = this.setting
    const [first, ...morePairs] = this.groupAt(place)
    if (first === undefined) return []
    const { fromPair, toPair } = first
    const job = { expert, slice: this.sliceAt(place), die: this.dieAt(place), controlPs }
    return [(onDone) => this.machine.compute({ ...job, fromPair, toPair, morePairs }, onDone)]
  }

  /** Frees slices that no die after their present one has tokens for. */
  private dropSlices(): void {
    for (const place of this.places()) {
      if (!this.isSliceAt(place) || this.isNeededAfter(place)) continue
      this.machine.releaseSlice(this.expert, this.sliceAt(place), this.dieAt(place))
    }
  }

  private passSlice(place: number): Action[] {
    if (!this.isNeededAfter(place)) return []
    const { expert, machine } = this
    const slice = this.sliceAt(place)
    const [from, to] = [this.dieAt(place), this.dieAt(place + 1)]
    const tokens = tokensIn(this.groups[this.wrap(place + 1)]!)
    const onSent = () => machine.releaseSlice(expert, slice, from)
    return [(onDone) => machine.forward({ expert, slice, from, to, tokens }, onSent, onDone)]
  }

  /** Sends the tokens at a place on, except to where they rest: there they are already. */
  private passTokens(place: number): Action[] {
    const { expert, machine } = this
    const from = this.dieAt(place)
    const die = this.dieAt(place + 1)
    return this.groupAt(place).map((pairs) => (onDone) => {
      const moved = () => {
        machine.releaseTokens(expert, from, pairs)
        onDone()
      }
      if (pairs.restingDie === die) machine.later(0, moved)
      else machine.gather({ expert, ...pairs, restingDie: from, die }, moved)
    })
  }

  private sliceAt(place: number): number {
    return this.setting.rotate === 'weights' ? this.wrap(place - this.phase) : place
  }

  private groupAt(place: number): TokenGroup {
    return this.groups[this.setting.rotate === 'weights' ? place : this.wrap(place - this.phase)]!
  }

  /** Whether the slice whose turn it is at a place has come so far, or was dropped on its way. */
  private isSliceAt(place: number): boolean {
    if (this.setting.rotate === 'tokens' || this.phase === 0) return true
    return this.hasTokens(place, this.ring.length - this.phase)
  }

  /** Whether a slice that leaves a place in this phase meets tokens before it is back where it started. */
  private isNeededAfter(place: number): boolean {
    return this.hasTokens(place + 1, this.ring.length - 1 - this.phase)
  }

  /** Whether any of `count` places from `place` on has tokens of its own. */
  private hasTokens(place: number, count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (this.groups[this.wrap(place + i)]!.length > 0) return true
    }
    return false
  }

  private dieAt(place: number): number {
    return this.ring[this.wrap(place)]!
  }

  private wrap(place: number): number {
    const places = this.ring.length
    return (place + places) % places
  }

  private places(): Iterable<number> {
    return this.ring.keys()
  }

  /** Starts all actions and goes on when the last of them is over. */
  private together(actions: readonly Action[], goOn: () => void): void {
    this.actionsUnderWay = actions.length
    const onDone = () => {
      if (--this.actionsUnderWay === 0) goOn()
    }
    for (const action of actions) action(onDone)
  }

  private assertSlicesFit(): void {
    const { hardware, model, topology } = this.context
    const slots = this.setting.rotate === 'weights' && topology.dies > 1 ? 2 : 1
    const slotBytes = Math.ceil(expertBytes(model) / topology.dies)
    const tokensBytes = Math.max(...restingBytes(this.machine.work, this.context))
    const neededBytes = slots * slotBytes + tokensBytes
    if (neededBytes <= hardware.sramBytes) return
    fail('capacity', {
      what: `naive fse-dp with slices of ${slotBytes} B, ${slots} on each die beside ${tokensBytes} B of tokens,`,
      needs: `${neededBytes} B of SRAM on a die`,
      has: `${hardware.sramBytes} B`,
      hint: 'use fse-dp without naive, whose micro-slices are smaller, fewer tokens, or a larger "sram"',
    })
  }
}
