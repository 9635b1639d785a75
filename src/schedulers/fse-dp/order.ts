// In which order FSE-DP loads the experts of a layer.
import { plannedFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes, flopPerToken } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'
import { expertTokens, type LayerWork } from '../work.ts'

/** Active experts from most tokens to fewest, ties by lower id. */
const hottestFirstOf = (work: LayerWork) =>
  [...work.activeExperts].sort((a, b) => expertTokens(work, b) - expertTokens(work, a))

/** Paired loads (sheet 4.8): most tokens, fewest tokens, second most, second fewest, ... */
export function pairedOrder(work: LayerWork): number[] {
  const hottestFirst = hottestFirstOf(work)
  const order: number[] = []
  for (let hot = 0, cold = hottestFirst.length - 1; hot <= cold; hot++, cold--) {
    order.push(hottestFirst[hot]!)
    if (cold > hot) order.push(hottestFirst[cold]!)
  }
  return order
}

/**
 * The next hot expert while computing is behind loading, that is while all that stands before it is computed in no more time
 * than it is loaded in; else the next cold one. So that the two keep step, and neither waits for the other for long.
 */
export function loadAwareOrder(work: LayerWork, { hardware, model }: SchedulerContext): number[] {
  const { memory, compute } = hardware
  const loadPs = new MemoryTiming(memory).meanTransferPs(expertBytes(model)) / memory.channelDies.length
  const tokenPs = flopPerToken(model) / (plannedFlopPerPs(compute, model.weightBytes) * work.dies)
  const hottestFirst = hottestFirstOf(work)
  const order: number[] = []
  for (let [hot, cold, leadPs] = [0, hottestFirst.length - 1, 0]; hot <= cold; ) {
    const expert = leadPs <= 0 ? hottestFirst[hot++]! : hottestFirst[cold--]!
    order.push(expert)
    leadPs += expertTokens(work, expert) * tokenPs - loadPs
  }
  return order
}
