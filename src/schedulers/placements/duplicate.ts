// "dup": copies of experts put where they lower the load of the busiest die most (forecasting sheet, section 5).
import type { Topology } from '../../hardware/topology.ts'
import type { ExpertCost } from './cost.ts'
import type { Layout } from './layout.ts'

interface Candidate {
  readonly maxPs: number
  readonly squares: number
  readonly expert: number
  readonly die: number
}

/**
 * Starts from one home per expert and fills `slotsPerDie` free slots on every die, one at a time: of all pairs of an expert
 * and a die with a free slot and without that expert, the one after which the busiest die has least to do; then the one with the
 * smallest sum of squared loads, the lowest expert, the first die (section 8 no. 19). Slots are filled even where no copy
 * helps any more, as long as some expert is not on the die.
 */
export function duplicate(
  expectedTokens: Float64Array,
  home: Int32Array,
  cost: ExpertCost,
  slotsPerDie: number,
  topology: Topology,
): Layout {
  const layout: number[][] = Array.from(home, (die) => [die])
  const loadPs = new Float64Array(topology.dies)
  expectedTokens.forEach((tokens, expert) => {
    const die = home[expert]!
    loadPs[die] = loadPs[die]! + cost(tokens)
  })
  const free = new Int32Array(topology.dies).fill(slotsPerDie)
  const state = { expectedTokens, cost, layout, loadPs, free, topology }
  for (let slot = 0; slot < slotsPerDie * topology.dies; slot++) {
    const best = bestCopy(state)
    if (best === undefined) break
    addCopy(state, best)
  }
  return layout
}

interface State {
  readonly expectedTokens: Float64Array
  readonly cost: ExpertCost
  readonly layout: number[][]
  readonly loadPs: Float64Array
  readonly free: Int32Array
  readonly topology: Topology
}

function bestCopy(state: State): Candidate | undefined {
  const { layout, free, topology } = state
  const after = new Float64Array(topology.dies)
  let best: Candidate | undefined
  for (const [expert, holders] of layout.entries()) {
    const sharePs = shareWithOneMore(state, expert, after)
    let highestPs = 0
    let squares = 0
    // In die order, so that rounding does not depend on how dies are named.
    for (const die of topology.order) {
      highestPs = Math.max(highestPs, after[die]!)
      squares += after[die]! ** 2
    }
    for (const die of topology.order) {
      if (free[die] === 0 || holders.includes(die)) continue
      const diePs = after[die]! + sharePs
      const maxPs = Math.max(highestPs, diePs)
      const candidate = { maxPs, squares: squares + diePs ** 2 - after[die]! ** 2, expert, die }
      if (best === undefined || isBetter(candidate, best)) best = candidate
    }
  }
  return best
}

/** Experts and dies are looked at in order, so that of equals the first one stays. */
function isBetter(a: Candidate, b: Candidate): boolean {
  return a.maxPs < b.maxPs || (a.maxPs === b.maxPs && a.squares < b.squares)
}

/** Writes to `after` the loads of all dies once an expert's tokens are shared by one more; returns the newcomer's part. */
function shareWithOneMore(state: State, expert: number, after: Float64Array): number {
  const { expectedTokens, cost, layout, loadPs } = state
  const holders = layout[expert]!
  const tokens = expectedTokens[expert]!
  const beforePs = cost(tokens / holders.length)
  const sharePs = cost(tokens / (holders.length + 1))
  after.set(loadPs)
  for (const die of holders) after[die] = after[die]! - beforePs + sharePs
  return sharePs
}

function addCopy(state: State, { expert, die }: Candidate): void {
  const { layout, loadPs, free } = state
  const after = new Float64Array(loadPs.length)
  const sharePs = shareWithOneMore(state, expert, after)
  loadPs.set(after)
  loadPs[die] = loadPs[die]! + sharePs
  layout[expert]!.push(die)
  free[die] = free[die]! - 1
}
