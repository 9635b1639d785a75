// Which slices to read before a layer is reached, and where to: Algorithm 1 on the tokens that are expected.

import { grouped } from '../../grouped.ts'
import { topExperts } from '../predictors/expectation.ts'
import type { TaskSetting } from '../round-robin.ts'
import type { AheadRead, Machine, SchedulerContext } from '../scheduler.ts'
import type { LayerWork } from '../work.ts'
import { type AllocatorCosts, allocate } from './allocator.ts'
import { workOfCounts } from './calendar.ts'

export interface AheadSetting {
  readonly context: SchedulerContext
  readonly costs: AllocatorCosts
  readonly tasks: Pick<TaskSetting, 'home' | 'slices' | 'source'>
  /** Experts predicted at most. */
  readonly most: number
  /** Experts read ahead for one die at most. */
  readonly perDie: number
  readonly into: 'sram' | 'memory'
  /** What is expected is what will be: then experts are read in the order in which dies compute them, not the likeliest first. */
  readonly isCertain: boolean
}

/**
 * Slices of the predicted experts on the dies that would compute them if what is expected came true, the most expected expert
 * first, or the one computed first. `expected`: as in Predictor.expected; `before`: work of the layer before, whose tokens
 * come. Into memory go only experts that the die would fetch from afar, and only where it has a memory.
 */
export function aheadReads(
  { context, costs, tasks, most, perDie, into, isCertain }: AheadSetting,
  expected: Float64Array,
  before: LayerWork,
  machine: Pick<Machine, 'hasReplica'>,
): AheadRead[] {
  const diesOf = expectedDies({ context, costs, tasks }, expected, before)
  const { channelDies } = context.hardware.memory
  const taken = new Int32Array(before.dies)
  const reads: AheadRead[] = []
  const likeliest = topExperts(expected, most)
  const inOrder = isCertain ? likeliest.sort((a, b) => a - b) : likeliest
  for (const expert of inOrder) {
    for (const die of diesOf.get(expert) ?? []) {
      const source = tasks.source(expert)
      const isRemote = source !== undefined && source !== die
      const isKept = into === 'sram' || (isRemote && channelDies.includes(die))
      if (taken[die] === perDie || !isKept) continue
      taken[die] = taken[die]! + 1
      for (let slice = 0; slice < tasks.slices; slice++) {
        const isHeld = isRemote && machine.hasReplica(expert, slice, die)
        if (isHeld && into === 'memory') continue
        reads.push({ expert, slice, die, channelDie: isHeld ? die : source, into })
      }
    }
  }
  return reads
}

/** Dies that would compute each expert if what is expected came true. */
export function expectedDies(
  { context, costs, tasks }: Pick<AheadSetting, 'context' | 'costs' | 'tasks'>,
  expected: Float64Array,
  before: LayerWork,
): ReadonlyMap<number, readonly number[]> {
  const planned = allocate(expectedWork(expected, before), context, costs, tasks.home, () => [])
  const byExpert = grouped(planned, ({ expert }) => expert)
  return new Map([...byExpert].map(([expert, some]) => [expert, some.map(({ die }) => die)]))
}

/** Work in which each expert has the tokens expected of it, scaled to as many as come, in whole tokens and at least one. */
export function expectedWork(expected: Float64Array, before: LayerWork): LayerWork {
  const { tokens, topK } = before
  const scale = (tokens * topK) / expected.reduce((sum, count) => sum + count, 0)
  const counts = expected.map((count) => (count > 0 ? Math.max(1, Math.round(count * scale)) : 0))
  return workOfCounts(counts, before)
}
