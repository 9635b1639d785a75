// A placement whose traffic has short ways: joint's loads, with experts that many tokens choose near the middle of the package.
import type { Topology } from '../hardware/topology.ts'
import { joint } from '../schedulers/placements/search/joint.ts'
import type { PlaceProblem, Slots } from '../schedulers/placements/search/problem.ts'
import { improveBySwaps, type Swap } from './swaps.ts'
import { flowsOf, holderRanks } from './traffic.ts'

/**
 * First whole devices change places, which leaves every load as it is, then single experts do, as long as selections times hops
 * get fewer. No device is fuller than joint's fullest. Tokens rest evenly on all dies.
 */
export function hopsPlacement(problem: PlaceProblem, topology: Topology): Slots {
  const cost = new HopCost(problem, topology)
  const start = arranged(joint(problem), cost)
  cost.enter(start)
  return improveBySwaps(problem, start, cost)
}

/** Selections times hops of all experts of a placement. */
export class HopCost {
  private readonly problem: PlaceProblem
  private readonly topology: Topology
  private holders: number[][] = []

  constructor(problem: PlaceProblem, topology: Topology) {
    this.problem = problem
    this.topology = topology
  }

  enter(layout: Slots): void {
    this.holders = holderRanks(layout, this.problem.loads.length)
  }

  get total(): number {
    return this.holders.reduce((sum, own, expert) => sum + this.of(expert, own), 0)
  }

  growth(_layout: Slots, { a, b, expertOfA, expertOfB }: Swap): number {
    return this.growthOf(expertOfA, a, b) + this.growthOf(expertOfB, b, a)
  }

  swapped(_layout: Slots, { a, b, expertOfA, expertOfB }: Swap): void {
    this.holders[expertOfA] = moved(this.holders[expertOfA]!, a, b)
    this.holders[expertOfB] = moved(this.holders[expertOfB]!, b, a)
  }

  private growthOf(expert: number, from: number, to: number): number {
    const own = this.holders[expert]!
    return this.of(expert, moved(own, from, to)) - this.of(expert, own)
  }

  private of(expert: number, holders: readonly number[]): number {
    const { topology } = this
    let sum = 0
    flowsOf(holders, this.problem.loads[expert]!, topology, (from, to, selections) => {
      sum += selections * topology.hops(from, to)
    })
    return sum
  }
}

/** Holders stay in device order, by which tokens are dealt to them. */
function moved(holders: readonly number[], from: number, to: number): number[] {
  return holders.map((device) => (device === from ? to : device)).sort((a, b) => a - b)
}

const MOST_PASSES = 10

/** The same contents of devices, on other devices where that makes ways shorter. */
function arranged(start: Slots, cost: HopCost): Slots {
  let layout = start
  cost.enter(layout)
  let best = cost.total
  for (let pass = 0, isBetter = true; isBetter && pass < MOST_PASSES; pass++) {
    isBetter = false
    for (let a = 0; a < layout.length; a++) {
      for (let b = a + 1; b < layout.length; b++) {
        const other = layout.with(a, layout[b]!).with(b, layout[a]!)
        cost.enter(other)
        const total = cost.total
        if (total >= best * (1 - 1e-12)) continue
        layout = other
        best = total
        isBetter = true
      }
    }
  }
  return layout
}
