// Reading ahead under adaptive: slices that dies are likely to compute in the next layer, and what of them is of use there.
import { expectedWork } from '../forecast/ahead-reads.ts'
import { topExperts } from '../predictors/expectation.ts'
import type { AheadRead, Machine } from '../scheduler.ts'
import { expertTokens, type LayerWork } from '../work.ts'
import { type LayerSetting, planLayer } from './layer.ts'
import type { Part } from './setting.ts'

export interface AheadSetting {
  readonly layer: LayerSetting
  /** Experts predicted at most. */
  readonly most: number
  /** Slices read ahead for one die at most. */
  readonly perDie: number
}

/**
 * Slices of the predicted experts on the dies that would compute them if what is expected came true, those of the likeliest
 * first, the dies in turn. `expected`: as in Predictor.expected; `before`: work of the layer before, whose tokens come.
 */
export function sliceWishes(
  { layer, most, perDie }: AheadSetting,
  expected: Float64Array,
  before: LayerWork,
): AheadRead[] {
  const { context, channelOf } = layer
  const { shared } = context.hardware.memory
  const place = new Map(topExperts(expected, most).map((expert, at) => [expert, at]))
  const likely = planLayer(expectedWork(expected, before), layer)
    .filter(({ expert }) => place.has(expert))
    .sort((a, b) => place.get(a.expert)! - place.get(b.expert)!)
  const ofDies = Array.from(context.topology.order, (die) => {
    const channelDie = shared ? undefined : channelOf(die)
    const own = likely.filter((part) => part.die === die)
    return own
      .flatMap(({ expert, slices }) =>
        slices.map((slice): AheadRead => ({ expert, slice, die, channelDie, into: 'sram' })),
      )
      .slice(0, perDie)
  })
  const turns = Math.max(0, ...ofDies.map((reads) => reads.length))
  return Array.from({ length: turns }, (_, turn) =>
    ofDies.flatMap((reads) => reads.slice(turn, turn + 1)),
  ).flat()
}

/** What was read ahead and is needed, by expert and die; gives up what is not. */
export function partsHere({ work, ahead }: Machine): Part[] {
  const parts = new Map<number, Part>()
  for (const place of [...ahead.places]) {
    const { expert, slice, die } = place
    const tokens = expertTokens(work, expert)
    if (tokens === 0) {
      ahead.discard(place)
      continue
    }
    const key = expert * work.dies + die
    const part = parts.get(key) ?? { expert, die, tokens, slices: [] }
    part.slices.push(slice)
    parts.set(key, part)
  }
  return [...parts.values()]
}
