// Which bytes a placement sends over which links, when tokens rest evenly on all dies.
import type { Topology } from '../hardware/topology.ts'
import type { Slots } from '../schedulers/placements/search/problem.ts'

export interface LinkTraffic {
  /** Of the links together, and of the one with most for its width. */
  readonly bytes: number
  readonly busiestBytes: number
  readonly byteHops: number
}

/** Selections on their way from one die to another. */
type OnFlow = (from: number, to: number, selections: number) => void

/** The dies of each expert in die order, as tokens are dealt to them. */
export function holderRanks(slots: Slots, experts: number): number[][] {
  const holders: number[][] = Array.from({ length: experts }, () => [])
  for (const [device, held] of slots.entries()) for (const expert of held) holders[expert]!.push(device)
  return holders
}

/**
 * Flows of one expert: its tokens in the order of the dies they rest on, cut into equal shares for its holders in that same
 * order, as ep deals them.
 */
export function flowsOf(
  holders: readonly number[],
  load: number,
  { dies, order }: Pick<Topology, 'dies' | 'order'>,
  onFlow: OnFlow,
): void {
  const copies = holders.length
  for (let resting = 0; resting < dies; resting++) {
    for (let place = Math.floor((resting * copies) / dies); place < copies; place++) {
      const from = Math.max(resting / dies, place / copies)
      const to = Math.min((resting + 1) / dies, (place + 1) / copies)
      if (to <= from) break
      onFlow(order[resting]!, order[holders[place]!]!, load * (to - from))
    }
  }
}

/** Adds to `linkBytes`, by directed link, what one layer sends; returns its bytes times hops. */
export function addLinkBytes(
  linkBytes: Float64Array,
  topology: Topology,
  slots: Slots,
  loads: Float64Array,
  tokenBytes: number,
): number {
  let byteHops = 0
  for (const [expert, holders] of holderRanks(slots, loads.length).entries()) {
    flowsOf(holders, loads[expert]!, topology, (from, to, selections) => {
      const { links, hops } = topology.route(from, to)
      byteHops += selections * tokenBytes * hops
      for (const link of links) linkBytes[link] = linkBytes[link]! + selections * tokenBytes
    })
  }
  return byteHops
}

export function linkTraffic(
  linkBytes: Float64Array,
  byteHops: number,
  { widthOfLink }: Topology,
): LinkTraffic {
  const bytes = linkBytes.reduce((sum, count) => sum + count, 0)
  const busiestBytes = linkBytes.reduce((most, count, link) => Math.max(most, count / widthOfLink[link]!), 0)
  return { bytes, busiestBytes, byteHops }
}
