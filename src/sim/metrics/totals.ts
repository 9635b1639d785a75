// What a run adds up, per layer and over all layers, before it becomes metrics. Plain data: adding is addCounters' business.
import { OptimumCounters } from '../../optimum/optimum.ts'
import type { LayerWork } from '../../schedulers/work.ts'
import { addCounters } from '../counters.ts'
import type { Iteration } from '../iteration.ts'
import { MachineCounters } from '../machine/counters.ts'
import { BOUNDS, type BoundName, type Bounds, binding } from './bounds.ts'
import type { PartCost, PartName } from './roofline.ts'

const noBounds = (): Bounds => ({ compute: 0, memory: 0, tier: 0, link: 0, bisection: 0 })

/** What machines counted, to which `addPart` adds, and what iterations came to. */
export class Totals extends MachineCounters {
  latencyPs = 0
  prefillPs = 0
  decodePs = 0
  /** The part of latencyPs that an end-to-end run spends around the routed experts. */
  readonly partPs: Record<PartName, number> = {
    attention: 0,
    router: 0,
    shared: 0,
    dense: 0,
    head: 0,
  }
  /** Sum over iterations of the largest bound of each, and of every bound by name. */
  boundPs = 0
  readonly bounds = noBounds()
  /** Time for which each bound was the largest. */
  readonly binds = noBounds()
  /** Of the routed experts; undefined where nobody asked. */
  optimum: OptimumCounters | undefined
  flop = 0
  /** Largest over mean FLOPs of a die, summed over iterations. */
  imbalanceSum = 0
  /** Bytes through the busiest memory channel, summed over iterations. */
  busiestChannelBytes = 0
  iterations = 0
  /** Token passes: tokens times layers. */
  tokenLayers = 0
  decodeTokenLayers = 0
  decodeHops = 0
  kvReadBytes = 0
  kvWriteBytes = 0
  /** Of the run as a whole, with token buffering: pauses of requests, and iterations added to finish them. */
  deferrals: number | undefined
  flushIterations: number | undefined
  /** By repetition with a late message: by how much it took longer than the run itself; negative where it was faster. */
  laterPs: Float64Array = new Float64Array()
}

/** What a machine counted in one iteration. */
export interface IterationTraffic {
  /** By die. */
  readonly dieFlop: readonly number[]
  readonly channelBytes: readonly number[]
  readonly hops: number
}

/** Adds one iteration of a layer. */
export function addIteration(
  totals: Totals,
  work: LayerWork,
  latencyPs: number,
  bounds: Bounds,
  { dieFlop, channelBytes, hops }: IterationTraffic,
): void {
  const tokens = work.tokens - (work.returningTokens ?? 0)
  addTime(totals, work.phase, latencyPs)
  if (work.phase === 'decode') {
    totals.decodeHops += hops
    totals.decodeTokenLayers += tokens
  }
  const largest = binding(bounds)
  addBounds(totals, bounds, largest.ps)
  const sum = dieFlop.reduce((a, b) => a + b, 0)
  totals.flop += sum
  // Where cores beside a tier do all of it, dies are even.
  totals.imbalanceSum += sum > 0 ? (Math.max(...dieFlop) * dieFlop.length) / sum : 1
  totals.busiestChannelBytes += Math.max(...channelBytes)
  totals.iterations++
  totals.tokenLayers += tokens
}

/** Adds the optimum of one iteration of a layer. */
export function addOptimum(totals: Totals, optimum: OptimumCounters): void {
  totals.optimum ??= new OptimumCounters()
  addCounters(totals.optimum, optimum)
}

/** Adds what an iteration does around the routed experts of a layer; `share`: of the cost, where layers are sampled. */
export function addPart(
  totals: Totals,
  name: PartName,
  cost: PartCost,
  phase: Iteration['phase'],
  share = 1,
): void {
  const ps = Math.round(cost.ps * share)
  addTime(totals, phase, ps)
  totals.partPs[name] += ps
  const bounds = noBounds()
  for (const bound of ['compute', 'memory', 'link'] as const) bounds[bound] = cost.bounds[bound] * share
  // The part is its own bound.
  addBounds(totals, bounds, ps)
  totals.flop += cost.flop * share
  totals.kvReadBytes += cost.kvReadBytes * share
  totals.kvWriteBytes += cost.kvWriteBytes * share
  const { traffic } = totals
  traffic.weightReadBytes += cost.weightBytes * share
  traffic.sramBytes += cost.sramBytes * share
  traffic.linkBytes += cost.linkByteHops * share
  traffic.linkByteHops += cost.linkByteHops * share
}

function addTime(totals: Totals, phase: Iteration['phase'], ps: number): void {
  totals.latencyPs += ps
  if (phase === 'prefill') totals.prefillPs += ps
  if (phase === 'decode') totals.decodePs += ps
}

/** `boundPs`: what nothing could have been faster than, held against the largest of the bounds. */
function addBounds(totals: Totals, bounds: Bounds, boundPs: number): void {
  for (const name of BOUNDS) totals.bounds[name] += bounds[name]
  totals.boundPs += boundPs
  totals.binds[binding(bounds).name] += boundPs
}

/** Whole forward passes were run, not MoE layers alone. */
export function isEndToEnd({ partPs }: Totals): boolean {
  return partPs.attention > 0
}

/** The bound that was the largest for most of the bound time. */
export function boundBy({ binds }: Totals): BoundName {
  return binding(binds).name
}
