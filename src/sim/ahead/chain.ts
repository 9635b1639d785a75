// MoE layers in a row under one scheduler, each reading ahead for the next or sharing with all what stays on chip: iteration by
// iteration through all of them.
import { denseLayers, type ModelShape, sharedWidth } from '../../model/shape.ts'
import { schedulers } from '../../schedulers/table.ts'
import { buildWork } from '../batch.ts'
import { choicesOf } from '../choices.ts'
import { addLayerParts, allArriving, attentionForm } from '../end-to-end.ts'
import type { Iteration } from '../iteration.ts'
import { LayerKnowledge } from '../knowledge.ts'
import { beginLayers, type LayerSetting, runIteration, totalsOf, type WatchedScheduler } from '../layer.ts'
import { optimaOf } from '../layer-optimum.ts'
import { type PartCost, PassParts } from '../metrics/roofline.ts'
import type { Totals } from '../metrics/totals.ts'
import { type LayerRun, RepeatedRun } from '../repeated-run.ts'

/** `layers`: model layer ids, ascending; where they read ahead, with no other MoE layer in between. */
export interface ChainSetting extends Omit<LayerSetting, 'layer'> {
  readonly layers: readonly number[]
}

/**
 * Totals of each layer. The machines, and the routing tables, of all layers are kept at a time. The first layer finds nothing
 * read ahead, and the last one reads nothing. `checkpoint` is awaited after every layer of every iteration.
 */
export async function simulateChain(
  setting: ChainSetting,
  scheduler: WatchedScheduler,
  checkpoint?: () => Promise<void>,
): Promise<Totals[]> {
  const { pkg, restingDie, endToEnd, iterations, layers, routing, seed } = setting
  const { model, topology } = pkg
  const { topK, experts } = model
  const optima = await optimaOf(pkg, setting.findsOptimum)
  const definition = schedulers[scheduler.scheduler]!
  const readsAhead = definition.readsAhead?.(scheduler.options) === true
  const intoCache = definition.readsIntoCache?.(scheduler.options) === true
  const known = layers.map((layer) => {
    const layerExperts = routing.layerExperts(layer)
    const knowledge = new LayerKnowledge({ model, routing, layer, layerExperts, iterations, seed })
    return { layer, layerExperts, knowledge }
  })
  const knowledge = known.map((of) => of.knowledge)
  /** By repetition: its layers, which share what stays on chip. */
  const begun: LayerRun[][] = []
  const runs = known.map(({ layer, layerExperts }, at) => {
    let repetition = 0
    const begin = (isRepeated: boolean) => {
      begun[repetition] ??= beginLayers(pkg, scheduler, knowledge, { isRepeated, optima })
      return begun[repetition++]![at]!
    }
    return {
      layer,
      layerExperts,
      repeated: new RepeatedRun(scheduler.scheduler, begin, layer, setting.jitter),
    }
  })
  const parts = endToEnd && new PassParts(pkg, endToEnd.contextTokens)
  for (const [i, iteration] of iterations.entries()) {
    for (const [at, { layer, layerExperts, repeated }] of runs.entries()) {
      // What is kept from iteration to iteration can be read for the next token, too.
      const isAfterLast = at + 1 === runs.length && intoCache && i + 1 < iterations.length
      const next = readsAhead ? (runs[at + 1] ?? (isAfterLast ? runs[0] : undefined)) : undefined
      // Before the first layer the last one, which has left something only where it has read for the next token.
      const before = runs.at(at - 1)!
      const shape = { layer, iteration: i, topK, experts }
      const work = buildWork(
        shape,
        iteration,
        choicesOf(iteration, layerExperts, topK),
        restingDie[i]!,
        topology,
      )
      if (parts) addLayerParts(repeated.run.totals, parts, model, layer, allArriving(iteration), iteration)
      const idleOf = intoCache && pkg.hardware.memory.tiers !== undefined ? wayIdlePs : memoryIdlePs
      const gapPs = parts && next ? idlePs(model, parts, iteration, [layer, next.layer], idleOf) : 0
      repeated.iterate((run, repetition) => {
        const left = before.repeated.numbered(repetition).machine.ahead.left
        if (left) run.machine.ahead.receive(left)
        const following = next?.repeated.numbered(repetition)
        const foresight = following && {
          wishes: following.scheduler.wishes?.(work, following.machine, isAfterLast ? i + 1 : i) ?? [],
          gapPs,
          ...(intoCache && { cache: following.machine.cached?.cache }),
        }
        return runIteration(pkg, run, work, foresight)
      })
      await checkpoint?.()
    }
  }
  return runs.map(({ repeated }) => totalsOf(repeated))
}

/**
 * For how long there is nothing to do between two MoE layers, in ps, for memory and links, or for ways from tiers: while the shared
 * experts of the first, the layers without routed experts in between, and attention and router of the second take longer than what
 * they move.
 */
function idlePs(
  model: ModelShape,
  parts: PassParts,
  iteration: Iteration,
  [layer, next]: readonly [number, number],
  idleOf: (cost: PartCost) => number,
): number {
  const { phase, tokens, requests } = allArriving(iteration)
  const attention = (of: number) => parts.attention(tokens, requests, attentionForm(phase), of)
  const between = denseLayers(model).filter((dense) => layer < dense && dense < next)
  const width = sharedWidth(model)
  const costs = [
    ...(width > 0 ? [parts.feedForward(tokens, width, 'shared')] : []),
    ...between.flatMap((dense) => [attention(dense), parts.feedForward(tokens, model.denseIntermediate!)]),
    attention(next),
    parts.router(tokens),
  ]
  return costs.reduce((sum, cost) => sum + idleOf(cost), 0)
}

/** Ways from tiers are idle in all that is no MoE layer. */
const wayIdlePs = ({ ps }: PartCost) => Math.floor(ps)

const memoryIdlePs = ({ ps, bounds }: PartCost) =>
  Math.max(0, Math.floor(ps - Math.max(bounds.memory, bounds.link)))
