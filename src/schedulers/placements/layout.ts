// What a placement works with and gives back: layouts of experts over dies, and room for them.
import type { RoutingKnowledge } from '../knowledge.ts'
import type { SchedulerContext } from '../scheduler.ts'

/** Dies that hold each expert: [expert] -> one or more dies, the home copy's first. */
export type Layout = readonly (readonly number[])[]

/** A layout made from statistics, and the first iteration in which it holds. */
export interface Rearrangement {
  readonly fromIteration: number
  readonly layout: Layout
}

export interface RearrangeSetting {
  readonly context: SchedulerContext
  readonly knowledge: RoutingKnowledge
  /** Home of each expert until then. */
  readonly home: Int32Array
  /** Slots per die for copies beside the home copies. */
  readonly copies: number
}

/** Home copies that a die takes at most: an equal part of the experts, rounded up. */
export function homeSlots(experts: number, dies: number): number {
  return Math.ceil(experts / dies)
}

/** Experts from the largest load to the smallest; equal ones by id. */
export function heaviestFirst(loads: Float64Array): number[] {
  return [...loads.keys()].sort((a, b) => loads[b]! - loads[a]!)
}
