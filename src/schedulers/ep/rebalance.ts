// Rebalancing during a run: every so many iterations experts are placed anew by what the last ones chose, as engines do it.
import type { DiagnosticArguments } from '../../errors.ts'
import type { Compat } from '../../hardware/package.ts'
import type { OptionsOf, OptionTable } from '../options.ts'
import { homeSlots } from '../placements/layout.ts'
import { weightMoves } from '../placements/moves.ts'
import { eplb } from '../placements/search/eplb.ts'
import type { Slots } from '../placements/search/problem.ts'
import type { IdleOptions, RunOutline, SchedulerContext, WeightMove } from '../scheduler.ts'

export const REBALANCE_OPTIONS = {
  rebalance: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    doc: 'place experts anew, as EPLB does, every so many iterations by what the last ones chose; 0: never',
  },
  window: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    doc: 'iterations that rebalance goes by; 0: all since the last time',
  },
  moves: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    doc: 'experts that rebalance moves in one iteration at most, the others in the ones after it; 0: all at once',
  },
  stagger: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 1000,
    doc: 'layers that rebalance takes turns of: one in so many in each iteration; 1: all in the same one',
  },
  overlap: {
    type: 'boolean',
    default: false,
    doc: 'rebalance moves weights beside the work of an iteration and uses them in the next one; else the work waits for them',
  },
} as const satisfies OptionTable

export type RebalanceOptions = OptionsOf<typeof REBALANCE_OPTIONS>

/** A run that is over before experts would be placed anew. */
export function idleRebalance(
  { rebalance }: RebalanceOptions,
  { iterations }: Pick<RunOutline, 'iterations'>,
): IdleOptions[] {
  if (rebalance === 0 || iterations.length > rebalance) return []
  const why = `experts are placed anew after ${rebalance} iterations, and this run has ${iterations.length}`
  return [{ names: Object.keys(REBALANCE_OPTIONS), why }]
}

/** What is wrong with options that are each fine. `isMadeOnce`: the placement itself changes during a run. */
export function rebalanceConflict(
  options: RebalanceOptions,
  compat: Compat,
  { isMadeOnce, hasCache }: { readonly isMadeOnce: boolean; readonly hasCache: boolean },
  asked: ReadonlySet<string>,
): DiagnosticArguments['conflict'] | undefined {
  if (options.rebalance === 0) {
    const idle = (['window', 'moves', 'stagger', 'overlap'] as const).find((name) => asked.has(name))
    if (idle === undefined) return undefined
    const what = `ep: without rebalance ${idle}=${options[idle]} would change nothing`
    return { what, hint: 'leave it out, or use rebalance=N' }
  }
  if (compat === 'paper') {
    const what = 'ep: rebalance moves weights over links, which compat: paper knows nothing of'
    return { what, hint: 'use compat: physical' }
  }
  if (isMadeOnce) {
    const what = 'ep: rebalance places experts anew, and so does this placement'
    return { what, hint: 'use placement contiguous, round-robin or a file' }
  }
  if (!hasCache) return undefined
  const what = 'ep: rebalance moves weights from memory to memory, and a cache keeps them on chip'
  return { what, hint: 'use cache=none' }
}

/** What an iteration begins with. */
interface Turn {
  readonly slots: Slots
  /** To make in this iteration: before its work, or beside it. */
  readonly moves: readonly WeightMove[]
}

/** Of one layer; asked for iterations in ascending order. */
export class Rebalancer {
  private readonly options: RebalanceOptions
  private readonly context: SchedulerContext
  private readonly perDevice: number
  private current: Slots
  /** Where the moves of the iteration before end. */
  private arriving: Slots | undefined
  private target: Slots | undefined
  private nextTurn: number
  private last: { readonly iteration: number; readonly turn: Turn } | undefined

  /** `place`: of the layer among the MoE layers. */
  constructor(
    options: RebalanceOptions,
    copies: number,
    context: SchedulerContext,
    start: Slots,
    place: number,
  ) {
    const { model, topology } = context
    this.options = options
    this.context = context
    this.perDevice = Math.min(model.experts, homeSlots(model.experts, topology.dies) + copies)
    this.current = start
    this.nextTurn = options.rebalance + (place % options.stagger)
  }

  /** The same however often it is asked. */
  at(iteration: number): Turn {
    if (this.last?.iteration !== iteration) this.last = { iteration, turn: this.turnOf(iteration) }
    return this.last.turn
  }

  private turnOf(iteration: number): Turn {
    if (this.arriving !== undefined) this.current = this.arriving
    if (iteration >= this.nextTurn) this.aim(iteration)
    if (this.target === undefined) return { slots: this.current, moves: [] }
    const before = this.current
    const after = this.towards(this.target)
    const moves = weightMoves(this.context, before, after)
    if (this.options.overlap) this.arriving = after
    else this.current = after
    return { slots: this.current, moves }
  }

  /** A placement by what was chosen since, on the devices that have most of it already. */
  private aim(iteration: number): void {
    const { rebalance, window } = this.options
    while (this.nextTurn <= iteration) this.nextTurn += rebalance
    const { knowledge, topology } = this.context
    if (knowledge === undefined) return
    const counted = Math.min(iteration, window === 0 ? rebalance : window)
    const iterations = Array.from({ length: counted }, (_, i) => iteration - counted + i)
    const loads = Float64Array.from(knowledge.tokensIn(iterations))
    if (loads.every((load) => load === 0)) return
    const wanted = eplb({ loads, devices: topology.dies, slots: this.perDevice })
    this.target = onNearestDevices(wanted, this.current)
  }

  /**
   * One step on the way: at most `moves` experts come to their devices. An expert leaves a device that is not to have it once
   * another one has it that is.
   */
  private towards(target: Slots): Slots {
    const held = this.current.map((own) => [...own])
    let left = this.options.moves === 0 ? Infinity : this.options.moves
    // One for each device in turn, so that few moves do not all wait for the same memory.
    for (let slot = 0; slot < this.perDevice; slot++) {
      for (const [device, wanted] of target.entries()) {
        const expert = wanted[slot]!
        if (left === 0 || held[device]!.includes(expert)) continue
        held[device]!.push(expert)
        left--
      }
    }
    const isHome = (expert: number, device: number) =>
      target[device]!.includes(expert) && held[device]!.includes(expert)
    const after = held.map((own, device) =>
      own.filter(
        (expert) => target[device]!.includes(expert) || !target.some((_, other) => isHome(expert, other)),
      ),
    )
    if (after.every((own, device) => own.length === target[device]!.length)) this.target = undefined
    return after
  }
}

/** The devices' contents in another order, changed two by two as long as more experts lie already where they are to be. */
function onNearestDevices(wanted: Slots, current: Slots): Slots {
  const held = current.map((own) => new Set(own))
  const common = wanted.map((own) =>
    held.map((has) => own.reduce((sum, expert) => sum + (has.has(expert) ? 1 : 0), 0)),
  )
  const placeOf = Array.from(wanted, (_, device) => device)
  for (let isBetter = true; isBetter; ) {
    isBetter = false
    for (let a = 0; a < placeOf.length; a++) {
      for (let b = a + 1; b < placeOf.length; b++) {
        const [ofA, ofB] = [common[placeOf[a]!]!, common[placeOf[b]!]!]
        if (ofA[b]! + ofB[a]! <= ofA[a]! + ofB[b]!) continue
        const place = placeOf[a]!
        placeOf[a] = placeOf[b]!
        placeOf[b] = place
        isBetter = true
      }
    }
  }
  return placeOf.map((place) => wanted[place]!)
}
