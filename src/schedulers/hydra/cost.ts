// What an expert is expected to take where so many tokens are expected for it, by which hydra weighs dies.
import { plannedFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import { expertBytes, flopPerToken, tokenBytes } from '../../model/shape.ts'
import type { SchedulerContext } from '../scheduler.ts'

export interface HydraCost {
  /** Time of one die for reading its weights, at an equal share of all channels. */
  readonly readPs: (tokens: number) => number
  /** The same through another die's channel: at the rate of a link where that is less. */
  readonly readAwayPs: (tokens: number) => number
  /** Whether a weight is read through the channel of its home alone, whichever die computes. */
  readonly readsAtHome: boolean
  readonly computePs: (tokens: number) => number
  /** Whether a die reads while it computes: the longer of the two counts, else their sum. */
  readonly overlaps: boolean
  /** Weights that go from home to the die that computes, counted as so many tokens; none where any channel reads any weight. */
  readonly weightTokens: (tokens: number) => number
}

export interface CostSetting {
  readonly prefetch: number
  readonly combine: boolean
  /** The tokens are known and not predicted. */
  readonly isOracle: boolean
}

export function hydraCost(
  { hardware, model, topology }: Pick<SchedulerContext, 'hardware' | 'model' | 'topology'>,
  { prefetch, combine, isOracle }: CostSetting,
): HydraCost {
  const { shared, channelDies } = hardware.memory
  const expertReadPs =
    (new MemoryTiming(hardware.memory).meanTransferPs(expertBytes(model)) * topology.dies) /
    channelDies.length
  const linkPs = expertBytes(model) / (hardware.link.bytesPerPs * hardware.link.efficiency)
  const tokenPs = flopPerToken(model) / plannedFlopPerPs(hardware.compute, model.weightBytes)
  const expertTokens = expertBytes(model) / (tokenBytes(model) * (combine ? 2 : 1))
  const isActive = isOracle ? (tokens: number) => (tokens > 0 ? 1 : 0) : chanceOfAny
  return {
    readPs: (tokens) => isActive(tokens) * expertReadPs,
    readAwayPs: (tokens) => isActive(tokens) * Math.max(expertReadPs, linkPs),
    computePs: (tokens) => tokens * tokenPs,
    readsAtHome: !shared,
    // A home's channel reads for other dies while its own computes.
    overlaps: prefetch > 0 || !shared,
    weightTokens: shared ? () => 0 : (tokens) => isActive(tokens) * expertTokens,
  }
}

/** That at least one token comes where so many are expected, each choosing for itself. */
function chanceOfAny(tokens: number): number {
  return 1 - Math.exp(-tokens)
}
