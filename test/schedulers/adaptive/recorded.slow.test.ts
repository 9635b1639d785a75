// What adaptive decides on machines and models of use before a layer starts, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { loadModel } from '../../../src/config/model/model.ts'
import { randomStream } from '../../../src/engine/random.ts'
import { packageOf } from '../../../src/hardware/package.ts'
import { readsAnyChannel, type SliceCosts, sliceCosts } from '../../../src/schedulers/adaptive/costs.ts'
import {
  launchCosts,
  shareTasks,
  typicalLaunchPs,
  typicalMovePs,
} from '../../../src/schedulers/adaptive/launch-costs.ts'
import { planLayer } from '../../../src/schedulers/adaptive/layer.ts'
import { openWell } from '../../../src/schedulers/adaptive/opening.ts'
import { orderSlices } from '../../../src/schedulers/adaptive/order.ts'
import { adaptiveSlices, typicalSlicesPs } from '../../../src/schedulers/adaptive/pieces.ts'
import { typicalLayer } from '../../../src/schedulers/adaptive/typical.ts'
import { leastBatch, windowOf } from '../../../src/schedulers/adaptive/window.ts'
import { channelOf } from '../../../src/schedulers/channels.ts'
import type { SchedulerContext } from '../../../src/schedulers/scheduler.ts'
import { schedulers } from '../../../src/schedulers/table.ts'
import { type LayerWork, pairTokens } from '../../../src/schedulers/work.ts'
import { buildWork, restingDies } from '../../../src/sim/batch.ts'
import { bundledIo } from '../../config/bundled-io.ts'
import { knowledgeOf } from '../../helpers/knowledge.ts'

const CASES = [
  ['fse-dp-3x3', 'qwen3-30b-a3b', 16],
  ['fse-dp-4x4', 'mixtral-8x7b', 40],
  ['dojo-5x5', 'deepseek-v2-lite', 3],
  ['dojo-5x5', 'mixtral-8x7b', 200],
  ['tsmc-sow-3x8', 'qwen3-30b-a3b', 64],
  ['simba', 'flame-moe-290m', 9],
  ['h100-sxm', 'qwen3-30b-a3b', 24],
  ['h100-dgx-8', 'deepseek-v2-lite', 30],
  ['h100-dgx-8', 'mixtral-8x7b', 1],
  ['cloudmatrix-384', 'olmoe-1b-7b', 20],
  ['rtx-4090-x4-host', 'mixtral-8x7b', 5],
  ['wse-3', 'olmoe-1b-7b', 12],
] as const

const io = bundledIo()
const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)
const rounded = (value: number) => Number(value.toPrecision(9))

function workFor({ model, topology }: SchedulerContext, tokens: number): LayerWork {
  const random = randomStream(tokens, 'choices')
  const { experts, topK } = model
  const choices = Array.from({ length: tokens }, () => {
    const chosen = new Set<number>()
    while (chosen.size < topK) chosen.add(Math.floor(experts * random() * random()))
    return [...chosen]
  })
  const rows = Int32Array.from({ length: tokens }, (_, row) => row)
  const iteration = { phase: 'prefill' as const, rows, requests: rows.map((row) => row >> 1) }
  const restingDie = restingDies(iteration, topology, 'tokens', tokens)
  const setting = { layer: 0, iteration: 0, topK, experts }
  return buildWork(setting, iteration, Uint16Array.from(choices.flat()), restingDie, topology)
}

const costsInWords = (costs: SliceCosts) =>
  [
    costs.readPs,
    ...[1, 7].flatMap((tokens) => [costs.inputPs(tokens), costs.innerPs(tokens), costs.computePs(tokens)]),
    ...[costs.portPs, costs.tokenPs, costs.messagePs, costs.firstReadPs, costs.firstTokenPs],
  ]
    .map(rounded)
    .join(' ')

test('adaptive decides on machines of use what it did (vitest -u records it anew)', async () => {
  const lines: string[] = []
  for (const [i, [hardwareName, modelName, tokens]] of CASES.entries()) {
    // Results sent back in every second case.
    const combine = i % 2 === 1
    const hardware = await loadHardware(io, hardwareName)
    const model = await loadModel(io, modelName)
    const pkg = packageOf({ hardware, model, compat: 'physical' })
    const work = workFor(pkg, tokens)
    const context = { ...pkg, knowledge: knowledgeOf([work, workFor(pkg, tokens + 3)], false) }
    const { slices, home, copies } = create(context, combine)
    const typical = typicalLayer(context)
    const { compute, memory } = hardware
    lines.push(
      `${hardwareName}, ${modelName}, ${tokens} tokens`,
      `  typical ${[typical.allTokens, rounded(typical.activeExperts), typical.tokens].join(' ')}`,
      `  slices ${slices} of ${adaptiveSlices(context, typical)}, ${rounded(typicalSlicesPs(context, typical, slices))} ps`,
      `  costs ${costsInWords(sliceCosts(context, slices))}`,
    )
    if (compute.kind === 'kernel') {
      lines.push(
        `  launch ${rounded(typicalLaunchPs(context, compute, typical))} ps, moves ${rounded(typicalMovePs(context, typical))} ps`,
        `  costs ${costsInWords(launchCosts(context, compute, typical))}`,
      )
    }
    const order = [...context.topology.order]
    const diesOf = (expert: number, slice: number) =>
      memory.shared ? order : [home(expert, slice), ...copies(expert, slice)]
    const costs = sliceCosts(context, slices)
    const parts = planLayer(work, {
      ...{ context, costs, slices, diesOf, combine },
      ...{ channelOf: channelOf(context), readsAny: readsAnyChannel(context) },
    })
    const [die] = parts.map((part) => part.die)
    const own = parts.filter((part) => part.die === die)
    const { jobs, evenness } = orderSlices(own, costs)
    const experts = [...new Set(jobs.map(({ part }) => part.expert))]
    const window = windowOf(work, context, {
      ...{ die: die!, experts, evenness, slices },
      tokenOf: pairTokens(work),
    })
    const opened = openWell(jobs, { costs, window, tokens, isHere: () => false })
    const inTurn = opened.slice(0, 12).map(({ part, slice }) => `${part.expert}/${slice}`)
    lines.push(
      `  plan of ${parts.length} parts ${digest(parts)}, shares ${digest(shareTasks(work, parts))}`,
      `  die ${die} even to ${rounded(evenness)}, window ${window}, batch ${leastBatch(context)}: ${inTurn.join(' ')}`,
    )
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})

function create(context: SchedulerContext, combine: boolean) {
  const { options, create } = schedulers.adaptive!
  const defaults = Object.fromEntries(
    Object.entries(options).map(([key, { default: value }]) => [key, value]),
  )
  const adaptive = create({ ...defaults, combine }, context)
  return {
    slices: adaptive.slices,
    home: (expert: number, slice: number) => adaptive.home(expert, slice),
    copies: (expert: number, slice: number) => adaptive.copies?.(expert, slice) ?? [],
  }
}
