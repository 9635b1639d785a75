// Puts experts where most of their tokens rest: the fewest token-hops that a greedy choice finds under a cap on every die's load.
import type { Topology } from '../../hardware/topology.ts'
import { heaviestFirst } from '../placements/layout.ts'
import type { TokensByDie } from './predict.ts'

/** Sums of fractions: this near to the cap is within it. */
const ROUNDING = 1 + 1e-9

export interface HopPlacement {
  /** Die of each expert. */
  readonly dieOf: Int32Array
  /** Tokens times the hops they go, summed over all experts. */
  readonly tokenHops: number
  /** Tokens of the fullest die. */
  readonly largestLoad: number
}

/**
 * Experts from the one with most tokens on, each to the die with the fewest token-hops among those it does not load beyond
 * `cap` times the mean load of a die; where there is none, to the least loaded die. Equal dies: home first, then the less
 * loaded, then in die order. An expert without tokens stays at home. Where all experts at home need no more token-hops,
 * and load no die beyond the cap or beyond what the greedy choice loads its fullest, they stay.
 */
export function placeByHops(
  tokens: TokensByDie,
  home: Int32Array,
  cap: number,
  topology: Topology,
): HopPlacement {
  const table = hopTable(tokens, home.length, topology)
  const total = table.loads.reduce((a, b) => a + b, 0)
  const limit = ((cap * total) / topology.dies) * ROUNDING
  const greedy = measure(table, placeGreedily(table, home, limit, topology))
  const atHome = measure(table, home)
  const isHomeAllowed = atHome.largestLoad <= Math.max(limit, greedy.largestLoad)
  return isHomeAllowed && atHome.tokenHops <= greedy.tokenHops ? atHome : greedy
}

interface HopTable {
  readonly dies: number
  /** Tokens of each expert. */
  readonly loads: Float64Array
  /** Token-hops of each expert on each die: [expert][die]. */
  readonly hops: Float64Array
}

function hopTable(tokens: TokensByDie, experts: number, topology: Topology): HopTable {
  const { dies, order } = topology
  const hopsFrom = [...order].map((restingDie) =>
    Float64Array.from({ length: dies }, (_, die) => topology.hops(restingDie, die)),
  )
  const loads = new Float64Array(experts)
  const hops = new Float64Array(experts * dies)
  tokens.forEach((count, at) => {
    if (count === 0) return
    const expert = Math.floor(at / dies)
    const away = hopsFrom[at % dies]!
    loads[expert] = loads[expert]! + count
    for (let die = 0; die < dies; die++) {
      hops[expert * dies + die] = hops[expert * dies + die]! + count * away[die]!
    }
  })
  return { dies, loads, hops }
}

function placeGreedily(
  { loads, hops }: HopTable,
  home: Int32Array,
  limit: number,
  { dies, order }: Topology,
): Int32Array {
  const dieOf = home.slice()
  const dieLoad = new Float64Array(dies)
  for (const expert of heaviestFirst(loads)) {
    const load = loads[expert]!
    if (load === 0) break
    const away = (die: number) => (die === home[expert] ? 0 : 1)
    const byHops = (a: number, b: number) => hops[expert * dies + a]! - hops[expert * dies + b]!
    const byLoad = (a: number, b: number) => dieLoad[a]! - dieLoad[b]!
    const fitting = [...order].filter((die) => dieLoad[die]! + load <= limit)
    const ranked =
      fitting.length > 0
        ? fitting.sort((a, b) => byHops(a, b) || away(a) - away(b) || byLoad(a, b))
        : [...order].sort((a, b) => byLoad(a, b) || byHops(a, b) || away(a) - away(b))
    const die = ranked[0]!
    dieOf[expert] = die
    dieLoad[die] = dieLoad[die]! + load
  }
  return dieOf
}

function measure({ dies, loads, hops }: HopTable, dieOf: Int32Array): HopPlacement {
  const dieLoad = new Float64Array(dies)
  let tokenHops = 0
  dieOf.forEach((die, expert) => {
    dieLoad[die] = dieLoad[die]! + loads[expert]!
    tokenHops += hops[expert * dies + die]!
  })
  return { dieOf, tokenHops, largestLoad: dieLoad.reduce((a, b) => Math.max(a, b), 0) }
}
