// Puts experts where most of their tokens rest: the fewest token-hops that a greedy choice finds under a cap on every die's time.
import type { Topology } from '../../hardware/topology.ts'
import { heaviestFirst } from '../placements/layout.ts'
import type { HydraCost } from './cost.ts'
import type { TokensByDie } from './predict.ts'

/** Sums of fractions: this near to the cap is within it. */
const ROUNDING = 1 + 1e-9

export interface HopPlacement {
  /** Die of each expert. */
  readonly dieOf: Int32Array
  /** Tokens times the hops they go, and weights as so many tokens, summed over all experts. */
  readonly tokenHops: number
  /** Expected time of the busiest die, in ps. */
  readonly longestPs: number
}

export interface HopSetting {
  readonly tokens: TokensByDie
  /** Die that computes each expert where nothing is known, and the die whose memory holds it. */
  readonly home: Int32Array
  readonly channel: Int32Array
  readonly cost: HydraCost
  /** Most time of a die over the mean of all. */
  readonly cap: number
  readonly topology: Topology
}

/**
 * Experts from the one that takes longest on, each to the die with the fewest token-hops among those it does not keep busy
 * beyond `cap` times the mean of all dies; where there is none, to the die that then has least to do. Equal dies: home first,
 * then the less busy, then in die order. An expert without tokens stays at home. Held against it are all experts at home, and
 * these with only what is too much for a die moved away: of those that keep no die busy beyond the cap, or beyond the greedy
 * choice's busiest, the one with fewest token-hops is taken. Where a weight has one home, moving it costs its way over links:
 * only what is too much for a die goes, and only where the busiest die is then expected to end sooner.
 */
export function placeByHops(setting: HopSetting): HopPlacement {
  const { home, cost, cap } = setting
  const table = hopTable(setting)
  const limitPs = cap * leastPs(table, cost.overlaps) * ROUNDING
  const atHome = measure(setting, table, home)
  const relieved = measure(setting, table, relieve(setting, table, limitPs))
  if (cost.readsAtHome) return relieved.longestPs < atHome.longestPs ? relieved : atHome
  const greedy = measure(setting, table, placeGreedily(setting, table, limitPs))
  return [atHome, relieved]
    .filter(({ longestPs }) => longestPs <= Math.max(limitPs, greedy.longestPs))
    .reduce((best, other) => (other.tokenHops <= best.tokenHops ? other : best), greedy)
}

interface HopTable {
  /** Time that the channel of each die reads whichever dies compute: by die, 0 where any channel reads any weight. */
  readonly channelPs: Float64Array
  /** Die whose channel alone reads an expert, so that it waits for it whoever computes; undefined where any does. */
  readonly readAt: Int32Array | undefined
  /** Of each expert: the time that reading takes, through another die's channel, and computing. */
  readonly readPs: Float64Array
  readonly readAwayPs: Float64Array
  readonly computePs: Float64Array
  /** Token-hops of each expert on each die: [expert][die]. */
  readonly hops: Float64Array
}

function hopTable({ tokens, channel, cost, topology }: HopSetting): HopTable {
  const { dies, order } = topology
  const experts = channel.length
  const hopsFrom = Array.from({ length: dies }, (_, from) =>
    Float64Array.from({ length: dies }, (_, die) => topology.hops(from, die)),
  )
  const loads = new Float64Array(experts)
  const hops = new Float64Array(experts * dies)
  const addHops = (expert: number, count: number, from: number) => {
    const away = hopsFrom[from]!
    for (let die = 0; die < dies; die++) {
      hops[expert * dies + die] = hops[expert * dies + die]! + count * away[die]!
    }
  }
  tokens.forEach((count, at) => {
    if (count === 0) return
    const expert = Math.floor(at / dies)
    loads[expert] = loads[expert]! + count
    addHops(expert, count, order[at % dies]!)
  })
  const readPs = loads.map(cost.readPs)
  const channelPs = new Float64Array(dies)
  loads.forEach((load, expert) => {
    addHops(expert, cost.weightTokens(load), channel[expert]!)
    if (!cost.readsAtHome) return
    channelPs[channel[expert]!] = channelPs[channel[expert]!]! + readPs[expert]!
  })
  const readAt = cost.readsAtHome ? channel : undefined
  return {
    readPs,
    readAwayPs: loads.map(cost.readAwayPs),
    channelPs,
    readAt,
    computePs: loads.map(cost.computePs),
    hops,
  }
}

/** Time that a die waits for an expert's weights, beyond what its channel reads in any case. */
function readOnPs({ readAt, readPs, readAwayPs }: HopTable, expert: number, die: number): number {
  if (readAt === undefined) return readPs[expert]!
  return readAt[expert] === die ? 0 : readAwayPs[expert]!
}

