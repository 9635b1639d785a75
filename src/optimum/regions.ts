// Sets of dies, to ask what must enter them: each die, what lies around it, halves of the package, and the rest of each.

import { laneRates } from '../hardware/fabric.ts'
import type { Package } from '../hardware/package.ts'

export interface Region {
  /** By die: whether it is inside. */
  readonly isInside: Uint8Array
  /** Of the links that lead into it. */
  readonly bytesPerPs: number
}

/** On larger packages what lies around each die is left out: a weaker bound, sooner. */
const MOST_DIES_WITH_SURROUNDINGS = 100

/** Half-duplex links bring in what they can, as if nothing went out. */
export function regionsOf({ topology, hardware, payloadBytesPerPs }: Package): Region[] {
  const { dies, cuts, links } = topology
  const regions = new Map<string, Region>()
  const add = (isInside: Uint8Array, bytesPerPs: number) => {
    const key = isInside.join('')
    if (isInside.includes(0) && isInside.includes(1) && !regions.has(key))
      regions.set(key, { isInside, bytesPerPs })
  }
  const inverted = (isInside: Uint8Array) => isInside.map((inside) => 1 - inside)
  const setOf = (members: Iterable<number>) => {
    const isInside = new Uint8Array(dies)
    for (const die of members) isInside[die] = 1
    return isInside
  }
  for (const { diesInside, linksIn, linksOut } of cuts) {
    const isInside = setOf(diesInside)
    add(isInside, linksIn * payloadBytesPerPs)
    add(inverted(isInside), linksOut * payloadBytesPerPs)
  }
  // Where links lead to switches, what lies around a die is everything.
  if (dies > MOST_DIES_WITH_SURROUNDINGS || links.some(({ from, to }) => from >= dies || to >= dies))
    return [...regions.values()]
  const rates = laneRates({ ...hardware.link, duplex: 'full' }, topology)
  const entering = (isInside: Uint8Array) =>
    links.reduce(
      (sum, { from, to }, link) => sum + (isInside[to] === 1 && isInside[from] === 0 ? rates[link]! : 0),
      0,
    )
  for (let die = 0; die < dies; die++) {
    const around = setOf([die, ...topology.neighbours(die)])
    add(around, entering(around))
    add(inverted(around), entering(inverted(around)))
  }
  return [...regions.values()]
}
