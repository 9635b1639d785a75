// Balancing by load with replicas, as EPLB does it: first copies for the hottest experts, then all copies packed evenly.
import type { Topology } from '../../hardware/topology.ts'
import { heaviestFirst, homeSlots, type Layout } from './layout.ts'

/**
 * Gives `copiesPerDie * dies` copies, each to the expert with the most load per copy; then puts all copies, the heaviest
 * first, on the least loaded die that has room and not that expert yet. Loads are tokens, which the copies of an expert share
 * equally. An expert without load gets no copy, none has more than there are dies, and one that finds no die is not made.
 * Equal experts by id, equal dies in die order.
 */
export function balance(tokens: Float64Array, copiesPerDie: number, topology: Topology): Layout {
  const copies = shareOut(tokens, copiesPerDie * topology.dies, topology.dies)
  return pack(tokens, copies, homeSlots(tokens.length, topology.dies) + copiesPerDie, topology)
}

/** Copies of each expert, home copies included. */
function shareOut(tokens: Float64Array, extra: number, mostCopies: number): Int32Array {
  const copies = new Int32Array(tokens.length).fill(1)
  for (let copy = 0; copy < extra; copy++) {
    let hottest = -1
    let most = 0
    for (const [expert, load] of tokens.entries()) {
      if (copies[expert]! === mostCopies || load / copies[expert]! <= most) continue
      hottest = expert
      most = load / copies[expert]!
    }
    if (hottest < 0) break
    copies[hottest] = copies[hottest]! + 1
  }
  return copies
}

function pack(tokens: Float64Array, copies: Int32Array, slots: number, { dies, order }: Topology): Layout {
  const layout: number[][] = Array.from(tokens, () => [])
  const loads = tokens.map((load, expert) => load / copies[expert]!)
  const dieLoad = new Float64Array(dies)
  const dieCopies = new Int32Array(dies)
  for (const expert of heaviestFirst(loads)) {
    const holders = layout[expert]!
    for (let copy = 0; copy < copies[expert]!; copy++) {
      const free = [...order].filter((die) => dieCopies[die]! < slots && !holders.includes(die))
      if (free.length === 0) break
      const die = free.reduce((best, candidate) => (dieLoad[candidate]! < dieLoad[best]! ? candidate : best))
      holders.push(die)
      dieLoad[die] = dieLoad[die]! + loads[expert]!
      dieCopies[die] = dieCopies[die]! + 1
    }
  }
  return layout
}