/** What dies have to do with the experts that they got. */
class DieTimes {
  private readonly readPs: Float64Array
  private readonly computePs: Float64Array
  private readonly overlaps: boolean

  constructor({ channelPs }: Pick<HopTable, 'channelPs'>, overlaps: boolean) {
    this.readPs = channelPs.slice()
    this.computePs = new Float64Array(channelPs.length)
    this.overlaps = overlaps
  }

  /** `sign` -1: takes it away. */
  add(die: number, table: HopTable, expert: number, sign: 1 | -1 = 1): void {
    this.readPs[die] = this.readPs[die]! + sign * readOnPs(table, expert, die)
    this.computePs[die] = this.computePs[die]! + sign * table.computePs[expert]!
  }

  ofDie(die: number): number {
    return this.together(this.readPs[die]!, this.computePs[die]!)
  }

  /** With one expert more. */
  with(die: number, table: HopTable, expert: number): number {
    return this.together(
      this.readPs[die]! + readOnPs(table, expert, die),
      this.computePs[die]! + table.computePs[expert]!,
    )
  }

  private together(readPs: number, computePs: number): number {
    return this.overlaps ? Math.max(readPs, computePs) : readPs + computePs
  }
}

function placeGreedily(
  { home, cost, topology: { dies, order } }: HopSetting,
  table: HopTable,
  limitPs: number,
): Int32Array {
  const { hops } = table
  const dieOf = home.slice()
  const times = new DieTimes(table, cost.overlaps)
  const expertPs = togetherPs(table)
  for (const expert of heaviestFirst(expertPs)) {
    if (expertPs[expert] === 0) break
    const thenPs = Float64Array.from({ length: dies }, (_, die) => times.with(die, table, expert))
    const away = (die: number) => (die === home[expert] ? 0 : 1)
    const byHops = (a: number, b: number) => hops[expert * dies + a]! - hops[expert * dies + b]!
    const byTime = (a: number, b: number) => thenPs[a]! - thenPs[b]!
    const fitting = [...order].filter((die) => thenPs[die]! <= limitPs)
    const ranked =
      fitting.length > 0
        ? fitting.sort((a, b) => byHops(a, b) || away(a) - away(b) || byTime(a, b))
        : [...order].sort((a, b) => byTime(a, b) || byHops(a, b) || away(a) - away(b))
    const die = ranked[0]!
    dieOf[expert] = die
    times.add(die, table, expert)
  }
  return dieOf
}

/** No placement takes less: the mean of all dies, or what the busiest channel reads for whichever dies compute. */
function leastPs({ channelPs, readPs, computePs }: HopTable, overlaps: boolean): number {
  const dies = channelPs.length
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
  const reads = sum(readPs) / dies
  const computes = sum(computePs) / dies
  return Math.max(overlaps ? Math.max(reads, computes) : reads + computes, ...channelPs)
}

const togetherPs = ({ readPs, computePs }: HopTable) => readPs.map((ps, expert) => ps + computePs[expert]!)

/** Experts at home, but from dies with too much to do those that take longest go where they fit, the shortest way. */
function relieve(
  { home, cost, topology: { dies, order } }: HopSetting,
  table: HopTable,
  limitPs: number,
): Int32Array {
  const { hops } = table
  const dieOf = home.slice()
  const times = new DieTimes(table, cost.overlaps)
  home.forEach((die, expert) => {
    times.add(die, table, expert)
  })
  for (const expert of heaviestFirst(togetherPs(table))) {
    const from = home[expert]!
    if (times.ofDie(from) <= limitPs) continue
    const hopsTo = (die: number) => hops[expert * dies + die]!
    const [to] = [...order]
      .filter((die) => die !== from && times.with(die, table, expert) <= limitPs)
      .sort((a, b) => hopsTo(a) - hopsTo(b))
    if (to === undefined) continue
    times.add(from, table, expert, -1)
    times.add(to, table, expert)
    dieOf[expert] = to
  }
  return dieOf
}

function measure({ cost, topology }: HopSetting, table: HopTable, dieOf: Int32Array): HopPlacement {
  const times = new DieTimes(table, cost.overlaps)
  let tokenHops = 0
  dieOf.forEach((die, expert) => {
    times.add(die, table, expert)
    tokenHops += table.hops[expert * topology.dies + die]!
  })
  const longestPs = [...topology.order].map((die) => times.ofDie(die)).reduce((a, b) => Math.max(a, b))
  return { dieOf, tokenHops, longestPs }
}
