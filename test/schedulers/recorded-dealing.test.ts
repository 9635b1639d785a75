// To which dies planners deal experts, copies and tokens of made-up layers, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomStream } from '../../src/engine/random.ts'
import { packageOf } from '../../src/hardware/package.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { Rebalancer } from '../../src/schedulers/ep/rebalance.ts'
import { allocate } from '../../src/schedulers/forecast/allocator.ts'
import { workOfCounts } from '../../src/schedulers/forecast/calendar.ts'
import { loadAwareOrder, pairedOrder } from '../../src/schedulers/fse-dp/order.ts'
import type { HydraCost } from '../../src/schedulers/hydra/cost.ts'
import { placeByHops } from '../../src/schedulers/hydra/place.ts'
import { balance } from '../../src/schedulers/placements/balance.ts'
import { dealByLoad, packByLoad } from '../../src/schedulers/placements/deal.ts'
import { duplicate } from '../../src/schedulers/placements/duplicate.ts'
import type { SchedulerContext } from '../../src/schedulers/scheduler.ts'
import { tinyModel, workOf } from '../helpers/frames.ts'
import { madeUp } from './machines.ts'

const LAYERS = 60
const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)

function lineOf(layer: number): string {
  const random = randomStream(layer, 'dealing')
  const between = (least: number, most: number) => least + Math.floor((most - least + 1) * random())
  /** Small where ties are to be frequent. */
  const scale = [3, 40, 700][layer % 3]!
  const hardware = madeUp[layer % madeUp.length]!
  const topology = buildTopology({
    ...{ kind: 'mesh', columns: between(1, 4), rows: between(1, 3) },
    numbering: 'column-major',
  })
  const { dies } = topology
  const experts = between(2, 12)
  const counts = Float64Array.from({ length: experts }, () => Math.floor(scale * random() ** 2 * 8))
  const work = workOfCounts(counts, workOf([[0]], experts, topology))
  const home = Int32Array.from({ length: experts }, () => between(0, dies - 1))

  const replicas = counts.map(() => (random() < 0.4 ? between(0, dies - 1) : -1))
  const costs = { memoryPs: between(0, 900), hopPs: between(0, 600), tokenPs: between(1, 3) }
  const tasks = allocate(work, { topology }, costs, home, (expert) =>
    replicas[expert]! < 0 ? [] : [replicas[expert]!],
  )

  const slots = between(1, 3)
  const readPs = between(0, 4 * scale)
  const copied = duplicate(
    counts,
    home,
    (tokens) => (tokens === 0 ? 0 : Math.max(readPs, tokens)),
    slots,
    topology,
  )

  const hops: HydraCost = {
    readPs: (tokens) => (tokens > 0 ? readPs : 0),
    readAwayPs: (tokens) => (tokens > 0 ? 2 * readPs : 0),
    computePs: (tokens) => 2 * tokens,
    ...{ overlaps: random() < 0.5, readsAtHome: random() < 0.3 },
    weightTokens: (tokens) => (tokens > 0 ? 5 : 0),
  }
  const tokens = Float64Array.from({ length: experts * dies }, () => Math.max(0, between(-scale, scale)))
  const cap = 1 + between(0, 4) / 4
  const placed = placeByHops({ tokens, home, channel: home, cost: hops, cap, topology })

  const model = tinyModel(experts, between(1, 20))
  const context = packageOf({ hardware, model, compat: 'physical' })
  const orders = [pairedOrder(work), loadAwareOrder({ ...work, dies: context.topology.dies }, context)]
  const dealt = [balance(counts, slots, topology), dealByLoad(counts, topology), packByLoad(counts, topology)]
  // Experts that are rebalanced in a run of eight iterations, whose tokens are others in each.
  const asked: number[][] = []
  const tokensIn = (iterations: readonly number[]) => {
    asked.push([...iterations])
    return Uint32Array.from(counts, (count, expert) =>
      iterations.reduce(
        (sum, iteration) => sum + ((count + 7 * expert * iteration) % (scale + iteration)),
        0,
      ),
    )
  }
  const copies = between(0, 2)
  const rebalance = { rebalance: between(1, 3), window: between(0, 3), moves: between(0, 4) }
  const start = Array.from({ length: context.topology.dies }, (_, die) =>
    [...Array(experts).keys()].filter((expert) => expert % context.topology.dies === die),
  )
  const rebalancer = new Rebalancer(
    { ...rebalance, stagger: between(1, 3), overlap: random() < 0.5 },
    copies,
    { ...context, knowledge: { tokensIn } } as unknown as SchedulerContext,
    start,
    between(0, 4),
  )
  const turns = Array.from({ length: 8 }, (_, iteration) => rebalancer.at(iteration))
  const moves = turns.reduce((sum, turn) => sum + turn.moves.length, 0)
  return [
    `${layer}: ${counts.join(' ')} on ${dies} dies`,
    `${tasks.length} tasks ${digest(tasks)}`,
    `copies ${digest(copied)}`,
    `${placed.tokenHops} hops in ${placed.longestPs} ps ${digest([...placed.dieOf])}`,
    `orders ${digest(orders)}`,
    `dealt ${digest(dealt)}`,
    `${moves} moved ${digest([turns, asked])}`,
  ].join(', ')
}

test('planners deal made-up layers as they did (vitest -u records it anew)', async () => {
  const lines = Array.from({ length: LAYERS }, (_, layer) => lineOf(layer))
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-dealing.txt')
})
