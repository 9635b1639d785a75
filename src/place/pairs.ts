// A placement by what is chosen together: on one device where links are what a layer waits for, apart where computing is.
import type { Package } from '../hardware/package.ts'
import { tokenBytes } from '../model/shape.ts'
import { rooflineCost } from '../schedulers/placements/cost.ts'
import { joint } from '../schedulers/placements/search/joint.ts'
import { copiesOf, type PlaceProblem, type Slots } from '../schedulers/placements/search/problem.ts'
import type { RoutingSource } from '../trace/source.ts'
import { type Span, unitsOf } from './source.ts'
import { improveBySwaps, type Measure } from './swaps.ts'
import { addLinkBytes, linkTraffic } from './traffic.ts'

export type PairRule = 'together' | 'apart'

/** Tokens of a part that chose both experts: [a * experts + b], symmetric. */
export function pairCounts(source: RoutingSource, layer: number, span: Span): Float64Array {
  const { experts, topK, requests } = source
  const counts = new Float64Array(experts * experts)
  const ids = source.layerExperts(layer)
  const [from, to] = unitsOf(
    span,
    requests.reduce((sum, request) => sum + request.tokens, 0),
  )
  for (let token = from; token < to; token++) {
    for (let i = 0; i < topK; i++) {
      for (let j = 0; j < topK; j++) {
        if (i !== j) counts[ids[token * topK + i]! * experts + ids[token * topK + j]!]! += 1
      }
    }
  }
  return counts
}

/**
 * Starts from joint, and makes no device fuller than its fullest. `together`: a token goes to few devices, which saves copies
 * of it where one for each device is sent; `apart`: the tokens of few requests are computed by many.
 */
export function pairsPlacement(problem: PlaceProblem, counts: Float64Array, rule: PairRule): Slots {
  const start = joint(problem)
  const copies = copiesOf(start, problem.loads.length)
  return improveBySwaps(problem, start, new PairMeasure(counts, copies, rule))
}

/** Expected pairs on one device, where each of an expert's copies has an even share of its tokens. */
class PairMeasure implements Measure {
  private readonly counts: Float64Array
  private readonly copies: Int32Array
  private readonly sign: number

  constructor(counts: Float64Array, copies: Int32Array, rule: PairRule) {
    this.counts = counts
    this.copies = copies
    this.sign = rule === 'together' ? -1 : 1
  }

  growth(layout: Slots, { a, b, expertOfA, expertOfB }: Parameters<Measure['growth']>[1]): number {
    const change =
      this.beside(layout[a]!, expertOfB, expertOfA) -
      this.beside(layout[a]!, expertOfA, expertOfA) +
      this.beside(layout[b]!, expertOfA, expertOfB) -
      this.beside(layout[b]!, expertOfB, expertOfB)
    return this.sign * change
  }

  swapped(): void {}

  /** Pairs of an expert with those that a device holds, one of them left out. */
  private beside(held: readonly number[], expert: number, leaving: number): number {
    const { counts, copies } = this
    const experts = copies.length
    return held.reduce(
      (sum, other) =>
        other === leaving
          ? sum
          : sum + counts[expert * experts + other]! / (copies[expert]! * copies[other]!),
      0,
    )
  }
}

/** What a layer waits for in a step of `tokens` tokens: the busiest link, or the busiest device. */
export function pairRule(pkg: Package, { loads, devices, slots }: PlaceProblem, tokens: number): PairRule {
  const layout = joint({ loads, devices, slots })
  const { topology, model, payloadBytesPerPs } = pkg
  const linkBytes = new Float64Array(topology.linkCount)
  const byteHops = addLinkBytes(linkBytes, topology, layout, loads, tokenBytes(model))
  const all = loads.reduce((sum, load) => sum + load, 0)
  const perStep = (tokens * model.topK) / all
  const linkPs = (linkTraffic(linkBytes, byteHops, topology).busiestBytes * perStep) / payloadBytesPerPs
  const cost = rooflineCost(pkg)
  const copies = copiesOf(layout, loads.length)
  const devicePs = layout.map((held) =>
    held.reduce((sum, expert) => sum + cost((loads[expert]! * perStep) / copies[expert]!), 0),
  )
  return linkPs > Math.max(...devicePs) ? 'together' : 'apart'
}

/** Devices on which the experts of a token lie, on average over a part: a copy is chosen by where the token rests. */
export function devicesPerToken(source: RoutingSource, layer: number, span: Span, layout: Slots): number {
  const { topK, requests, experts } = source
  const holders: number[][] = Array.from({ length: experts }, () => [])
  for (const [device, held] of layout.entries()) for (const expert of held) holders[expert]!.push(device)
  const ids = source.layerExperts(layer)
  const [from, to] = unitsOf(
    span,
    requests.reduce((sum, request) => sum + request.tokens, 0),
  )
  let sum = 0
  for (let token = from; token < to; token++) {
    const place = (token - from) / (to - from)
    const devices = new Set<number>()
    for (let slot = 0; slot < topK; slot++) {
      const own = holders[ids[token * topK + slot]!]!
      devices.add(own[Math.floor(place * own.length)]!)
    }
    sum += devices.size
  }
  return sum / (to - from)
}
