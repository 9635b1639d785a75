// Who computes which slices of small made-up layers, in which order, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomStream } from '../../../src/engine/random.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { balanceSlices } from '../../../src/schedulers/adaptive/balance.ts'
import type { SliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import { sliceGroups, sliceHolders } from '../../../src/schedulers/adaptive/layout.ts'
import { openWell } from '../../../src/schedulers/adaptive/opening.ts'
import { orderSlices } from '../../../src/schedulers/adaptive/order.ts'
import { planPs } from '../../../src/schedulers/adaptive/plan-time.ts'
import type { BalanceSetting, Part } from '../../../src/schedulers/adaptive/setting.ts'

/** And some in which counts what seldom does: ties, chains, dies that were searched in vain before. */
const LAYERS = [...Array(120).keys(), 260, 269, 342, 344, 463, 698, 1388, 1515, 1643, 2103, 2410]
const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)

function lineOf(layer: number): string {
  const random = randomStream(layer, 'plans')
  const between = (least: number, most: number) => least + Math.floor((most - least + 1) * random())
  /** One of three costs is nothing. */
  const perhaps = (most: number) => Math.max(0, between(-most, 2 * most))
  const topology = buildTopology({
    ...{ kind: 'mesh', columns: between(1, 4), rows: between(1, 3) },
    numbering: 'column-major',
  })
  const { dies } = topology
  const [experts, slices] = [between(1, 9), between(1, 8)]
  const copies = [0, 1, 2, 0.5, dies - 1][between(0, 4)]!
  const holders = sliceHolders({ experts, slices, parts: between(1, Math.min(4, slices)), copies }, topology)
  const counts = Array.from({ length: experts }, () => between(0, 12))
  const [inputPs, innerPs, computePs] = [perhaps(30), perhaps(5), between(1, 25)]
  const costs: SliceCosts = {
    readPs: between(20, 200),
    ...{ wayPs: perhaps(90), portPs: perhaps(90), tokenPs: perhaps(20), messagePs: perhaps(40) },
    ...{ firstReadPs: perhaps(300), firstTokenPs: perhaps(300) },
    ...{ inputPs: (n) => n * inputPs, innerPs: (n) => n * innerPs, computePs: (n) => 4 + n * computePs },
  }
  const active = counts.flatMap((count, expert) => (count > 0 ? [expert] : []))
  const channels = between(1, dies)
  const isShared = random() < 0.2
  const startPs = Float64Array.from({ length: dies }, () => perhaps(400))
  const isHere = (expert: number, slice: number) => layer % 3 === 0 && expert === active[0] && slice === 0
  const here: Part[] = active.slice(0, layer % 3 === 0 ? 1 : 0).map((expert) => {
    return { expert, die: between(0, dies - 1), tokens: counts[expert]!, slices: [0] }
  })
  const setting: BalanceSetting = {
    ...{ order: topology.order, dies, experts, tokens: 12, senders: between(1, dies) },
    ...{ tokensOf: (expert) => counts[expert]!, costs, startPs, isShared, here },
    endPs: random() < 0.5 ? startPs : new Float64Array(dies),
    channelOf: isShared ? (die) => die : (die) => die % channels,
    linkOf: (die) => topology.route(die % channels, die).links[0] ?? -1,
  }
  const groups = sliceGroups(active, slices, (expert, slice) => holders[expert * slices + slice]!)
    .map((group) => ({ ...group, slices: group.slices.filter((slice) => !isHere(group.expert, slice)) }))
    .filter((group) => group.slices.length > 0)
  if (groups.length === 0) return `${layer}: nothing to deal`
  const plan = balanceSlices(groups, setting)
  const window = between(1, 9)
  const isFirstHere = layer % 2 === 0
  const orders = [...new Set(plan.map(({ die }) => die))].map((die) => {
    const { jobs, evenness } = orderSlices(
      plan.filter((part) => part.die === die),
      costs,
    )
    const isHere = ({ slice }: { slice: number }) => slice === 0 && isFirstHere
    const opened = openWell(jobs, { costs, window, tokens: between(4, 12), isHere })
    return {
      isMoved: jobs !== opened,
      evenness,
      inTurn: opened.map(({ part, slice }) => [part.expert, slice]),
    }
  })
  const moved = orders.filter(({ isMoved }) => isMoved)
  return [
    `${layer}: on ${dies} dies ${digest(holders)}, plan of ${plan.length} parts ${digest(plan)}`,
    `${planPs(plan, setting, window).toPrecision(10)} ps`,
    `even to ${orders[0]!.evenness.toPrecision(6)}, ${moved.length} of ${orders.length} opened ${digest(orders)}`,
  ].join(', ')
}

test('adaptive plans made-up layers as it did (vitest -u records it anew)', async () => {
  const lines = LAYERS.map(lineOf)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-plans.txt')
})
